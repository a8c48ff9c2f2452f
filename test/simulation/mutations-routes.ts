import type { RolloutSnapshot, RolloutState } from '../../src/capabilities/rollouts/types.ts';
import type { InvariantName } from './invariants/types.ts';
import { asks, loads, type Mutation } from './mutation.ts';

type Strategy = RolloutState['plan']['strategy'];

/** Goes by another strategy than the one that is declared. */
const goesBy = (name: string, change: (strategy: Strategy) => Strategy): Mutation =>
  loads(name, 'rollout', (snapshot: RolloutSnapshot) => {
    const { plan } = snapshot.state;
    const state = { ...snapshot.state, plan: { ...plan, strategy: change(plan.strategy) } };
    return { ...snapshot, state };
  });

const met = 'who matches meets the candidate, and nobody else';

export const routeMutations: readonly (readonly [Mutation, ...InvariantName[]])[] = [
  [
    asks('a test takes its share of everybody', (spec, _snapshot, { plan, routes, weight }) => {
      const [stable, candidate, ...more] = spec.versions;
      const isTest = plan.strategy.abTest && routes.length > 0 && weight === 0;
      if (!isTest || !stable || !candidate || more.length > 0) return spec;
      return {
        ...spec,
        versions: [
          { ...stable, weight: 90 },
          { ...candidate, weight: 10 },
        ],
      };
    }),
    met,
  ],
  [
    goesBy('visitors are matched by another name', ({ abTest, ...other }) => ({
      ...other,
      ...(abTest && { abTest: { ...abTest, match: [{ header: { name: 'x-no', exact: 'yes' } }] } }),
    })),
    met,
  ],
  [
    goesBy('the cookie is forgotten', ({ canary, ...other }) => ({
      ...other,
      ...(canary && { canary: { steps: canary.steps } }),
    })),
    'a visitor stays on the version it met',
  ],
];
