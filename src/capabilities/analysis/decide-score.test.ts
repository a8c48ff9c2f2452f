import { expect, test } from 'vitest';
import type { Decision } from '../../engine/types.ts';
import type { MetricAnswer } from '../../integrations/metric-source/port.ts';
import type { Json } from '../../platform/ids/types.ts';
import {
  after,
  answers,
  begin,
  type Given,
  look,
  metric,
  opened,
  request,
} from './analysis.fixture.ts';
import type { AnalysisState } from './types.ts';

const scored = (
  name: string,
  mannWhitney: object = {},
  overrides: { readonly [field: string]: unknown } = {},
) => metric({ name, successCondition: undefined, mannWhitney, count: 12, ...overrides });

const rates = (result: number, stable: number): MetricAnswer => ({
  ok: true,
  value: { result: { errorRate: result }, stable: { errorRate: stable } },
  query: 'router checkout',
  baseline: null,
});
/** Both sides alike, in another order, and a candidate that is far above. */
const alike = (at: number) => rates(0.01 + (at % 5) / 1_000, 0.01 + ((at + 2) % 5) / 1_000);
const above = (at: number) => rates(0.2 + (at % 5) / 1_000, 0.01 + ((at + 2) % 5) / 1_000);

function walk(
  state: AnalysisState,
  looks: number,
  given: (at: number) => Given,
): Decision<AnalysisState> {
  let decision = look(state, {}, begin);
  for (let at = 0; at < looks; at += 1) {
    decision = look(decision.state, given(at), decision.wakeAt ?? begin);
  }
  return decision;
}
const withScore = (state: AnalysisState, score: object | null): AnalysisState =>
  ({
    ...state,
    metrics: state.metrics.map((one) => ({ ...one, score: score && { mannWhitney: score } })),
  }) as AnalysisState;
const settings = { pass: 95, marginal: 50, groups: {}, minimumPoints: 10 };

test('there is one score at the end, and nothing is said before', () => {
  const state = opened([scored('errors'), scored('more')]);
  const before = walk(state, 11, (at) => ({ errors: alike(at), more: alike(at) }));
  expect(before.phase).toBe('running');
  expect(before.because).toBe(
    'errors: 11 of at most 12 looks; 11 points so far; the series are compared at the end; more: 11 of at most 12 looks; 11 points so far; the series are compared at the end',
  );
  const decision = look(before.state, { errors: alike(11), more: alike(11) }, after(110_000));
  expect(decision.phase).toBe('successful');
  expect(decision.because).toContain('score 100');
  expect(decision.state.metrics).toMatchObject([
    { phase: 'successful', successes: 1, undecided: 12, nextAt: null },
    { phase: 'successful', successes: 1, undecided: 12, nextAt: null },
  ]);
  expect(decision.state.metrics[0]?.recent.at(-1)).toMatchObject({
    verdict: 'success',
    query: 'router checkout',
    value: { score: 100 },
    figures: { score: 100, test: { name: 'errors', classification: 'pass' } },
  });
});

test('a score that fails is the fault of the metrics that failed, which are named', () => {
  const state = opened([scored('errors'), scored('more')]);
  const decision = walk(state, 12, (at) => ({ errors: above(at), more: alike(at) }));
  expect(decision.phase).toBe('failed');
  expect(decision.state.metrics.map(({ phase }) => phase)).toEqual(['failed', 'successful']);
  expect(decision.because).toMatch(/^errors: .*score 50/);
  expect(decision.because).not.toContain('more:');
  expect(decision.state.metrics[0]).toMatchObject({ failures: 1, successes: 0 });
});

test('marginal is inconclusive, for all of them', () => {
  const state = withScore(opened([scored('errors'), scored('more')]), settings);
  const decision = walk(state, 12, (at) => ({ errors: above(at), more: alike(at) }));
  expect(decision.phase).toBe('inconclusive');
  expect(decision.state.metrics).toMatchObject([
    { phase: 'inconclusive', inconclusives: 1 },
    { phase: 'inconclusive', inconclusives: 1 },
  ]);
});

test('templates with other settings have scores of their own', () => {
  const state = opened([scored('errors'), scored('more')]);
  const [first, second] = state.metrics;
  const apart = {
    ...state,
    metrics: [{ ...first, score: { mannWhitney: settings } }, second],
  } as AnalysisState;
  const decision = walk(apart, 12, (at) => ({ errors: alike(at), more: above(at) }));
  expect(decision.state.metrics.map(({ recent }) => recent.at(-1)?.value)).toEqual([
    { score: 100 },
    { score: 0 },
  ]);
  expect(decision.phase).toBe('failed');
});

test.each([
  ['with enough points', 11, 'successful'],
  ['with too few of them', 4, 'inconclusive'],
  ['before any look', 0, 'inconclusive'],
] as const)('ended early %s', (_, looks, phase) => {
  const state = opened([scored('errors', {}, { count: undefined })]);
  const running = walk(state, looks, (at) => ({ errors: alike(at) }));
  expect(running.phase).toBe('running');
  expect(look(running.state, {}, after(300_000), [request('end')]).phase).toBe(phase);
});

test('without a count it is compared only when it is ended', () => {
  const state = opened([scored('errors', {}, { count: undefined })]);
  const running = walk(state, 40, (at) => ({ errors: above(at) }));
  expect(running.phase).toBe('running');
  expect(look(running.state, {}, after(900_000), [request('end')]).phase).toBe('failed');
});

test('a metric of another judge does not wait for the score, and harm there ends both', () => {
  const state = opened([scored('errors'), metric({ name: 'limit', failureLimit: 2 })]);
  const looks = (at: number): Given => ({ errors: alike(at), limit: answers.failure });
  expect(walk(state, 1, looks).phase).toBe('running');
  const decision = walk(state, 2, looks);
  expect(decision.phase).toBe('failed');
  expect(decision.because).toBe('limit: 2 of 2 failures: error rate 5.2 % > 1 %');
  expect(decision.state.metrics[0]).toMatchObject({ phase: 'running', undecided: 2 });
});

test('what was scored is not scored again', () => {
  const state = opened([scored('errors'), metric({ name: 'limit' })]);
  const done = walk(state, 12, (at) => ({ errors: alike(at), limit: answers.success }));
  expect(done.phase).toBe('running');
  expect(done.state.metrics[0]?.phase).toBe('successful');
  const next = look(done.state, { limit: answers.success }, done.wakeAt ?? begin);
  expect(next.state.metrics[0]).toEqual(done.state.metrics[0]);
});

test('points without a value are kept as such, from a list of one, a field and a missing side', () => {
  const state = opened([scored('errors', { of: 'p99' }, { count: 20 })]);
  const point = (result: Json, stable: Json): MetricAnswer => ({
    ok: true,
    value: { result, stable },
    query: 'q',
    baseline: null,
  });
  const looks = [
    point([1], 2),
    point({ p99: 3 }, null),
    answers.inconclusive,
    point({ p50: 1 }, { p99: 4 }),
    point(Number.NaN, 1),
  ];
  const decision = walk(state, looks.length, (at) => ({ errors: looks[at] as MetricAnswer }));
  expect(decision.state.metrics[0]?.evidence).toEqual({
    candidate: [1, 3, null, null, null],
    baseline: [2, null, null, 4, null],
  });
  expect(decision.because).toContain('2 points so far');
});

test('errors of the source end it by their limit, without a score', () => {
  const state = opened([scored('errors', {}, { consecutiveErrorLimit: 2 })]);
  const decision = walk(state, 2, () => ({ errors: answers.error }));
  expect(decision.phase).toBe('error');
  expect(decision.because).toBe('errors: 2 of 2 errors in a row: connect ECONNREFUSED');
});

test('bounds of the effect, groups and what is critical are those of the document', () => {
  const critical = scored('errors', {
    critical: true,
    group: 'errors',
    effectSize: { allowedIncrease: 1.1, criticalIncrease: 5 },
  });
  const state = withScore(opened([critical, scored('more', { group: 'rest' })]), {
    ...settings,
    groups: { errors: 10, rest: 90 },
  });
  const decision = walk(state, 12, (at) => ({ errors: above(at), more: alike(at) }));
  expect(decision.phase).toBe('failed');
  expect(decision.state.metrics[0]?.recent.at(-1)).toMatchObject({
    value: { score: 0 },
    figures: { test: { criticalFailure: true, group: 'errors' } },
  });
});
