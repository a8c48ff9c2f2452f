import { expect, test } from 'vitest';
import type { Strategy } from '../../contract/kinds/strategy.ts';
import { strategySchema } from '../../contract/kinds/strategy.ts';
import { status, steadyTarget, version } from './fixture.ts';
import { openRollout } from './open.ts';
import type { RolloutPlan, RolloutRow, TargetView } from './types.ts';
import { viewRollout } from './views.ts';

const plan = (strategy: Strategy): RolloutPlan => ({
  application: 'shop',
  environment: 'production',
  candidate: 'r-2',
  stable: 'r-1',
  strategy,
  waves: [{ name: 'eu', targets: ['eu-1'], soak: 0 }],
  maxUnavailable: 0,
  replicas: 1,
  progressDeadline: 1000,
  onInconclusive: 'hold',
  approvers: [],
  fastTrack: false,
  isRollback: false,
  commit: { id: 'c', author: 'Dora', subject: 'Promote' },
  repository: 'config',
  path: 'p.yaml',
});

const row: RolloutRow = {
  id: 'ro-1',
  application: 'shop',
  environment: 'production',
  release: 'r-2',
  stable: 'r-1',
  strategy: 'canary',
  phase: 'progressing',
  terminal: false,
  because: '',
  weight: 0,
  wave: 0,
  waves: 1,
  step: 0,
  steps: 1,
  startedAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  endedAt: null,
};

const view = (strategy: object, targets: readonly TargetView[] = [], change: object = {}) =>
  viewRollout({
    row,
    state: { ...openRollout(plan(strategySchema.parse(strategy)), new Date(0)), ...change },
    targets,
    analyses: [
      { key: 'ro-1/0/step', phase: 'running', because: '3 of 10', detail: { seen: 3 } },
      { key: 'ro-1/0/other', phase: 'failed', because: 'no', detail: null },
    ],
    asker: { actor: 'user:dora', isAdmin: false },
  });

const templates = { templates: ['errors'] };
test.each<[object, readonly string[]]>([
  [
    {
      canary: {
        steps: [
          { setWeight: 5 },
          { pause: { duration: '1500ms' } },
          { pause: {} },
          { analysis: templates },
          { approval: { count: 2 } },
          { setHeaderRoute: { match: [{ header: { name: 'x', exact: 'y' } }] } },
          { setHeaderRoute: { match: [] } },
        ],
      },
    },
    [
      'weight 5 %',
      'pause 1.5 s',
      'pause for a person',
      'analysis errors',
      'approval by 2',
      'route by header or cookie',
      'remove the route',
    ],
  ],
  [
    { abTest: { match: [{ cookie: { name: 'b', exact: '1' } }], duration: '1m' } },
    ['route by header or cookie', 'test for 60 s'],
  ],
])('steps are told in words: %#', (strategy, names) => {
  expect(view(strategy).stepNames.slice(0, names.length)).toEqual(names);
});

test('a blue-green rollout begins with its preview', () => {
  expect(view({ blueGreen: {} }).stepNames[0]).toBe('preview');
});

test('analyses carry their purpose, and a retreat says how it goes', () => {
  const retreat = {
    to: 'rolledBack',
    because: 'errors',
    actor: 'tidegate',
    since: '2026-01-01T00:00:00.000Z',
    trafficBackAt: null,
    revert: 'pending',
    revertCommit: null,
  };
  const use = {
    key: 'ro-1/0/step',
    wave: 0,
    purpose: 'background',
    step: null,
    plannedUntil: null,
    mark: 'open',
  };
  const shown = view({ canary: { steps: [{ setWeight: 5 }] } }, [], { retreat, analyses: [use] });
  expect(shown.analyses).toMatchObject([
    { purpose: 'background', detail: { seen: 3 } },
    { purpose: 'step', phase: 'failed' },
  ]);
  expect(shown.retreat).toMatchObject({ because: 'errors', revert: 'pending' });
});

test('a target says where its preview answers', () => {
  const target = steadyTarget('eu-1');
  const status = target.status && { ...target.status, previewEndpoint: 'http://127.0.0.1:7105' };
  const shown = view({ blueGreen: {} }, [target, { ...target, status }]);
  expect(shown.targets.map((one) => one.preview)).toEqual([null, 'http://127.0.0.1:7105']);
});

test('what the fresh copy does is shown where the strategy asks for one, and nowhere else', () => {
  const steps = [{ setWeight: 5 }, { analysis: templates }];
  const versions = [version('r-1', 2, 90), version('r-1.baseline-c', 1, 5), version('r-2', 1, 5)];
  const target = { ...steadyTarget('eu-1'), status: status('eu-1', 1, versions) };
  const shown = view({ canary: { steps, baseline: 'fresh' } }, [target, steadyTarget('us-1')]);
  expect(shown.comparedWith).toBe('compared with a fresh copy of r-1');
  expect(shown.targets.map((one) => [one.baselineReady, one.baselineWeight])).toEqual([
    [1, 5],
    [0, 0],
  ]);
  const copy = { lacking: null, givenUp: 'the fresh copy of r-1 is given up' };
  expect(view({ canary: { steps, baseline: 'fresh' } }, [], { copy }).comparedWith).toBe(
    copy.givenUp,
  );
  const plain = view({ canary: { steps } }, [target]);
  expect(plain).not.toHaveProperty('comparedWith');
  expect(plain.targets[0]).not.toHaveProperty('baselineReady');
});
