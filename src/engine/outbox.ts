import { ProblemError, problem } from '../platform/errors/problem.ts';
import type { Json } from '../platform/ids/types.ts';
import type { Log } from '../platform/log/log.ts';
import { backoffDelay } from './backoff.ts';
import type { ClaimedEffect, EffectStore } from './engine-store.ts';
import { isFinal, problemOf } from './problems.ts';
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
  counts(): Readonly<OutboxCounts>;
  /** Claims no more and waits for running effects for at most `drain` ms; those left are aborted and given back. */
  stop(): Promise<void>;
};

/** `dropped`: another attempt owns the effect or is to have it, so what comes of this one is not stored. */
type Run = { readonly effect: ClaimedEffect; readonly abort: AbortController; dropped: boolean };

/** Runs effects whose rows are committed, each at least once, and makes what came of them news for their objects. */
export function startOutbox(deps: OutboxDeps): Outbox {
  const { store, tuning, log } = deps;
  const kinds = [...deps.handlers.keys()];
  const runs = new Map<number, Run>();
  const counts: OutboxCounts = { done: 0, gaveUp: 0, retried: 0 };

  const claimSome = async (): Promise<number | null> => {
    const room = tuning.concurrency - runs.size;
    if (room <= 0 || kinds.length === 0) return null;
    const effects = await store.claim(kinds, room, tuning.lease);
    for (const effect of effects) {
      const before = runs.get(effect.id);
      if (before) drop(before, 'another attempt has begun');
      const run = { effect, abort: new AbortController(), dropped: false };
      runs.set(effect.id, run);
      void carryOut(run);
    }
    if (effects.length === room) return null;
    return Math.max((await store.nextDue(kinds)) ?? tuning.poll, effects.length > 0 ? 0 : 20);
  };

  const carryOut = async (run: Run) => {
    const { effect } = run;
    try {
      const value = await runHandler(deps, run);
      if (!run.dropped) await succeed(effect, value);
    } catch (error) {
      if (!run.dropped) await stumble(effect, error);
    } finally {
      if (runs.get(effect.id) === run) runs.delete(effect.id);
      ticker.poke();
    }
  };

  const succeed = async (effect: ClaimedEffect, value: Json) => {
    if (await store.finish(effect, { ok: true, value })) counts.done += 1;
  };

  const stumble = async (effect: ClaimedEffect, error: unknown) => {
    const why = problemOf(error, 'TG1704');
    try {
      if (isFinal(why)) {
        if (await store.finish(effect, { ok: false, problem: why })) counts.gaveUp += 1;
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
    const now = [...runs.values()];
    if (now.length > 0) {
      const leases = now.map(({ effect }) => ({ id: effect.id, attempt: effect.attempt }));
      const held = new Set(await store.extend(leases, tuning.lease));
      for (const run of now) {
        if (!held.has(run.effect.id)) drop(run, 'the lease went to another worker');
      }
    }
    return tuning.lease / 3;
  };

  const ticker = startTicker({ run: claimSome, longest: tuning.poll, log, name: 'effects' });
  const heart = startTicker({
    run: extend,
    longest: tuning.lease / 3,
    log,
    name: 'effect leases',
  });

  return {
    poke: ticker.poke,
    counts: () => ({ ...counts }),
    stop: async () => {
      await ticker.stop();
      await until(() => runs.size === 0, tuning.drain);
      await heart.stop();
      const left = [...runs.values()];
      for (const run of left) drop(run, 'the worker stops');
      await store
        .release(left.map(({ effect }) => ({ id: effect.id, attempt: effect.attempt })))
        .catch((error) => log.warn({ err: error }, 'effects could not be given back'));
    },
  };
}

function drop(run: Run, why: string): void {
  run.dropped = true;
  run.abort.abort(new Error(why));
}

async function runHandler(deps: OutboxDeps, run: Run): Promise<Json> {
  const { effect, abort } = run;
  const handler = deps.handlers.get(effect.kind);
  if (!handler) throw new Error(`claimed an effect of a kind not asked for: ${effect.kind}`);
  const { longestRun } = deps.tuning;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const why = problem('TG1704', { detail: `it did not end within ${longestRun / 1000} s` });
    late.reject(new ProblemError(why));
    abort.abort(new ProblemError(why));
  }, longestRun);
  try {
    return await Promise.race([
      handler.run(effect.payload, effect.key, abort.signal),
      late.promise,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
