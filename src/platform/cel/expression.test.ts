import { expect, test } from 'vitest';
import type { Json } from '../ids/types.ts';
import { compileExpression, evaluate, fillIn, type Scope } from './expression.ts';

const scope: Scope = {
  inputs: { name: 'checkout', count: 3, dry: false, list: 'a,b,c' },
  variables: { address: 'https://x.test', limits: { cpu: 2 }, none: null },
  steps: {
    'build-it': { status: 'succeeded', outputs: { url: '/a', sizes: [1, 2.5, 3] }, attempt: 2 },
    test: { status: 'failed', outputs: {}, items: [{ status: 'failed' }, { status: 'succeeded' }] },
  },
  item: { os: 'linux' },
  index: 1,
};

test.each<[string, Json]>([
  ['inputs.name', 'checkout'],
  ['inputs.count + 1', 4],
  ['index % 2 == 1', true],
  ['inputs.count / 2', 1.5],
  ['7 / 2', 3],
  ['-inputs.count', -3],
  ['steps["build-it"].outputs.url', '/a'],
  ['steps["build-it"].outputs', { url: '/a', sizes: [1, 2.5, 3] }],
  ['has(steps["build-it"].outputs.url)', true],
  ['has(steps["build-it"].outputs.other) ? "y" : "n"', 'n'],
  ['has(variables.none) && has(variables.limits.cpu)', true],
  ['"url" in steps["build-it"].outputs && !("x" in steps)', true],
  ['steps.test.items.filter(i, i.status == "failed").size()', 1],
  ['steps.test.items.exists_one(i, i.status == "failed")', true],
  ['steps.map(name, steps[name].status)', ['succeeded', 'failed']],
  ['[1, 2, 3].map(n, n > 1, n * 2)', [4, 6]],
  ['{"a": [item.os], "b": {}}', { a: ['linux'], b: {} }],
  ['inputs.list.split(",").map(x, x + "!").join(" ")', 'a! b! c!'],
  ['string(inputs.count) + string(2) + string(true)', '32true'],
  ['int("12") + int(3.9) == 15 && double("1.5") == 1.5', true],
  ['" A ".trim().lowerAscii() == "a" && "é".upperAscii() == "é"', true],
  ['size("😀") == 1 && size({"a": 1}) == 1', true],
  ['inputs.count == 3 && 3 == inputs.count && inputs.count != 3.5', true],
  ['inputs.missing == 1 || true', true],
  ['["a", 1, null]', ['a', 1, null]],
  ['variables.none == null', true],
  ['inputs.name == 3', false],
])('%s gives its value', (text, value) => {
  expect(evaluate(text, scope)).toEqual({ ok: true, value });
});

test.each([
  ['inputs.missing', 'inputs.missing: No such key: missing'],
  ['nothing', 'Unknown variable: nothing'],
  ['inputs.name + 1', 'no such overload: string + int'],
  ['inputs.name.matches("a")', 'the function matches is not available'],
  ['inputs.name.size', 'in a value of type string'],
  ['steps["build-it"].outputs.sizes[9]', 'of a list of 3'],
  ['variables.none.x', 'in null'],
  ['1 / 0', 'division by zero'],
  ['1.0 / 0.0', 'which JSON does not have'],
  ['9223372036854775807 + 1', 'integer overflow'],
  ['1 +', '(at 1:4)'],
  ['has(inputs)', 'has'],
  ['b"bytes"', 'a text of bytes is not available'],
  ['1u', 'an unsigned number is not available'],
  ['inputs.?name', 'got QUESTION'],
  ['int == int', 'Unknown variable: int'],
  ['', ''],
])('%j has no value: %s', (text, detail) => {
  const found = evaluate(text, scope);
  expect(found).toEqual({ ok: false, detail: expect.stringContaining(detail) });
});

test.each([
  'constructor',
  '__proto__',
  'toString',
  'inputs.constructor',
  'inputs["__proto__"]',
  'inputs.hasOwnProperty',
  'steps.toString',
  '"" in inputs || has(inputs.constructor)',
  'inputs.list.length',
  '[1].length',
  'cel.bind(a, 1, a)',
  'google.protobuf',
])('%s shows nothing of the machine', (text) => {
  const found = evaluate(text, scope);
  expect(found.ok ? found.value : false).toBe(false);
});

test('own keys of forbidden names are data like any other', () => {
  const value = JSON.parse('{"__proto__":{"a":1},"constructor":{"b":2}}') as Json;
  expect(evaluate('v["__proto__"].a + v.constructor.b', { v: value })).toEqual({
    ok: true,
    value: 3,
  });
  const filled = fillIn({ out: '${{ v }}' }, { v: value });
  expect(JSON.stringify(filled)).toContain('{"__proto__":{"a":1},"constructor":{"b":2}}');
});

test.each<[Json, Json]>([
  ['plain $ { } {{ }} $ {{x}}', 'plain $ { } {{ }} $ {{x}}'],
  ['${{ inputs.count }}', 3],
  ['${{inputs.dry}}', false],
  ['n=${{ inputs.count }}', 'n=3'],
  ['${{ inputs.name }}-${{ index }}', 'checkout-1'],
  [' ${{ inputs.count }}', ' 3'],
  ['got ${{ steps["build-it"].outputs.sizes }}', 'got [1,2.5,3]'],
  ['got ${{ {"a": {"b": null}} }}', 'got {"a":{"b":null}}'],
  ['${{ "}}" + \'}}\' }}', '}}}}'],
  ['${{ r"\\d" + "\\"}}" }}', '\\d"}}'],
  ['${{ """a"b}}""" }}', 'a"b}}'],
  ['${{ "${{" }}x', '${{x'],
  [
    { a: ['${{ item }}', 1, null, true], '${{ k }}': { b: '${{ item.os }}' } },
    { a: [{ os: 'linux' }, 1, null, true], '${{ k }}': { b: 'linux' } },
  ],
])('%j is filled in', (value, filled) => {
  expect(fillIn(value, scope)).toEqual({ ok: true, value: filled });
});

test.each<[Json, string]>([
  ['${{ inputs.name', 'not closed'],
  ['a ${{ {"a": 1 }} b', 'not closed'],
  ['${{ "a }}', 'not closed'],
  ['${{ }}', ''],
  [{ a: ['${{ nothing }}'] }, 'nothing: Unknown variable'],
  ['a ${{ 1 + "a" }}', 'no such overload'],
])('%j cannot be filled in', (value, detail) => {
  expect(fillIn(value, scope)).toEqual({ ok: false, detail: expect.stringContaining(detail) });
});

test('all expressions of a value share one budget', () => {
  const l = Array.from({ length: 2_000 }, () => 'x'.repeat(100));
  const one = '${{ l.map(a, a + a).size() }}';
  expect(fillIn([one], { l })).toEqual({ ok: true, value: [2000] });
  const begun = performance.now();
  expect(
    fillIn(
      Array.from({ length: 1000 }, () => one),
      { l },
    ),
  ).toEqual({
    ok: false,
    detail: expect.stringContaining('too large'),
  });
  expect(performance.now() - begun).toBeLessThan(10_000);
});

test('what refers to one thing often counts as often', () => {
  const l = Array.from({ length: 3_000 }, (_, n) => n);
  const text = '[l, l, l, l].map(a, [a, a, a, a]).map(b, [b, b, b, b])';
  expect(evaluate(`${text}.size()`, { l })).toEqual({ ok: true, value: 4 });
  expect(evaluate(text, { l })).toMatchObject({ ok: true });
  const more = `${text}.map(b, [b, b, b, b, b, b, b, b])`;
  expect(evaluate(more, { l })).toEqual({
    ok: false,
    detail: expect.stringContaining('too large'),
  });
});

test('depth never exhausts the stack', () => {
  const deep = JSON.parse(`${'['.repeat(20_000)}"\${{ 1 }}"${']'.repeat(20_000)}`) as Json;
  expect(fillIn(deep, {})).toEqual({ ok: false, detail: expect.stringContaining('deep') });
  expect(evaluate('d', { d: deep })).toMatchObject({ ok: false });
  expect(evaluate('a == b', { a: deep, b: structuredClone([1]) })).toEqual({
    ok: true,
    value: false,
  });
  const [a, b] = [1, 2].map(() => JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`) as Json);
  expect(evaluate('a == b', { a: a ?? 0, b: b ?? 0 }).ok).toBe(false);
});

test('what an expression reads is known before it has values', () => {
  const compiled = compileExpression(
    'inputs.a + steps["x-y"].outputs.url + l.map(inputs, inputs.b)[0] + m[k].c',
  );
  expect(compiled.ok && compiled.program.shape.reads.map((one) => one.path.join('/'))).toEqual([
    'inputs/a',
    'steps/x-y/outputs/url',
    'l',
    'm',
    'k',
  ]);
});
