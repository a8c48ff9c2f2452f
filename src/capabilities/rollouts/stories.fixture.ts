import fc from 'fast-check';
import { rolloutActions } from './actions.ts';
import { old, type RolloutDecision, snapshot, strategy } from './fixture.ts';
import { type Happening, Simulator } from './simulator.ts';
import type { RolloutPlan, RolloutSnapshot } from './types.ts';

const analysis = { templates: ['errors'] };
const match = [{ header: { name: 'x-beta', exact: 'yes' } }];
const strategies = [
  {
    canary: {
      steps: [
        { setWeight: 10 },
        { setHeaderRoute: { match } },
        { pause: { duration: '1m' } },
        { analysis },
        { approval: { count: 1 } },
        { setWeight: 60 },
        { pause: {} },
      ],
      backgroundAnalysis: { ...analysis, startingStep: 1 },
    },
  },
  {
    blueGreen: {
      prePromotionAnalysis: analysis,
      postPromotionAnalysis: analysis,
      autoPromotion: false,
    },
  },
  {
    progressive: { steps: [{ percent: 30, pause: '30s', analysis }], backgroundAnalysis: analysis },
  },
  {
    canary: {
      baseline: 'fresh',
      steps: [{ pause: {} }, { setWeight: 20 }, { analysis }, { setWeight: 70 }, { analysis }],
      backgroundAnalysis: { ...analysis, startingStep: 1 },
    },
  },
  {
    progressive: { baseline: 'fresh', steps: [{ percent: 40, pause: '30s', analysis }] },
  },
  { abTest: { match, duration: '5m', analysis, onSuccess: 'hold' } },
].map(strategy);

const plans: fc.Arbitrary<Partial<RolloutPlan>> = fc.record({
  strategy: fc.constantFrom(...strategies),
  stable: fc.constantFrom(old, old, old, null),
  fastTrack: fc.constantFrom(false, false, false, true),
  isRollback: fc.boolean(),
  replicas: fc.integer({ min: 1, max: 5 }),
  maxUnavailable: fc.integer({ min: 0, max: 1 }),
  onInconclusive: fc.constantFrom('hold', 'rollback'),
  waves: fc.constant([
    { name: 'first', targets: ['eu-1'], soak: 60_000 },
    { name: 'rest', targets: ['us-1', 'us-2'], soak: 0 },
  ]),
});

/** What people ask for more often than to end it. */
const people = ['promote', 'promote', 'approve', 'resume'] as const;
const target = fc.integer({ min: 0, max: 2 });
const happenings: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ is: fc.constant('sync' as const), target }) },
  { weight: 8, arbitrary: fc.constant({ is: 'syncAll' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      is: fc.constant('time' as const),
      ms: fc.constantFrom(1_000, 60_000, 400_000),
    }),
  },
  fc.record({ is: fc.constant('reach' as const), target, connected: fc.boolean() }),
  fc.record({
    is: fc.constant('health' as const),
    target,
    side: fc.constantFrom('old' as const, 'new' as const, 'copy' as const),
    cap: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({
    is: fc.constant('verdict' as const),
    phase: fc.constantFrom(
      ...(['successful', 'successful', 'successful', 'failed', 'inconclusive', 'error'] as const),
    ),
  }),
  fc.record({
    is: fc.constant('request' as const),
    action: fc.constantFrom(...people, ...people, ...people, ...rolloutActions, 'nonsense'),
    actor: fc.constantFrom('user:ada', 'user:bob'),
  }),
  fc.record({ is: fc.constant('freeze' as const), frozen: fc.boolean() }),
  fc.record({
    is: fc.constant('git' as const),
    answer: fc.constantFrom('commit' as const, 'overtaken' as const),
  }),
);

export const stories = {
  story: fc.array(happenings, { minLength: 10, maxLength: 80, size: 'max' }),
  plan: plans,
};

/** Three decisions after each happening, so that much is still under way when the next one comes. */
export function play(
  { plan, story }: { plan: Partial<RolloutPlan>; story: readonly Happening[] },
  look: (before: RolloutSnapshot, decision: RolloutDecision, simulator: Simulator) => void,
): Simulator {
  const simulator = new Simulator(snapshot(plan));
  if (plan.stable === null) {
    const targets = simulator.snapshot.targets.map((view) => ({
      ...view,
      intent: null,
      status: null,
    }));
    simulator.snapshot = { ...simulator.snapshot, targets };
  }
  for (const happening of story) {
    simulator.happen(happening);
    for (let round = 0; round < 3; round += 1) {
      const before = simulator.snapshot;
      look(before, simulator.decide(), simulator);
    }
  }
  return simulator;
}
