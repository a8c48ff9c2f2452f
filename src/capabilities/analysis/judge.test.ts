import { expect, test } from 'vitest';
import type { MetricAnswer } from '../../integrations/metric-source/port.ts';
import type { Json } from '../../platform/ids/types.ts';
import { answers, begin as beginning, metric } from './analysis.fixture.ts';
import { judge } from './judge.ts';

const begin = beginning.toISOString();
const success = 'result.errorRate <= 0.01';
const failure = 'result.errorRate > 0.05';
const see = (value: Extract<MetricAnswer, { ok: true }>['value']): MetricAnswer => ({
  ok: true,
  value,
  query: 'q',
  baseline: null,
});
const rate = (errorRate: Json) => see({ result: { errorRate } });
const both = { successCondition: success, failureCondition: failure };

test.each<[string, { readonly [field: string]: string }, Json, string, string]>([
  ['success only', { successCondition: success }, 0.01, 'success', 'error rate 1 % ≤ 1 %'],
  ['success only', { successCondition: success }, 0.02, 'failure', 'error rate 2 % > 1 %'],
  ['failure only', { failureCondition: failure }, 0.06, 'failure', 'error rate 6 % > 5 %'],
  ['failure only', { failureCondition: failure }, 0.02, 'success', 'error rate 2 % ≤ 5 %'],
  ['both', both, 0.002, 'success', 'error rate 0.2 % ≤ 1 %'],
  ['both', both, 0.06, 'failure', 'error rate 6 % > 5 %'],
  ['both', both, 0.03, 'inconclusive', 'neither the success nor the failure condition is true'],
  [
    'both true at once: the failure counts',
    { successCondition: 'result.errorRate < 1', failureCondition: failure },
    0.06,
    'failure',
    'error rate 6 % > 5 %',
  ],
  [
    'a missing field',
    { successCondition: 'result.p95 < 1' },
    0.01,
    'inconclusive',
    'result.p95 < 1: No such key: p95',
  ],
  [
    'a failure condition that cannot be answered',
    { failureCondition: 'result.p95 > 1', successCondition: success },
    0.01,
    'inconclusive',
    'result.p95 > 1: No such key: p95',
  ],
  [
    'types that do not fit',
    { successCondition: 'result.errorRate == "none" || result.errorRate < "a"' },
    0.01,
    'error',
    'result.errorRate == "none" || result.errorRate < "a": no such overload: double < string',
  ],
])('%s %j', (_name, conditions, errorRate, verdict, because) => {
  const measurement = judge(metric(conditions), rate(errorRate), {}, begin);
  expect(measurement).toMatchObject({ verdict, because, at: begin, query: 'q' });
});

/** A condition that is true of everything: whatever is not data must still not pass. */
const gullible = metric({ successCondition: 'true' });
test.each<[string, MetricAnswer, string, Json]>([
  ['no answer', answers.error, 'connect ECONNREFUSED', null],
  ['no data', see(null), 'no data', null],
  ['no result', see({ stable: 1 }), 'no data', { stable: 1 }],
  ['null', see({ result: null }), 'no data', { result: null }],
  ['NaN', see({ result: Number.NaN }), 'the value is NaN', { result: 'NaN' }],
  ['NaN within', rate(Number.NaN), 'the value is NaN', { result: { errorRate: 'NaN' } }],
  [
    'NaN of the stable',
    see({ result: 1, stable: [Number.NaN] }),
    'the value is NaN',
    { result: 1, stable: ['NaN'] },
  ],
  [
    'infinity',
    see({ result: [Number.POSITIVE_INFINITY] }),
    'the value is +Inf',
    { result: ['+Inf'] },
  ],
  ['-infinity', see({ result: Number.NEGATIVE_INFINITY }), 'the value is -Inf', { result: '-Inf' }],
])('%s is never a success', (_name, answer, because, value) => {
  const measurement = judge(gullible, answer, {}, begin);
  expect(measurement.verdict).toBe(answer.ok ? 'inconclusive' : 'error');
  expect(measurement.because).toBe(because);
  expect(measurement.value).toEqual(value);
});

test('a condition that no longer compiles is an error, and so is a metric without one', () => {
  const broken = { ...metric(), successCondition: 'result >' };
  expect(judge(broken, rate(0), {}, begin)).toMatchObject({
    verdict: 'error',
    because: expect.stringContaining('result >'),
  });
  const { successCondition: _, ...none } = metric();
  expect(judge(none, rate(0), {}, begin).verdict).toBe('error');
});

test('arguments are seen by conditions', () => {
  const limited = metric({ successCondition: 'result.errorRate <= double(args.limit)' });
  const measurement = judge(limited, rate(0.02), { limit: '0.01' }, begin);
  expect(measurement).toMatchObject({ verdict: 'failure', because: 'error rate 2 % > 1 %' });
});

test('what is kept of a large answer is bounded', () => {
  const large = see({ result: { errorRate: 0, text: 'x'.repeat(100_000) } });
  const measurement = judge(metric(), { ...large, query: 'q'.repeat(9000) }, {}, begin);
  expect(measurement.verdict).toBe('success');
  expect(JSON.stringify(measurement).length).toBeLessThan(4000);
});
