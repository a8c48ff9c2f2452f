import { expect, test } from 'vitest';
import { type ConditionVariables, checkCondition, compileCondition } from './condition.ts';

const variables: ConditionVariables = {
  result: {
    errorRate: 0.05,
    requests: 100,
    name: 'up',
    none: null,
    list: [1, 2.5, 3],
    nested: { ok: true },
  },
  stable: { errorRate: 0.01, requests: 900 },
  args: { limit: '0.01' },
};

const evaluate = (text: string, given: Partial<ConditionVariables> = {}) => {
  const compiled = compileCondition(text);
  if (!compiled.ok) throw new Error(compiled.problem.detail);
  return compiled.condition.evaluate({ ...variables, ...given });
};

test.each([
  ['result.errorRate > 0.01', true],
  ['result.errorRate > 1', false],
  ['result.requests >= 100 && result.errorRate <= 0.05', true],
  ['result.requests == 100', true],
  ['result.errorRate > stable.errorRate * 2', true],
  ['result.errorRate > 6 * stable.errorRate', false],
  ['result.requests / 3 > 33.3', true],
  ['300 / result.requests == 3.0', true],
  ['result.requests - 1 == 99 && 1 - result.requests == -99', true],
  ['result.requests + 1 == 101 && 1 + result.requests == 101', true],
  ['result.errorRate > double(args.limit)', true],
  ['result["errorRate"] > 0', true],
  ['result.list[1] == 2.5 && result.list.size() == 3', true],
  ['result.list.all(x, x >= 1) && !result.list.exists(x, x > 3)', true],
  ['result.list.map(x, x * 2).filter(x, x > 2).size() == 2', true],
  ['has(result.missing) || result.nested.ok', true],
  ['result.name.startsWith("u") && result.name in ["up", "ok"]', true],
  ['result.none == null ? true : false', true],
])('%s is %s', (text, expected) => {
  expect(evaluate(text)).toEqual({ kind: String(expected) });
});

test('the result may be a number, a list or a text', () => {
  expect(evaluate('result <= 0.01', { result: 0.005 })).toEqual({ kind: 'true' });
  expect(evaluate('result[0] <= 0.01', { result: [0.05] })).toEqual({ kind: 'false' });
  expect(evaluate('result == "UP"', { result: 'UP' })).toEqual({ kind: 'true' });
});

test.each([
  ['result.missing > 1', 'missing'],
  ['result.none > 1', 'missing'],
  ['stable.errorRate > 1', 'missing'],
  ['result.errorRate > stable.errorRate', 'missing'],
  ['double(args.other) > 1.0', 'missing'],
  ['result > 1', 'broken'],
  ['result.name > 1', 'broken'],
  ['result.errorRate', 'broken'],
  ['result.list[7] > 1', 'broken'],
  ['double(result.name) > 1.0', 'broken'],
])('%s cannot be answered: %s', (text, kind) => {
  expect(evaluate(text, { stable: null }).kind).toBe(kind);
});

test.each([
  ['', 1, 1, 'EOF'],
  ['result.errorRate > ', 1, 20, 'EOF'],
  ['result.errorRate >\n  && true', 2, 3, '&&'],
  ['result > 1 && unknown < 2', 1, 15, 'Unknown variable: unknown'],
  ['result.errorRate * 100', 1, 1, null],
  ['1 + 1', 1, 1, 'it gives int, not true or false'],
  ['"a" + 1 == "b"', 1, 1, 'no such overload'],
  ['result > "', 1, 10, 'string'],
])('%j is refused at %i:%i', (text, line, column, detail) => {
  const problem = checkCondition(text);
  if (detail === null) {
    // What its fields are is not known before there is a value.
    expect(problem).toBeNull();
    return;
  }
  expect(problem?.code).toBe('TG1009');
  expect(problem?.where).toEqual({ line, column });
  expect(problem?.detail).toContain(detail);
});

test('a good condition has no problem, and is compiled once', () => {
  expect(checkCondition('result.errorRate <= 0.01')).toBeNull();
  expect(compileCondition('result > 42')).toBe(compileCondition('result > 42'));
});

test('what is remembered is bounded, and answers stay the same when forgotten', () => {
  const first = compileCondition('result > 0');
  for (let n = 1; n <= 2100; n += 1) compileCondition(`result > ${n}`);
  const again = compileCondition('result > 0');
  expect(again).not.toBe(first);
  expect(again.ok && again.condition.evaluate({ ...variables, result: 1 })).toEqual({
    kind: 'true',
  });
});
