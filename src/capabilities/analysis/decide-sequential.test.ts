import { expect, test } from 'vitest';
import type { Decision } from '../../engine/types.ts';
import type { MetricAnswer } from '../../integrations/metric-source/port.ts';
import type { Json } from '../../platform/ids/types.ts';
import { after, answers, begin, look, metric, opened, request } from './analysis.fixture.ts';
import { viewDetail } from './explain.ts';
import type { AnalysisState } from './types.ts';

/** A metric without a condition. */
const compared = (overrides: { readonly [field: string]: unknown } = {}) =>
  metric({ successCondition: undefined, ...overrides });

const answer = (result: Json, stable: Json): MetricAnswer => ({
  ok: true,
  value: { result, stable },
  query: 'router checkout',
  baseline: null,
});
type Counted = readonly [requests: number, errors: number];
const arm = ([requests, errors]: Counted): Json => ({ requests, errors });
const counted = (candidate: Counted, stable: Counted | null): MetricAnswer =>
  answer(arm(candidate), stable && arm(stable));

/** One request in a thousand errs on both sides, in looks of a thousand; five in a hundred do on the bad one. */
const safe = counted([1_000, 1], [9_000, 9]);
const harmful = counted([1_000, 50], [9_000, 9]);
const little = counted([40, 0], [400, 0]);
const nobody = counted([0, 0], [400, 0]);

type More = { readonly untilEnded?: boolean; readonly stable?: string | null };

const open = (
  overrides: { readonly [field: string]: unknown } = {},
  { untilEnded = false, stable = 'r-1' }: More = {},
): AnalysisState => {
  const state = opened([compared(overrides)]);
  return { ...state, untilEnded, subject: { ...state.subject, stable } };
};

function walk(
  state: AnalysisState,
  looks: readonly MetricAnswer[],
): readonly Decision<AnalysisState>[] {
  const decisions = [look(state, {}, begin)];
  for (const one of looks) {
    const { state: before, wakeAt } = decisions.at(-1) as Decision<AnalysisState>;
    decisions.push(look(before, { errors: one }, wakeAt ?? begin));
  }
  return decisions.slice(1);
}
const last = (decisions: readonly Decision<AnalysisState>[]): Decision<AnalysisState> =>
  decisions.at(-1) as Decision<AnalysisState>;
const phases = (decisions: readonly Decision<AnalysisState>[]) => decisions.map((one) => one.phase);
const repeat = (times: number, one: MetricAnswer) => Array.from({ length: times }, () => one);

test('a harmful release fails at once, with words and figures', () => {
  const [decision] = walk(open({ count: 60 }), [harmful]);
  expect(decision?.phase).toBe('failed');
  expect(decision?.because).toMatch(
    /^errors: 5 % of 1,000 errored, stable 0\.1 % of 9,000: evidence of harm .+ of 100 needed$/,
  );
  const measured = decision?.state.metrics[0];
  expect(measured).toMatchObject({ phase: 'failed', failures: 1, successes: 0, nextAt: null });
  expect(decision && viewDetail(decision.state)).toMatchObject({
    metric: 'errors',
    last: {
      verdict: 'failure',
      value: { result: { requests: 1_000, errors: 50 } },
      figures: { of: 'errors', decision: 'fail', seen: 1_000, candidate: 0.05, stable: 0.001 },
    },
  });
  const figures = measured?.recent[0]?.figures ?? null;
  expect(figures).toMatchObject({ harm: { bound: 100 } });
  expect((figures as { harm?: { value: number } }).harm?.value).toBeGreaterThan(100);
});

test('harm needs no second failure: failureLimit is of no data that fails', () => {
  expect(phases(walk(open({ failureLimit: 5 }), [harmful]))).toEqual(['failed']);
});

test('a safe release passes as soon as there is evidence, long before its count', () => {
  const decisions = walk(open({ count: 60 }), repeat(2, safe));
  expect(phases(decisions)).toEqual(['running', 'successful']);
  expect(decisions[0]?.because).toMatch(
    /^errors: 1 of at most 60 looks; 0\.1 % of 1,000 errored, .* more requests are needed to rule out \+0\.5 %$/,
  );
  expect(last(decisions).because).toMatch(/^errors: 0\.1 % of 2,000 .* \+0\.5 % is ruled out/);
  expect(last(decisions).wake).toEqual(['rollout/ro-1']);
});

test('in the background it goes on after a success, and harm that comes later still fails it', () => {
  const watched = walk(open({}, { untilEnded: true }), repeat(6, safe));
  expect(phases(watched)).toEqual(Array(6).fill('running'));
  expect(last(watched).state.metrics[0]?.successes).toBeGreaterThan(0);
  expect(last(watched).wakeAt).toEqual(after(60_000));
  const worse = walk(last(watched).state, repeat(8, harmful));
  expect(phases(worse)).toContain('failed');
  const ended = look(last(watched).state, {}, after(60_000), [request('end')]);
  expect(ended.phase).toBe('successful');
});

test('in the background with a count it ends after as many looks', () => {
  const decisions = walk(open({ count: 3 }, { untilEnded: true }), repeat(3, safe));
  expect(phases(decisions)).toEqual(['running', 'running', 'successful']);
});

test.each([
  ['inconclusive as it is by default', {}, 'inconclusive'],
  ['successful by its policy', { undecided: 'pass', minimumSample: 120 }, 'successful'],
  ['inconclusive below minimumSample', { undecided: 'pass', minimumSample: 121 }, 'inconclusive'],
] as const)('undecided when the looks are over is %s', (_, sequential, phase) => {
  const looks = repeat(3, little);
  const counted = last(walk(open({ count: 3, sequential }), looks));
  expect(counted.phase).toBe(phase);
  expect(counted.because).toMatch(
    phase === 'successful'
      ? /^errors: 0 % of 120 errored/
      : /^errors: undecided after 3 looks: 0 % of 120 errored/,
  );
  const running = last(walk(open({ sequential }), looks));
  expect(running.phase).toBe('running');
  const ended = look(running.state, {}, after(60_000), [request('end')]);
  expect(ended.phase).toBe(phase);
});

test('without an interval and with one look, one look decides', () => {
  const state = open({ count: 1, interval: undefined });
  expect(phases(walk(state, [little]))).toEqual(['inconclusive']);
  expect(phases(walk(state, [harmful]))).toEqual(['failed']);
});

test.each([
  ['hold, as it is by default', undefined, 'running', 'inconclusive', 'no data'],
  ['hold', 'hold', 'running', 'inconclusive', 'no data'],
  ['fail', 'fail', 'failed', 'failure', 'no data, which fails it'],
  [
    'ignore',
    { ignore: 'nobody buys at night' },
    'running',
    'ignored',
    'no data, ignored: nobody buys at night',
  ],
] as const)('no data: %s', (_, noData, phase, verdict, because) => {
  const [decision] = walk(open({ count: 5, noData }), [answers.inconclusive]);
  expect(decision?.phase).toBe(phase);
  expect(decision?.state.metrics[0]?.recent).toMatchObject([{ verdict, because }]);
});

test('no request to the candidate is no data, and an odd number is', () => {
  const says = (one: MetricAnswer) => walk(open({}), [one])[0]?.state.metrics[0]?.recent[0];
  const because = 'no requests and errors of the candidate were counted';
  expect(says(nobody)).toMatchObject({ verdict: 'inconclusive', because });
  const odd = answer({ requests: Number.NaN, errors: 0 }, null);
  expect(says(odd)).toMatchObject({ verdict: 'inconclusive', because: 'the value is NaN' });
});

test('held looks use up no count, and inconclusiveLimit ends the wait', () => {
  const held = repeat(4, answers.inconclusive);
  expect(phases(walk(open({ count: 2 }), held))).toEqual(Array(4).fill('running'));
  const decisions = walk(open({ count: 2, inconclusiveLimit: 3 }), held.slice(0, 3));
  expect(phases(decisions)).toEqual(['running', 'running', 'inconclusive']);
  expect(last(decisions).because).toBe('errors: undecided after 0 looks: no data');
});

test('looks without data are not a sample, whatever the policy of what is undecided', () => {
  const state = open({
    count: 2,
    noData: 'fail',
    failureLimit: 5,
    sequential: { undecided: 'pass', minimumSample: 1 },
  });
  const decisions = walk(state, repeat(2, answers.inconclusive));
  expect(phases(decisions)).toEqual(['running', 'inconclusive']);
});

test('no data that fails counts up to failureLimit', () => {
  const silent = repeat(2, answers.inconclusive);
  const decisions = walk(open({ noData: 'fail', failureLimit: 2 }), silent);
  expect(phases(decisions)).toEqual(['running', 'failed']);
});

test('when every metric is ignored throughout, nobody has said that all is well', () => {
  const ignored = open({ count: 2, noData: { ignore: 'nobody buys at night' } });
  const alone = walk(ignored, repeat(2, answers.inconclusive));
  expect(phases(alone)).toEqual(['running', 'inconclusive']);
  expect(last(alone).state.metrics[0]).toMatchObject({ phase: 'successful', ignored: 2 });
  const beside = { ...ignored.metrics[0], metric: metric({ name: 'other', count: 1 }) };
  const both = { ...ignored, metrics: [...ignored.metrics, beside] } as AnalysisState;
  const first = look(both, { errors: answers.inconclusive, other: answers.success }, begin);
  const second = look(first.state, { errors: answers.inconclusive }, after(10_000));
  expect(second.phase).toBe('successful');
});

test('a threshold metric takes the same policies', () => {
  const quiet = { successCondition: 'result.errorRate <= 0.01', count: 1 };
  const failing = walk(open({ ...quiet, noData: 'fail' }), [answers.inconclusive]);
  expect(last(failing).because).toBe('errors: 1 of 1 failure: no data, which fails it');
  const ignoring = open({ ...quiet, noData: { ignore: 'by night' } });
  expect(last(walk(ignoring, [answers.inconclusive])).state.metrics[0]?.phase).toBe('successful');
});

const latencies = (counts: readonly number[]): Json => ({
  requests: counts.at(-1) ?? 0,
  latency: { le: [0.1, 0.2, 0.4], counts },
});

test.each([
  ['value', 12],
  ['latency', latencies([10, 20, 30, 30])],
  ['errors', { requests: 1_000, errors: 0 }],
])('the first release is compared with nothing: %s is ignored', (of, result) => {
  const state = open({ sequential: { of }, count: 2 }, { stable: null });
  const decisions = walk(state, repeat(2, answer(result, null)));
  expect(phases(decisions)).toEqual(['running', 'inconclusive']);
  const verdict = { verdict: 'ignored', because: 'there is no stable release to compare with' };
  expect(last(decisions).state.metrics[0]?.recent).toMatchObject([verdict, verdict]);
});

test.each([
  ['errors', { requests: 1_000, errors: 1_000 }],
  ['latency', latencies([10, 20, 30, 30])],
  ['value', 12],
])('what could not be compared is not seen, whatever undecided means: %s', (of, result) => {
  const sequential = { of, undecided: 'pass', minimumSample: 1 };
  const decisions = walk(open({ sequential, count: 2 }), repeat(2, answer(result, null)));
  expect(phases(decisions)).toEqual(['running', 'inconclusive']);
});

test('latency is judged by its histogram, which is not kept with what was seen', () => {
  const fast = latencies([400, 900, 1_000, 1_000]);
  const slow = latencies([10, 100, 800, 1_000]);
  const state = open({ sequential: { of: 'latency' } });
  const decisions = walk(state, [answer(fast, fast), ...repeat(3, answer(slow, fast))]);
  expect(phases(decisions)).toContain('failed');
  expect(decisions[0]?.state.metrics[0]?.recent[0]?.value).toEqual({
    result: { requests: 1_000 },
    stable: { requests: 1_000 },
  });
  const without = walk(state, [counted([10, 0], [10, 0])])[0]?.state.metrics[0]?.recent[0];
  expect(without?.because).toBe('no latencies of the candidate were counted');
});

test('a value that is worse look after look fails; one that is no number is no data', () => {
  const state = open({ sequential: { of: 'value', minimumSample: 5, harm: 'decrease' } });
  const spread = (at: number) => Math.sin(at * 7);
  const falling = Array.from({ length: 60 }, (_, at) =>
    answer([70 + spread(at)], [100 + spread(at * 3)]),
  );
  expect(phases(walk(state, falling))).toContain('failed');
  const words = walk(state, [answer('many', 1)])[0]?.state.metrics[0]?.recent[0];
  expect(words).toMatchObject({ verdict: 'inconclusive', because: 'the candidate has no number' });
});

test('errors of the source neither pass nor add evidence, and end it by their limit', () => {
  const state = open({ count: 60, consecutiveErrorLimit: 3 });
  const decisions = walk(state, [safe, answers.error, answers.error, answers.error]);
  expect(phases(decisions)).toEqual(['running', 'running', 'running', 'error']);
  expect(last(decisions).because).toBe('errors: 3 of 3 errors in a row: connect ECONNREFUSED');
  expect(last(decisions).state.metrics[0]?.evidence).toEqual(
    decisions[0]?.state.metrics[0]?.evidence,
  );
  const again = walk(state, [answers.error, answers.error, safe, answers.error, safe]);
  expect(last(again).phase).toBe('successful');
});

test('evidence of another kind than the metric has now is begun anew', () => {
  const [first] = walk(open({}), [safe]);
  const state = first?.state as AnalysisState;
  const [one] = state.metrics;
  const changed = { ...one, metric: compared({ sequential: { of: 'value' } }) };
  const next = look(
    { ...state, metrics: [changed] } as AnalysisState,
    { errors: answer(3, 3) },
    after(10_000),
  );
  expect(next.state.metrics[0]?.evidence).toMatchObject({ of: 'value', seen: 1 });
});

test('what is undecided ends without a success when nothing was ever seen', () => {
  const decision = look(open({}), {}, begin, [request('end')]);
  expect(decision).toMatchObject({
    phase: 'inconclusive',
    because: 'errors: ended without data',
  });
});
