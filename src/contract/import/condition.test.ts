import { expect, test } from 'vitest';
import { compileCondition } from '../../platform/cel/condition.ts';
import type { Json } from '../../platform/ids/types.ts';
import { convertCondition, type ResultShape } from './condition.ts';

function cel(text: string, shape: ResultShape = 'same'): string {
  const converted = convertCondition(text, shape);
  return converted.ok ? converted.cel : `refused: ${converted.why}`;
}

function answer(text: string, result: Json, shape: ResultShape = 'same', args = {}): string {
  const compiled = compileCondition(cel(text, shape));
  if (!compiled.ok) throw new Error(compiled.problem.detail);
  return compiled.condition.evaluate({ result, stable: null, args }).kind;
}

test.each([
  ['result[0] >= 0.95', 'result[0] >= 0.95'],
  ['result.ok && result.successPercent >= 0.90', 'result.ok && result.successPercent >= 0.90'],
  ["result == 'true'", 'result == "true"'],
  ['asFloat(result) >= 0.9', 'double(result) >= 0.9'],
  ['asInt(result) > 3 and not result.bad', 'int(result) > 3 && !result.bad'],
  ['len(result) == 0 || result[0] < 5', 'size(result) == 0 || result[0] < 5'],
  ['isNaN(result[0]) || result[0] < 1', 'result[0] != result[0] || result[0] < 1'],
  ['not isInf(result)', '!(result == double("inf") || result == double("-inf"))'],
  ['default(result, 0) < 0.05', '(result != null ? result : 0) < 0.05'],
  ['default(result.a.b, 0) < 1', '(has(result.a.b) && result.a.b != null ? result.a.b : 0) < 1'],
  ['(result[0] ?? 0) < 1', '(size(result) > 0 ? result[0] : 0) < 1'],
  ['isNil(result) or result > 3', 'result == null || result > 3'],
  ['all(result, {# <= 0.01})', 'result.all(item, item <= 0.01)'],
  ['all(result, # <= 0.01)', 'result.all(item, item <= 0.01)'],
  ['any(result, {.error})', 'result.exists(item, item.error)'],
  ['none(result, {# > 1})', '!result.exists(item, item > 1)'],
  ['one(result, {# > 1})', 'result.exists_one(item, item > 1)'],
  ['count(result, {# > 1}) / 2 < 1', 'double(size(result.filter(item, item > 1))) / double(2) < 1'],
  ['len(filter(result, {# > 1})) < 3', 'size(result.filter(item, item > 1)) < 3'],
  ['all(result, {any(#, {# > 1})})', 'result.all(item, item.exists(inner, inner > 1))'],
  ['result.status in ["ok", "fine"]', 'result.status in ["ok", "fine"]'],
  ['result.status not in ["bad"]', '!(result.status in ["bad"])'],
  ['result.name contains "eu"', 'result.name.contains("eu")'],
  ['lower(result.name) startsWith "a"', 'result.name.lowerAscii().startsWith("a")'],
  ['result > 1 ? result < 5 : result == 0', 'result > 1 ? result < 5 : result == 0'],
  ['result?.data[0]?.value < 1_000', 'result.data[0].value < 1000'],
  ["result['average.duration'] < .5", 'result["average.duration"] < 0.5'],
  ['abs(result - 1) < 0.1', '(result - 1 < 0 ? -(result - 1) : (result - 1)) < 0.1'],
  ['max(result[0], result[1]) < 2', '(result[0] > result[1] ? result[0] : result[1]) < 2'],
  ['-result.delta < 3 * (result.a + 2)', '-result.delta < 3 * (result.a + 2)'],
  ['result.a - (result.b - 1) > 0', 'result.a - (result.b - 1) > 0'],
  ['result >= {{args.limit}}', 'result >= double(args.limit)'],
  ['result >= {{ args.max-errors }}', 'result >= double(args["max-errors"])'],
  ["result == '{{args.expected}}'", 'result == args.expected'],
])('%s becomes %s', (text, expected) => {
  expect(cel(text)).toBe(expected);
  expect(compileCondition(expected).ok).toBe(true);
});

test.each([
  ['result matches "^a"', 'there are no regular expressions'],
  ['result | len() > 1', 'the pipe | has no counterpart'],
  ['sum(result) > 1', 'the function sum has no counterpart'],
  ['result[1:3] == [1]', 'a slice [from:to] has no counterpart'],
  ['result ** 2 > 1', 'the operator ** has no counterpart'],
  ['result in 1..5', 'the operator .. has no counterpart'],
  ['results[0] > other', 'there is no variable other'],
  ['# > 1', '# stands outside of a predicate'],
  ['result > {{workflow.name}}', 'it has a placeholder that is no argument'],
  ["result == 'a{{args.b}}'", 'a text has a placeholder in its middle'],
  ['result >', 'it ends too early'],
  ['result > 1 2', '"2" is not expected there'],
  ['result == "a', 'a quote is not closed'],
  ['result.get("a") > 1', 'the method get has no counterpart'],
  ['result > 1 ; drop', '"; drop" is not understood'],
  [`${'('.repeat(200)}result`, 'it is nested too deeply'],
  ['1 + 1', 'The condition "1 + 1" cannot be used: it gives int, not true or false.'],
])('%s is not converted: %s', (text, why) => {
  expect(cel(text)).toBe(`refused: ${why}`);
});

const ids: ResultShape = { ids: ['rate', 'total'] };
test.each([
  ['first', 'result <= 0.01', 'result[0] <= 0.01'],
  ['first', 'default(result, 0) <= 1', '(size(result) > 0 ? result[0] : 0) <= 1'],
  ['first', 'result[0] <= 1', 'result[0] <= 1'],
  ['row', 'result.successRate >= 0.95', 'result[0].successRate >= 0.95'],
  ['row', "result['average.duration'] < 1", 'result[0]["average.duration"] < 1'],
  ['row', 'result[1].count > 1', 'result[1].count > 1'],
  ['row', 'all(result, {.count > 1})', 'result.all(item, item.count > 1)'],
  [ids, 'result[0].Values[0] <= 0.01', 'result.rate <= 0.01'],
  [ids, 'all(result[1].Values, {# <= 1})', '[result.total].all(item, item <= 1)'],
  [ids, 'result[2].Values[0] > 1', 'refused: it asks for a query that returns no data'],
  [ids, 'result[0].Label == "x"', 'refused: of CloudWatch only Values are there'],
  ['same', 'results[0] >= 90.0', 'result[0] >= 90.0'],
] as const)('with results of shape %j, %s becomes %s', (shape, text, expected) => {
  expect(cel(text, shape)).toBe(expected);
});

test.each([
  ['not result.a == false', { a: false }, 'false'],
  ['not (result.a == false)', { a: false }, 'false'],
  ['result.a or result.b and result.c', { a: true, b: false, c: false }, 'true'],
  ['(result.a or result.b) and result.c', { a: true, b: false, c: false }, 'false'],
  ['len(result.list) / 2 == 1.5', { list: [1, 2, 3] }, 'true'],
  ['3 / 2 > 1', {}, 'true'],
  ['result.a - result.b - 1 == 2', { a: 5, b: 2 }, 'true'],
  ['result.a * 2 + 1 == 11', { a: 5 }, 'true'],
  ['default(result.x, 7) == 7', {}, 'true'],
  ['default(result.x, 7) == 7', { x: null }, 'true'],
  ['default(result.x, 7) == 7', { x: 3 }, 'false'],
  ['abs(result.a - 3) <= 1', { a: 2.5 }, 'true'],
  ['result.s == "it\'s \\"so\\""', { s: 'it\'s "so"' }, 'true'],
] as const)('%s of %j is %s, as it was', (text, result, expected) => {
  expect(answer(text, result as Json)).toBe(expected);
});

test('says what it does otherwise', () => {
  const remarks = (text: string, shape: ResultShape = 'same') => {
    const converted = convertCondition(text, shape);
    return converted.ok ? converted.remarks : [];
  };
  expect(remarks('isNaN(result) || isInf(result) || result < 1')).toEqual([
    'NaN and infinities are inconclusive here before a condition is asked.',
  ]);
  expect(remarks('default(result, 0) < 1')).toEqual([
    'No data is inconclusive here before a condition is asked.',
  ]);
  expect(remarks('all(result[0].Values, {# < 1})', ids)).toHaveLength(1);
  expect(remarks('result < 1')).toEqual([]);
});
