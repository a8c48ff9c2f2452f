import { expect, test } from 'vitest';
import { compileCondition } from '../../platform/cel/condition.ts';
import { describeOutcome } from './threshold.ts';

const variables = {
  result: { errorRate: 0.0523456, requests: 120, p95: 0.8123, p99: 2.5, name: 'up', list: [3] },
  stable: { errorRate: 0.01, p95: 0.1 },
  args: { limit: '2' },
};

test.each([
  ['result.errorRate > 0.01', true, 'error rate 5.235 % > 1 %'],
  ['result.errorRate <= 0.01', false, 'error rate 5.235 % > 1 %'],
  ['!(result.errorRate > 0.01)', false, 'error rate 5.235 % > 1 %'],
  ['result.errorRate < 0.01', false, 'error rate 5.235 % ≥ 1 %'],
  ['result.p95 <= 0.5', false, 'p95 812.3 ms > 500 ms'],
  ['result.p99 >= 2.0', true, 'p99 2.5 s ≥ 2 s'],
  ['result.p95 > stable.p95 * 1.5', true, 'p95 812.3 ms > 150 ms'],
  ['stable.p95 < result.p95', true, 'stable p95 100 ms < 812.3 ms'],
  ['0.01 > result.errorRate', false, '1 % ≤ 5.235 %'],
  ['result.errorRate <= 0.01 && result.requests >= 50', false, 'error rate 5.235 % > 1 %'],
  [
    'result.requests >= 50 && result.errorRate > 0.01',
    true,
    'requests 120 ≥ 50, error rate 5.235 % > 1 %',
  ],
  ['result.name == "down"', false, 'name "up" ≠ "down"'],
  ['result.name != "up"', false, 'name "up" = "up"'],
  ['double(args.limit) < 3.0', true, '2 < 3'],
  ['result.list[0] > 2', true, '3 > 2'],
  ['result.list.all(x, x > 2)', true, 'result.list.all(x, x > 2) is true'],
  ['result.list == [3]', true, 'result.list == [3] is true'],
])('%s came out %s: %s', (text, outcome, said) => {
  const compiled = compileCondition(text);
  if (!compiled.ok) throw new Error(compiled.problem.detail);
  expect(compiled.condition.evaluate(variables).kind).toBe(String(outcome));
  expect(describeOutcome(compiled.condition, variables, outcome)).toBe(said);
});

test('a bare number reads as the result', () => {
  const compiled = compileCondition('result <= 1');
  if (!compiled.ok) throw new Error(compiled.problem.detail);
  const seen = { ...variables, result: 4 };
  expect(describeOutcome(compiled.condition, seen, false)).toBe('result 4 > 1');
});
