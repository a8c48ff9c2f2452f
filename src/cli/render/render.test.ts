import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import type { RolloutView } from '../../contract/api/rollouts.ts';
import { cut, since, table } from '../terminal.ts';
import { analysisLines } from './analysis.ts';
import { eventLine, releaseTable, statusDetail, targetTable } from './lists.ts';
import { type Canvas, phaseText, rolloutLine, rolloutPicture, weightBar } from './rollout.ts';

const now = new Date('2026-01-01T00:10:00Z');
const canvas: Canvas = { colours: picocolors.createColors(false), columns: 140, now };
const coloured = picocolors.createColors(true);

const target = (name: string, wave: number, weight: number): RolloutView['targets'][number] => ({
  name,
  wave,
  connected: name !== 'us-1',
  generation: 4,
  converged: true,
  candidateWeight: weight,
  candidateReady: 2,
  candidateReplicas: 3,
  stableReady: 3,
  requests: 1204,
  errors: weight > 0 ? 3 : 0,
  endpoint: 'http://127.0.0.1:4000',
  preview: null,
  message: 'replica 1\nexited',
});

const view: RolloutView = {
  id: 'ro-1',
  application: 'shop',
  environment: 'production',
  release: 'r-2',
  stable: 'r-1',
  strategy: 'canary',
  phase: 'progressing',
  terminal: false,
  because: 'Waits.',
  weight: 20,
  wave: 0,
  waves: 2,
  step: 1,
  steps: 3,
  startedAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:01:00Z',
  endedAt: null,
  waveNames: ['eu', 'us'],
  stepNames: ['weight 20 %', 'pause 5 s', 'weight 50 %'],
  targets: [target('eu-1', 0, 20), target('us-1', 1, 0)],
  analyses: [],
  actions: [],
  approvals: [],
  retreat: null,
  fastTrack: false,
  isRollback: false,
  commit: { id: 'c', author: 'Dora', subject: 'Promote' },
};

test('a picture shows where it is, what each target serves, and what comes next', () => {
  expect(rolloutPicture(view, canvas)).toEqual([
    'shop → production  r-2 (from r-1)  ro-1',
    '  progressing  canary, wave 1 of 2, step 2 of 3 · for 10 min',
    '  Waits.',
    '',
    '  eu-1  eu  ████░░░░░░░░░░░░░░░░   20 %  ready 2/3  1204 requests  3 errors  replica 1 exited',
    '  us-1  us  ░░░░░░░░░░░░░░░░░░░░    0 %  ready 2/3  1204 requests  0 errors  not connected  replica 1 exited',
    '',
    '  ✓ weight 20 %  › pause 5 s  · weight 50 %',
  ]);
  expect(rolloutLine(view)).toBe('ro-1 progressing, wave 1/2, 20 %: Waits.');
});

test('a candidate without traffic says where to look at it', () => {
  const preview = 'http://127.0.0.1:4005';
  const seen = { ...view, targets: view.targets.map((one) => ({ ...one, preview })) };
  expect(rolloutPicture(seen, canvas)).toContain(`  preview on eu-1: ${preview}`);
});

test('one that went back says why, how fast, and by which commit', () => {
  const retreat = {
    because: '5 % errors.',
    actor: 'tidegate',
    since: '2026-01-01T00:05:00.000Z',
    trafficBackAt: '2026-01-01T00:05:00.420Z',
    revert: 'done',
    revertCommit: 'abcdef0123456789',
  };
  const ended: RolloutView = {
    ...view,
    phase: 'rolledBack',
    terminal: true,
    endedAt: '2026-01-01T00:06:00Z',
    retreat,
  };
  const text = rolloutPicture(ended, canvas).join('\n');
  expect(text).toContain('ended after 6 min');
  expect(text).toContain('goes back: 5 % errors.');
  expect(text).toContain('traffic was back after 420 ms, reverted by abcdef012345');
  expect(text).not.toContain('› pause');
  const moving = {
    ...ended,
    retreat: { ...retreat, trafficBackAt: null, revertCommit: null, revert: 'pending' },
  };
  expect(rolloutPicture(moving, canvas).join('\n')).toContain(
    'traffic is moving back, revert: pending',
  );
});

test('a first release on the fast track, and a rollback, are told apart', () => {
  const first = { ...view, stable: null, fastTrack: true, stepNames: [] };
  const [head = '', place = ''] = rolloutPicture(first, canvas);
  expect(head).toContain('(first release)');
  expect(place).toContain('canary (fast track), wave 1 of 2 ·');
  const [, back = ''] = rolloutPicture({ ...first, isRollback: true }, canvas);
  expect(back).toContain('canary (rollback)');
});

test.each([
  [0, 0],
  [0.4, 1],
  [50, 10],
  [99.6, 19],
  [100, 20],
  [140, 20],
])('a bar of %f %% has %i full cells', (percent, full) => {
  const bar = weightBar(percent, canvas.colours);
  expect(bar).toBe('█'.repeat(full) + '░'.repeat(20 - full));
});

test.each([
  ['succeeded', 32],
  ['rolledBack', 31],
  ['paused', 33],
  ['progressing', 36],
  ['superseded', 2],
  ['aborted', 33],
  ['rollingBack', 31],
  ['pending', 33],
  ['failed', 31],
  ['steady', 32],
  ['waiting', 33],
])('%s has its colour', (phase, code) => {
  expect(phaseText(phase, coloured)).toContain(`\u001b[${code}m${phase}`);
});

test('tables are as wide as their cells, colours aside, and their last column is cut', () => {
  const rows = [
    [coloured.red('a'), 'bb', 'x'.repeat(50)],
    ['aaa', 'b', 'y'],
  ];
  expect(table(rows, 30)).toEqual([`${coloured.red('a')}    bb  ${'x'.repeat(20)}…`, 'aaa  b   y']);
  expect(cut(coloured.red('long'), 2)).toBe(coloured.red('long'));
});

test.each([
  ['2026-01-01T00:09:20Z', '40 s'],
  ['2026-01-01T00:00:00Z', '10 min'],
  ['2025-12-31T21:00:00Z', '3 h'],
  ['2025-12-20T00:00:00Z', '12 d'],
  ['2026-01-02T00:00:00Z', '0 s'],
])('%s was %s ago', (time, text) => {
  expect(since(time, now)).toBe(text);
});

test('releases, targets, events and statuses have a line each, and say so when there is none', () => {
  const release = {
    id: 'r-1',
    digest: 'd',
    application: 'shop',
    commit: 'c'.repeat(40),
    artifact: { image: 'i' },
    subject: 'Sell',
    author: 'Dora',
    committedAt: null,
    createdAt: '2026-01-01T00:00:00Z',
    createdBy: 'user:dora',
    stableIn: ['staging'],
    quarantinedIn: ['production'],
  };
  expect(releaseTable([release], canvas)[1]).toContain('10 min  staging, failed in production');
  const served = {
    application: 'shop',
    environment: 'p',
    generation: 1,
    endpoint: null,
    message: '',
  };
  const one = {
    name: 'eu-1',
    driver: null,
    labels: {},
    connected: false,
    agent: null,
    agentVersion: null,
    lastSeenAt: null,
    revision: 0,
    applications: [{ ...served, converged: false }],
  };
  expect(targetTable([one], canvas)[1]).toBe(
    'eu-1    -       -      not connected  never  shop (converging)',
  );
  const event = {
    cursor: 'c',
    id: 1,
    at: '2026-01-01T00:00:00.000Z',
    type: 'rollout.abortRequested',
    actor: 'user:dora',
    objectId: null,
    application: 'shop',
    environment: null,
    because: 'Over.',
    outcome: 'refused' as const,
    before: null,
    after: null,
    requestId: null,
  };
  expect(eventLine(event, canvas)).toBe(
    '2026-01-01 00:00:00  rollout.abortRequested  shop  user:dora  refused Over.',
  );
  expect([releaseTable([], canvas), targetTable([], canvas), statusDetail([], canvas)]).toEqual([
    ['No releases yet.'],
    ['No targets are declared yet.'],
    ['No applications are declared yet. See: tidegate source list'],
  ]);
});

test('explain shows the newest measurements of each metric and what they were held against', () => {
  const measurements = [1, 2, 3, 4, 5].map((value) => ({
    ...{
      at: `2026-01-01T00:0${value}:00.000Z`,
      verdict: 'failure' as const,
      value: { result: value },
    },
    ...{ query: 'up\u0007', because: `${value} > 0.5`, figures: null },
  }));
  const metric = {
    ...{ name: 'latency', source: 'prometheus', phase: 'failed', measurements },
    ...{ successCondition: 'result < 0.3', failureCondition: 'result > 0.5', failureLimit: 5 },
    ...{ inconclusiveLimit: 2, consecutiveErrorLimit: 5 },
    ...{ successes: 0, failures: 5, inconclusives: 1, errors: 0, judge: 'threshold' as const },
  };
  const bare = { ...metric, failureCondition: null, inconclusiveLimit: null, measurements: [] };
  const analysis = {
    ...{ key: 'ro-1/0/step-1', purpose: 'step', wave: 0, phase: 'failed', because: 'no' },
    ...{ startedAt: '2026-01-01T00:00:00.000Z', endedAt: null, args: {} },
  };
  expect(analysisLines([{ ...analysis, metrics: [metric, bare] }], canvas)).toEqual([
    '',
    'Analysis ro-1/0/step-1  failed',
    '  latency (prometheus), failed',
    '    success: result < 0.3; failure: result > 0.5; failures: 5 of 5; inconclusive: 1 of 2; errors: 0, 5 in a row end it',
    '    00:03:00  failure  3 > 0.5  {"result":3} from up',
    '    00:04:00  failure  4 > 0.5  {"result":4} from up',
    '    00:05:00  failure  5 > 0.5  {"result":5} from up',
    '    and 2 before, with --json',
    '  latency (prometheus), failed',
    '    success: result < 0.3; failures: 5 of 5; errors: 0, 5 in a row end it',
  ]);
});

test('explain shows the evidence of a judge that gathers it, and what it has to reach', () => {
  const measurement = (figures: object | null) => ({
    ...{ at: '2026-01-01T00:01:00.000Z', verdict: 'undecided' as const, value: null, query: 'q' },
    ...{ because: 'no difference seen', figures: figures as never },
  });
  const metric = {
    ...{ name: 'errors', source: 'router', phase: 'running', judge: 'sequential' as const },
    ...{ successCondition: null, failureCondition: null, failureLimit: 1, inconclusiveLimit: null },
    ...{ consecutiveErrorLimit: 5, successes: 0, failures: 0, inconclusives: 0, errors: 0 },
    measurements: [] as ReturnType<typeof measurement>[],
  };
  const analysis = {
    ...{ key: 'a', purpose: 'step', wave: 0, phase: 'running', because: '', args: {} },
    ...{ startedAt: '2026-01-01T00:00:00.000Z', endedAt: null },
  };
  const linesOf = (over: Partial<typeof metric> & { judge?: 'mannWhitney' }) =>
    analysisLines([{ ...analysis, metrics: [{ ...metric, ...over }] }], canvas)[3];
  expect(linesOf({})).toBe('    evidence: none yet');
  const figures = {
    harm: { value: 0.00123, bound: 100 },
    safety: { value: 12.345, bound: 20 },
    needed: 1_200,
  };
  expect(linesOf({ measurements: [measurement(figures), measurement(null)] })).toBe(
    '    evidence of harm: 1.2e-3 of 100 fails it; of safety: 12.3 of 20 passes it; about 1200 more observations to pass',
  );
  expect(linesOf({ measurements: [measurement({ ...figures, needed: null })] })).not.toContain(
    'about',
  );
  expect(linesOf({ judge: 'mannWhitney' as never })).toContain('at the end');
});
