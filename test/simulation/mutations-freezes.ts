import type { RolloutSnapshot } from '../../src/capabilities/rollouts/types.ts';
import type { AnyReconciler } from '../../src/engine/engine-store.ts';
import type { InvariantName } from './invariants/types.ts';
import { decides, loads, type Mutation } from './mutation.ts';

const freely = { frozen: false, window: '', until: null };

/** It decides as if it were none, and stays one. */
const waitingRollback: Mutation = {
  name: 'a rollback waits for a freeze',
  reconciler: (one) => {
    if (one.kind !== 'rollout') return one;
    const decide = (snapshot: RolloutSnapshot, now: Date) => {
      const { plan } = snapshot.state;
      const forward = { ...snapshot.state, plan: { ...plan, isRollback: false } };
      const decision = one.decide({ ...snapshot, state: forward }, now);
      return { ...decision, state: { ...(decision.state as typeof forward), plan } };
    };
    return { ...one, decide } as unknown as AnyReconciler;
  },
};

/** Forgotten as soon as a wave is under way, so that the next one does not have it. */
const shortOverride: Mutation = {
  name: 'an override ends with its wave',
  reconciler: (one) => {
    if (one.kind !== 'rollout') return one;
    const decide = (snapshot: RolloutSnapshot, now: Date) => {
      const { begun, freezeOverride } = snapshot.state;
      const state = { ...snapshot.state, freezeOverride: begun ? null : freezeOverride };
      return one.decide({ ...snapshot, state }, now);
    };
    return { ...one, decide } as unknown as AnyReconciler;
  },
};

const held = 'a freeze holds what goes forward, and never what goes back';

export const freezeMutations: readonly (readonly [Mutation, ...InvariantName[]])[] = [
  [
    loads('a freeze is not looked at', 'rollout', (snapshot: RolloutSnapshot) => ({
      ...snapshot,
      freeze: freely,
    })),
    held,
  ],
  [waitingRollback, held],
  [
    decides('every release counts as a rollback', 'delivery', (decision) => ({
      ...decision,
      open: (decision.open ?? []).map((one) => {
        const { plan, ...state } = one.state as unknown as RolloutSnapshot['state'];
        return { ...one, state: { ...state, plan: { ...plan, isRollback: true } } as never };
      }),
    })),
    held,
  ],
  [shortOverride, held],
  [
    decides('a freeze that is lifted is told to nobody', 'delivery', (decision) => ({
      ...decision,
      wake: [],
    })),
    'once faults stop, every rollout ends',
    'a bad document changes no intent and holds nobody',
    'the fault of one application never holds its neighbour',
  ],
];
