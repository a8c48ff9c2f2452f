import { backoffDelay } from '../../src/engine/backoff.ts';
import type { ClaimedEffect, EffectStore } from '../../src/engine/engine-store.ts';
import { isFinal, problemOf } from '../../src/engine/problems.ts';
import { outboxTuning } from '../../src/engine/tuning.ts';
import type { EffectHandler, EffectOutcome } from '../../src/engine/types.ts';
import { type Problem, ProblemError, problem } from '../../src/platform/errors/problem.ts';
import type { Random } from './random.ts';
import type { Actor, CrashPoint, Hindrance } from './worker.ts';

export type OutboxDeps = {
  readonly store: EffectStore;
  readonly handlers: ReadonlyMap<string, EffectHandler>;
  readonly random: Random;
  readonly now: () => number;
  readonly hindrance: Hindrance;
  readonly nextDue: () => number;
  readonly hit: (what: 'staleClaim') => void;
  readonly dies: (where: CrashPoint) => boolean;
  /** How often this worker has died. */
  readonly deaths: () => number;
};

type Came =
  | { readonly is: 'done'; readonly outcome: EffectOutcome['outcome'] }
  | { readonly is: 'again'; readonly problem: Problem; readonly delay: number };

type Hand =
  | { readonly is: 'idle' }
  | { readonly is: 'claimed'; readonly effects: readonly ClaimedEffect[] }
  | {
      readonly is: 'ran';
      readonly effect: ClaimedEffect;
      readonly came: Came;
      readonly rest: readonly ClaimedEffect[];
    };

export type Outbox = Actor & { poke(at: number): void; restart(at: number): void };

/** One worker's outbox, one step at a time: claim, run, store what came of it. */
export function simulatedOutbox(deps: OutboxDeps): Outbox {
  const { store, handlers, random, now, hindrance } = deps;
  const kinds = [...handlers.keys()];
  let hand: Hand = { is: 'idle' };
  let readyAt = now();
  let sleepUntil = now();
  let pokedAt = Number.POSITIVE_INFINITY;

  const claim = async () => {
    pokedAt = Number.POSITIVE_INFINITY;
    const effects = await store.claim(kinds, 2, outboxTuning.lease);
    if (effects.length === 0) {
      sleepUntil = now() + outboxTuning.poll;
      return;
    }
    hand = { is: 'claimed', effects };
    readyAt = now() + random.int(0, 20);
  };

  const run = async ([effect, ...rest]: readonly ClaimedEffect[]) => {
    hand = { is: 'idle' };
    if (!effect || deps.dies('beforeEffect')) return;
    const deaths = deps.deaths();
    const came = await carryOut(handlers, effect);
    if (deps.deaths() !== deaths || deps.dies('afterEffect')) return;
    const { freeze } = hindrance;
    if (freeze > 0) deps.hit('staleClaim');
    hindrance.freeze = 0;
    hand = { is: 'ran', effect, came, rest };
    readyAt = now() + (freeze > 0 ? freeze : random.int(0, 20));
  };

  const keep = async ({ effect, came, rest }: Extract<Hand, { is: 'ran' }>) => {
    hand = rest.length > 0 ? { is: 'claimed', effects: rest } : { is: 'idle' };
    sleepUntil = now();
    if (came.is === 'done') await store.finish([{ ...effect, outcome: came.outcome }]);
    else await store.retry(effect, came.problem, came.delay);
  };

  return {
    due: () => {
      if (hand.is !== 'idle') return readyAt;
      return Math.max(readyAt, Math.min(pokedAt, sleepUntil), deps.nextDue());
    },
    step: async () => {
      if (hand.is === 'idle') await claim();
      else if (hand.is === 'claimed') await run(hand.effects);
      else await keep(hand);
    },
    poke: (at) => {
      pokedAt = Math.min(pokedAt, at);
    },
    restart: (at) => {
      hand = { is: 'idle' };
      readyAt = at;
      sleepUntil = at;
    },
  };
}

const whyStopped = (): ProblemError =>
  new ProblemError(problem('TG1705', { detail: 'It was stopped while it ran.' }));

async function carryOut(
  handlers: ReadonlyMap<string, EffectHandler>,
  { kind, payload, key, attempt, stopped }: ClaimedEffect,
): Promise<Came> {
  const handler = handlers.get(kind);
  if (!handler) throw new Error(`claimed an effect of a kind not asked for: ${kind}`);
  try {
    const signal = stopped ? AbortSignal.abort(whyStopped()) : new AbortController().signal;
    const value = await handler.run(payload, key, signal);
    return { is: 'done', outcome: { ok: true, value } };
  } catch (error) {
    const why = problemOf(error, 'TG1704');
    if (stopped || isFinal(why)) return { is: 'done', outcome: { ok: false, problem: why } };
    return { is: 'again', problem: why, delay: backoffDelay(attempt, key, outboxTuning.backoff) };
  }
}
