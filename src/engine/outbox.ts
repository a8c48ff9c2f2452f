import type { Json } from '../platform/ids/types.ts';
import type { Log } from '../platform/log/log.ts';
import { backoffDelay } from './backoff.ts';
import { beginRun, drop, extendRuns, type Run, runHandler, whyOf } from './effect-run.ts';
import type { ClaimedEffect, EffectStore } from './engine-store.ts';
import { startFinisher } from './finisher.ts';
import { isFinal } from './problems.ts';
import { startTicker } from './ticker.ts';
import type { OutboxTuning } from './tuning.ts';
import type { EffectHandler } from './types.ts';
import { until } from './until.ts';

export type OutboxDeps = {
  readonly store: EffectStore;
  readonly handlers: ReadonlyMap<string, EffectHandler>;
  readonly log: Log;
  readonly tuning: OutboxTuning;
};

export type OutboxCounts = { done: number; gaveUp: number; retried: number };

export type Outbox = {
  poke(): void;
  /** Looks at once whether something that runs shall stop. */
  look(): void;
  counts(): Readonly<OutboxCounts>;
  /**
   * Claims no more and waits for running effects for at most `drain` ms; those left are aborted, have `grace` ms to end,
   * and are given back.
   */
  stop(): Promise<void>;
};

/** Runs effects whose rows are committed, each at least once, and makes what came of them news for their objects. */
export function startOutbox(deps: OutboxDeps): Outbox {
  const { store, tuning, log } = deps;
  const kinds = [...deps.handlers.keys()];
  const finisher = startFinisher(store, log);
  const runs = new Map<number, Run>();
  const counts: OutboxCounts = { done: 0, gaveUp: 0, retried: 0 };
  const beat = Math.min(tuning.heartbeat, tuning.lease / 3);
  let extendedAt = performance.now();

  const claimSome = async (): Promise<number | null> => {
    const room = tuning.concurrency - runs.size;
    if (room <= 0 || kinds.length === 0) return null;
    // After a database that was away our own leases are over. What still runs here is not to be begun once more.
    if (runs.size > 0 && performance.now() - extendedAt > tuning.lease / 2) await extend();
    const effects = await store.claim(kinds, room, tuning.lease);
    for (const effect of effects) {
      const before = runs.get(effect.id);
      if (before) drop(before, 'another attempt has begun');
      const run = beginRun(effect);
      runs.set(effect.id, run);
      void carryOut(run);
    }
    if (effects.length === room) return null;
    return Math.max((await store.nextDue(kinds)) ?? tuning.poll, effects.length > 0 ? 0 : 20);
  };

  const carryOut = async (run: Run) => {
    const { effect } = run;
    try {
      const value = await runHandler(deps.handlers, run, tuning.longestRun);
      if (!run.dropped) await succeed(effect, value);
    } catch (error) {
      if (!run.dropped) await stumble(run, error);
    } finally {
      if (runs.get(effect.id) === run) runs.delete(effect.id);
      ticker.poke();
    }
  };

  const succeed = async (effect: ClaimedEffect, value: Json) => {
    if (await finisher.finish(effect, { ok: true, value })) counts.done += 1;
  };

  const stumble = async ({ effect, stopped }: Run, error: unknown) => {
    const why = whyOf(error, stopped);
    try {
      if (isFinal(why)) {
        if (await finisher.finish(effect, { ok: false, problem: why })) counts.gaveUp += 1;
      } else {
        const delay = backoffDelay(effect.attempt, effect.key, tuning.backoff);
        await store.retry(effect, why, delay);
        counts.retried += 1;
      }
      log.warn({ effect: effect.key, kind: effect.kind, problem: why }, 'effect failed');
    } catch (second) {
      log.warn({ effect: effect.key, err: second }, 'outcome could not be stored; it runs again');
    }
  };

  const extend = async () => {
    await extendRuns(store, [...runs.values()], tuning.lease);
    extendedAt = performance.now();
    return beat;
  };

  const ticker = startTicker({ run: claimSome, longest: tuning.poll, log, name: 'effects' });
  const heart = startTicker({
    run: extend,
    longest: beat,
    log,
    name: 'effect leases',
  });

  return {
    poke: ticker.poke,
    look: heart.poke,
    counts: () => ({ ...counts }),
    stop: async () => {
      await ticker.stop();
      await until(() => runs.size === 0, tuning.drain);
      const left = [...runs.values()];
      for (const run of left) drop(run, 'the worker stops');
      await until(() => runs.size === 0, tuning.grace);
      await heart.stop();
      await store
        .release(left.map(({ effect }) => ({ id: effect.id, attempt: effect.attempt })))
        .catch((error) => log.warn({ err: error }, 'effects could not be given back'));
    },
  };
}
