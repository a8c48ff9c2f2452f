import { type Problem, ProblemError, problem } from '../platform/errors/problem.ts';
import type { Json } from '../platform/ids/types.ts';
import type { ClaimedEffect, EffectStore } from './engine-store.ts';
import { isFinal, problemOf } from './problems.ts';
import type { EffectHandler } from './types.ts';

/**
 * `dropped`: another attempt owns the effect or is to have it, so what comes of this one is not stored. `stopped`: its
 * object wants it no more, so whatever comes of it is its outcome.
 */
export type Run = {
  readonly effect: ClaimedEffect;
  readonly abort: AbortController;
  dropped: boolean;
  stopped: boolean;
};

export function beginRun(effect: ClaimedEffect): Run {
  const run = { effect, abort: new AbortController(), dropped: false, stopped: false };
  if (effect.stopped) stopRun(run);
  return run;
}

/** Keeps the leases of what runs; drops what somebody else has now, and stops what shall stop. */
export async function extendRuns(
  store: Pick<EffectStore, 'extend'>,
  runs: readonly Run[],
  duration: number,
): Promise<void> {
  if (runs.length === 0) return;
  const leases = runs.map(({ effect }) => ({ id: effect.id, attempt: effect.attempt }));
  const held = new Map(
    (await store.extend(leases, duration)).map(({ id, stopped }) => [id, stopped]),
  );
  for (const run of runs) {
    const stopped = held.get(run.effect.id);
    if (stopped === undefined) drop(run, 'the lease went to another worker');
    else if (stopped && !run.stopped) stopRun(run);
  }
}

export function drop(run: Run, why: string): void {
  run.dropped = true;
  run.abort.abort(new Error(why));
}

/** An aborted signal keeps its first reason. */
function stopRun(run: Run): void {
  run.stopped = true;
  run.abort.abort(new ProblemError(problem('TG1705', { detail: 'It was stopped while it ran.' })));
}

/** What a stopped effect failed with is its last word, whatever kind of failure that is. */
export function whyOf(error: unknown, stopped: boolean): Problem {
  const why = problemOf(error, 'TG1704');
  if (!stopped || isFinal(why)) return why;
  return problem('TG1705', { detail: `It was stopped while it ran: ${why.detail}` });
}

export async function runHandler(
  handlers: ReadonlyMap<string, EffectHandler>,
  run: Run,
  longestRun: number,
): Promise<Json> {
  const { effect, abort } = run;
  const handler = handlers.get(effect.kind);
  if (!handler) throw new Error(`claimed an effect of a kind not asked for: ${effect.kind}`);
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
