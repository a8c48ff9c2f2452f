import { expect, test } from 'vitest';
import {
  after,
  answers,
  begin,
  look,
  metric,
  opened,
  type Verdict,
  walk,
} from './analysis.fixture.ts';
import type { AnalysisPhase } from './types.ts';

const [s, f, i, e]: readonly Verdict[] = ['success', 'failure', 'inconclusive', 'error'];
type Row = {
  readonly name: string;
  readonly metric: { readonly [field: string]: unknown };
  readonly verdicts: readonly (Verdict | undefined)[];
  readonly phase: AnalysisPhase;
  readonly because: string;
};

const rows: readonly Row[] = [
  {
    name: 'one success of one',
    metric: { count: 1 },
    verdicts: [s],
    phase: 'successful',
    because: 'errors passed (1 success)',
  },
  {
    name: 'the first failure fails by default',
    metric: { count: 5 },
    verdicts: [s, f],
    phase: 'failed',
    because: 'errors: 1 of 1 failure: error rate 5.2 % > 1 %',
  },
  {
    name: 'the third failure fails with failureLimit 3',
    metric: { failureLimit: 3 },
    verdicts: [f, s, f, i, f],
    phase: 'failed',
    because: 'errors: 3 of 3 failures: error rate 5.2 % > 1 %',
  },
  {
    name: 'the second failure does not with failureLimit 3',
    metric: { failureLimit: 3 },
    verdicts: [f, s, f, i],
    phase: 'running',
    because: 'errors: 3 measurements, 2 of 3 failures; waiting, inconclusive: no data',
  },
  {
    name: 'failures under the limit and a success within count pass',
    metric: { failureLimit: 3, count: 3 },
    verdicts: [f, s, f],
    phase: 'successful',
    because: 'errors passed (1 success)',
  },
  {
    name: 'count without any success never passes',
    metric: { failureLimit: 3, count: 2 },
    verdicts: [f, f],
    phase: 'failed',
    because: 'errors: no success in 2 measurements: error rate 5.2 % > 1 %',
  },
  {
    name: 'no data uses up no count: it holds',
    metric: { count: 2 },
    verdicts: [s, i, i, i, i],
    phase: 'running',
    because: 'errors: 1 of 2 measurements; waiting, inconclusive: no data',
  },
  {
    name: 'the second inconclusive with inconclusiveLimit 2',
    metric: { inconclusiveLimit: 2 },
    verdicts: [i, s, i],
    phase: 'inconclusive',
    because: 'errors: 2 of 2 inconclusive: no data',
  },
  {
    name: 'the third error in a row with consecutiveErrorLimit 3',
    metric: { consecutiveErrorLimit: 3 },
    verdicts: [s, e, e, e],
    phase: 'error',
    because: 'errors: 3 of 3 errors in a row: connect ECONNREFUSED',
  },
  {
    name: 'errors that are not in a row',
    metric: { consecutiveErrorLimit: 3 },
    verdicts: [e, e, i, e, e],
    phase: 'running',
    because: 'errors: 0 measurements; waiting, error: connect ECONNREFUSED',
  },
  {
    name: 'five errors in a row by default',
    metric: {},
    verdicts: [e, e, e, e, e],
    phase: 'error',
    because: 'errors: 5 of 5 errors in a row: connect ECONNREFUSED',
  },
  {
    name: 'without count it goes on for ever',
    metric: {},
    verdicts: [s, s, s, s, s, s, s, s],
    phase: 'running',
    because: 'errors: 8 measurements; last: error rate 0.2 % ≤ 1 %',
  },
];

test.each(rows)('limits: $name', (row) => {
  const verdicts = row.verdicts.filter((verdict) => verdict !== undefined);
  const decision = walk(opened([metric(row.metric)]), verdicts);
  expect(decision.phase).toBe(row.phase);
  expect(decision.because).toBe(row.because);
  expect(decision.terminal).toBe(row.phase !== 'running');
  expect(decision.wakeAt === null).toBe(row.phase !== 'running');
  expect(decision.state.endedAt === null).toBe(row.phase === 'running');
});

test('looks on the grid of the interval after the initial delay, and makes up for nothing', () => {
  const state = opened([metric({ initialDelay: '30s' })]);
  const early = look(state, {}, begin);
  expect(early.wakeAt).toEqual(after(30_000));
  expect(early.because).toBe('errors: waiting for the first measurement');
  const first = look(early.state, { errors: answers.success }, after(30_400));
  expect(first.wakeAt).toEqual(after(40_000));
  const late = look(first.state, { errors: answers.success }, after(95_000));
  expect(late.wakeAt).toEqual(after(105_000));
});

test('a metric with one measurement and no interval is asked again after ten seconds of no data', () => {
  const state = opened([metric({ count: 1, interval: undefined })]);
  const decision = look(state, { errors: answers.inconclusive }, begin);
  expect(decision.wakeAt).toEqual(after(10_000));
  expect(look(decision.state, { errors: answers.success }, after(10_000)).phase).toBe('successful');
});

test('each measurement keeps what it saw, and the newest fifty are kept', () => {
  const verdicts = Array.from({ length: 60 }, (): Verdict => 'success');
  const [only] = walk(opened([metric({})]), verdicts).state.metrics;
  expect(only?.successes).toBe(60);
  expect(only?.recent).toHaveLength(50);
  expect(only?.recent[0]?.at).toBe(after(100_000).toISOString());
  expect(only?.recent[49]).toEqual({
    at: after(590_000).toISOString(),
    verdict: 'success',
    value: { result: { errorRate: 0.002, requests: 500 } },
    query: 'router checkout',
    because: 'error rate 0.2 % ≤ 1 %',
  });
  expect(only?.baseline).toEqual({ requests: 1 });
});

test('a failure ends the whole analysis at once, wakes its rollout and leaves one event', () => {
  const state = opened([metric({}), metric({ name: 'latency' })]);
  const decision = look(state, { errors: answers.failure, latency: answers.success }, begin);
  expect(decision.phase).toBe('failed');
  expect(decision.state.metrics.map((m) => [m.phase, m.nextAt])).toEqual([
    ['failed', null],
    ['running', null],
  ]);
  expect(decision.wake).toEqual(['rollout/ro-1']);
  expect(decision.events).toHaveLength(1);
  expect(decision.events?.[0]).toMatchObject({
    type: 'analysis.failed',
    actor: 'tidegate',
    application: 'checkout',
    environment: 'production',
    objectId: 'analysis/ro-1/0/step',
    before: { phase: 'running' },
    after: { phase: 'failed', rollout: 'ro-1' },
    because: 'errors: 1 of 1 failure: error rate 5.2 % > 1 %',
  });
});

test('while nothing changes its phase, nobody is woken and no event is written', () => {
  const decision = look(opened([metric({})]), { errors: answers.success }, begin);
  expect(decision.phase).toBe('running');
  expect(decision.wake).toBeUndefined();
  expect(decision.events).toBeUndefined();
});
