import type { IntentSpec } from '../../src/capabilities/fleet/types.ts';
import type { RolloutSnapshot } from '../../src/capabilities/rollouts/types.ts';
import { copyIdOf } from '../../src/contract/kinds/strategy.ts';
import type { InvariantName } from './invariants/types.ts';
import { asks, decides, loads, type Mutation } from './mutation.ts';

const idle = 'a fresh copy is there to be compared with, and for nothing else';

/** With one more version of no weight, the same as the stable one. */
function withCopy(spec: IntentSpec, stable: string, commit: string): IntentSpec {
  const [first, ...more] = spec.versions;
  if (first?.release !== stable || more.some(({ release }) => release === copyIdOf(stable, commit)))
    return spec;
  const copy = { ...first, release: copyIdOf(stable, commit), replicas: 1, weight: 0 };
  return { ...spec, versions: [first, copy, ...more] };
}

const isCompared = ({ state }: RolloutSnapshot): boolean =>
  state.plan.strategy.canary?.baseline === 'fresh';

export const copyMutations: readonly (readonly [Mutation, ...InvariantName[]])[] = [
  [
    asks('the fresh copy is kept on the way back', (spec, snapshot, { retreat, plan }) => {
      const turns = retreat !== null && snapshot.state.retreat === null;
      return turns && plan.stable && isCompared(snapshot)
        ? withCopy(spec, plan.stable, plan.commit.id)
        : spec;
    }),
    idle,
  ],
  [
    decides('a rollout goes back to the fresh copy', 'rollout', (decision, snapshot) => ({
      ...decision,
      effects: (decision.effects ?? []).map((effect) => {
        const { restore } = effect.payload as { readonly restore: string | null };
        if (restore === null || !isCompared(snapshot)) return effect;
        return {
          ...effect,
          payload: { ...(effect.payload as object), restore: copyIdOf(restore, 'other') },
        };
      }),
    })),
    idle,
  ],
  [
    loads(
      'how long the fresh copy was waited for is forgotten',
      'rollout',
      (snapshot: RolloutSnapshot) => {
        const { copy: _, ...state } = snapshot.state;
        return snapshot.state.copy?.givenUp ? snapshot : { ...snapshot, state };
      },
    ),
    'once faults stop, every rollout ends',
    'a bad document changes no intent and holds nobody',
  ],
];
