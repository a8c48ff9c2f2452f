import type { Log } from '../platform/log/log.ts';
import type { ClaimedEffect, EffectStore, FinishedEffect } from './engine-store.ts';
import { isDatabaseAway } from './problems.ts';
import type { EffectOutcome } from './types.ts';

export type Finisher = {
  /** True when the outcome was stored, false when a later attempt owns the effect. Throws when it could not be stored. */
  finish(
    effect: Pick<ClaimedEffect, 'id' | 'attempt' | 'objectId'>,
    outcome: EffectOutcome['outcome'],
  ): Promise<boolean>;
};

type Waiting = FinishedEffect & PromiseWithResolvers<boolean>;

/**
 * Stores outcomes of effects, whatever is there in one statement: a group commit, as the writer of decisions has it. One
 * that cannot be stored (text that no database takes) fails by itself.
 */
export function startFinisher(store: Pick<EffectStore, 'finish'>, log: Log): Finisher {
  let waiting: Waiting[] = [];
  let busy = false;

  const flush = async () => {
    if (busy) return;
    busy = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await storeOrSplit(store, batch, log);
    }
    busy = false;
  };

  return {
    finish: ({ id, attempt, objectId }, outcome) => {
      const one = { id, attempt, objectId, outcome, ...Promise.withResolvers<boolean>() };
      waiting.push(one);
      // After this turn of the event loop, so that effects that end together are stored together.
      setImmediate(() => void flush());
      return one.promise;
    },
  };
}

async function storeOrSplit(
  store: Pick<EffectStore, 'finish'>,
  batch: readonly Waiting[],
  log: Log,
): Promise<void> {
  try {
    const stored = new Set(await store.finish(batch));
    for (const one of batch) one.resolve(stored.has(one.id));
  } catch (error) {
    if (batch.length === 1 || isDatabaseAway(error)) {
      for (const one of batch) one.reject(error);
      return;
    }
    log.warn({ err: error, effects: batch.length }, 'outcomes not stored; trying one by one');
    for (const one of batch) await storeOrSplit(store, [one], log);
  }
}
