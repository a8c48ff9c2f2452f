import type { RolloutState } from '../../src/capabilities/rollouts/types.ts';
import type { DurableObject } from '../../src/engine/types.ts';
import type { InvariantName } from './invariants/types.ts';
import type { Mutation } from './mutation.ts';

/** Effects are run in the order in which they were asked for, and the first one that fails is tried until it is done. */
const queuedEffects: Mutation = {
  name: 'an effect that fails holds those behind it',
  effects: (store, { db }) => ({
    ...store,
    claim: async (kinds, limit, lease) => {
      const open = [...db.tables.effects.rows.values()].filter(({ doneAt }) => doneAt === null);
      const first = Math.min(...open.map(({ id }) => id));
      const claimed = await store.claim(kinds, limit, lease);
      for (const effect of claimed.filter(({ id }) => id !== first)) {
        const row = db.tables.effects.rows.get(effect.id);
        const back = { leasedUntil: null, wakeAt: (row?.wakeAt ?? 0) + 500 };
        if (row) db.tables.effects.rows.set(row.id, { ...row, ...back });
      }
      return claimed.filter(({ id }) => id === first);
    },
  }),
};

/** Where both run, so that one of them is told what the other one shall run. */
const mixedUp: Mutation = {
  name: 'a rollout takes another application for its own',
  reconciler: (one) => {
    if (one.kind !== 'rollout') return one;
    return {
      ...one,
      apply: async (tx, object, writes) => {
        const { plan, ...state } = object.state as RolloutState;
        const other = { ...state, plan: { ...plan, application: 'shop' } };
        await one.apply?.(tx, { ...object, state: other } as DurableObject<unknown>, writes);
      },
    };
  },
};

/** Reads something that is not in its snapshot: how often it was asked. */
const forgetful: Mutation = {
  name: 'a decision knows what it was not shown',
  reconciler: (one) => {
    if (one.kind !== 'rollout') return one;
    let asked = 0;
    const decide = (snapshot: unknown, now: Date) => {
      asked += 1;
      const decision = one.decide(snapshot, now);
      return { ...decision, because: `${decision.because} (${asked})` };
    };
    return { ...one, decide };
  },
};

export const neighbourMutations: readonly (readonly [Mutation, ...InvariantName[]])[] = [
  [queuedEffects, 'the fault of one application never holds its neighbour'],
  [mixedUp, 'the fault of one application never holds its neighbour'],
  [forgetful, 'what was seen decides the same again'],
];
