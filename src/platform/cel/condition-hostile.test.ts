import { expect, test } from 'vitest';
import type { Json } from '../ids/types.ts';
import { type ConditionVariables, checkCondition, compileCondition } from './condition.ts';

/** Conditions come from whoever may write to a config repository, values from any address: neither is trusted. */
const given = (result: Json): ConditionVariables => ({ result, stable: null, args: { x: 'y' } });

test.each([
  'process.exit(1)',
  'globalThis.process == null',
  'require("fs") == null',
  'import("fs") == null',
  'result.constructor("return process")() == null',
  'result.constructor.constructor("return 1")() == 1',
  'result.toString() == ""',
  'result.hasOwnProperty("x")',
  'eval("1") == 1',
  'this == null',
  'result.matches("(a+)+$")',
  'result.name.matches("^(([a-z])+.)+[A-Z]([a-z])+$")',
  'cel.bind(a, "xx", a + a) == "xxxx"',
  'bytes("{}").json() == {}',
  '"a,b".split(",").size() == 2',
  'timestamp("2026-01-01T00:00:00Z").getFullYear() == 2026',
  'result = 1',
  'result.x = 1 || true',
])('%s is refused when it is declared', (text) => {
  expect(checkCondition(text)?.code).toBe('TG1009');
});

test('regular expressions are refused with what to use instead', () => {
  expect(checkCondition('true && result.matches("a")')).toMatchObject({
    detail: expect.stringContaining('the function matches is not available'),
    hint: 'Use contains, startsWith or endsWith.',
    where: { line: 1 },
  });
});

test.each([
  'result.constructor == null',
  'result.__proto__ == null',
  'result["__proto__"] == null',
  'result.prototype == null',
  'args.constructor == ""',
  'args["__proto__"] == ""',
  'result.list.constructor == null',
  'result.list.length == 1',
  'result.text.length == 1',
])('%s sees no property that JSON does not have', (text) => {
  const compiled = compileCondition(text);
  if (!compiled.ok) throw new Error(compiled.problem.detail);
  const answer = compiled.condition.evaluate(given({ list: [1], text: 'a' }));
  expect(['missing', 'broken']).toContain(answer.kind);
});

test('an own property of a forbidden name is data like any other', () => {
  const value = JSON.parse('{"__proto__":{"admin":true},"ok":1}') as Json;
  const compiled = compileCondition('result.ok == 1');
  expect(compiled.ok && compiled.condition.evaluate(given(value))).toEqual({ kind: 'true' });
  expect(({} as Record<string, unknown>).admin).toBeUndefined();
});

test.each([
  ['too long', `result == "${'a'.repeat(5000)}"`],
  ['too deep in brackets', `${'('.repeat(500)}true${')'.repeat(500)}`],
  ['far too deep', `${'!'.repeat(4000)}true`],
  ['too deep in lists', `${'['.repeat(200)}${']'.repeat(200)} == []`],
  ['too many parts', Array.from({ length: 600 }, () => 'true').join('||')],
  ['a long list', `result in [${'1,'.repeat(300)}1]`],
  ['loops thrice', 'result.all(a, result.all(b, result.all(c, a > b)))'],
])('%s is refused, and quickly', (_name, text) => {
  const begun = performance.now();
  const problem = checkCondition(text);
  expect(problem?.code).toBe('TG1009');
  expect(problem?.detail.length).toBeLessThan(700);
  expect(performance.now() - begun).toBeLessThan(10_000);
});

const many = Array.from({ length: 10_000 }, (_, index) => index);
test.each<[string, string, Json]>([
  ['loops twice over a long list', 'result.all(a, result.all(b, a + b >= 0))', many],
  ['doubles a text in chained loops', `["x"]${'.map(a, a + a)'.repeat(30)}.size() == 1`, null],
  ['doubles a list in chained loops', `[result]${'.map(a, a + a)'.repeat(30)}.size() == 1`, [1]],
  [
    'copies a long text often',
    'result.all(a, (a + a).lowerAscii() != "")',
    ['x'.repeat(1e6), 'x'.repeat(1e6), ...'y'.repeat(20)],
  ],
  [
    'copies long texts',
    'result.l.map(a, result.t.upperAscii()).size() > 0',
    { l: many.slice(0, 1000), t: 'x'.repeat(100_000) },
  ],
  ['compares equal wholes', 'result.a.all(x, result.a == result.b)', { a: many, b: [...many] }],
  ['looks for each in all', 'result.all(a, a in result)', many],
  ['joins the whole in a loop', 'result.all(a, (result + result).size() > 0)', many],
])('what would take too much is given up: %s', (_name, text, result) => {
  const compiled = compileCondition(text);
  if (!compiled.ok) throw new Error(compiled.problem.detail);
  const begun = performance.now();
  expect(compiled.condition.evaluate(given(result))).toMatchObject({
    kind: 'broken',
    detail: expect.stringContaining('too large'),
  });
  expect(compiled.condition.valueOf(compiled.condition.ast, given(result))).toBeUndefined();
  expect(performance.now() - begun).toBeLessThan(10_000);
});

test('the largest work that is allowed ends soon', () => {
  const compiled = compileCondition('result.all(a, result.all(b, a + b >= 0))');
  const begun = performance.now();
  const answer = compiled.ok && compiled.condition.evaluate(given(many.slice(0, 200)));
  expect(answer).toEqual({ kind: 'true' });
  expect(performance.now() - begun).toBeLessThan(10_000);
});

test('a deep value cannot exhaust the stack', () => {
  const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as Json;
  const compiled = compileCondition('result == 1');
  expect(compiled.ok && compiled.condition.evaluate(given(deep)).kind).not.toBe('true');
});
