import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../ids/types.ts';
import { compileExpression, evaluate, fillIn } from './expression.ts';
import { hasExpression, parseTemplate } from './template.ts';

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
const names = fc.constantFrom('a', 'b', 'c', 'x', 'constructor', '__proto__');

/** Texts that are nearly CEL. */
const { tree } = fc.letrec<{ tree: string; leaf: string }>((tie) => ({
  leaf: fc.oneof(
    names,
    fc.integer({ min: -9, max: 9 }).map((n) => (n < 0 ? `(${n})` : String(n))),
    fc.double({ min: -9, max: 9, noNaN: true }).map((n) => `(${n.toFixed(2)})`),
    fc.constantFrom('true', 'false', 'null', '"a"', '"b c"', '[]', '[1, 2]', '{"a": 1}'),
  ),
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    tie('leaf'),
    fc
      .tuple(
        tie('tree'),
        fc.constantFrom('+', '-', '*', '/', '%', '==', '!=', '<', '>=', '&&', '||', 'in'),
        tie('tree'),
      )
      .map(([l, op, r]) => `(${l} ${op} ${r})`),
    fc.tuple(tie('tree'), tie('tree'), tie('tree')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
    fc.tuple(tie('tree'), names).map(([t, n]) => `${t}.${n}`),
    fc.tuple(tie('tree'), tie('tree')).map(([t, n]) => `${t}[${n}]`),
    fc
      .tuple(
        tie('tree'),
        fc.constantFrom('all', 'exists', 'exists_one', 'map', 'filter'),
        tie('tree'),
      )
      .map(([t, loop, body]) => `${t}.${loop}(x, ${body})`),
    fc
      .tuple(fc.constantFrom('size', 'string', 'int', 'double', 'bool'), tie('tree'))
      .map(([f, t]) => `${f}(${t})`),
    fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => `${a}.contains(${b})`),
    fc.tuple(tie('tree')).map(([a]) => `!${a}`),
  ),
}));

test('nothing makes it throw, and what it gives is JSON of bounded size', () => {
  fc.assert(
    fc.property(
      fc.oneof(tree, fc.string({ unit: 'binary', maxLength: 200 })),
      json,
      json,
      (text, a, b) => {
        const found = evaluate(text, { a, b });
        if (!found.ok) {
          expect(typeof found.detail).toBe('string');
          return;
        }
        const written = JSON.stringify(found.value);
        expect(JSON.parse(written)).toEqual(found.value);
        expect(written.length).toBeLessThan(50_000_000);
      },
    ),
    { numRuns: 1_000 },
  );
});

const library = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
});
/** As JSON; undefined for what has no value there. */
function asked(text: string, scope: { [name: string]: Json }): { readonly value: unknown } | null {
  try {
    const value: unknown = library.parse(text)(structuredClone(scope));
    const plain = JSON.stringify(value, (_key, one: unknown) =>
      typeof one === 'bigint' ? Number(one) : one,
    );
    return plain === undefined ? null : { value: JSON.parse(plain) };
  } catch {
    return null;
  }
}

test('where the library has a value, it is the same one', () => {
  const plain = fc.oneof(
    fc.integer({ min: -5, max: 5 }),
    fc.boolean(),
    fc.constantFrom('a', 'b', 'b c'),
    fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }),
    fc.constant({ a: 1, b: 'x', c: [1, 2] }),
  ) as fc.Arbitrary<Json>;
  let both = 0;
  fc.assert(
    fc.property(tree, plain, plain, (text, a, b) => {
      if (!compileExpression(text).ok) return;
      const theirs = asked(text, { a, b });
      const ours = evaluate(text, { a, b });
      if (theirs === null || JSON.stringify(theirs.value) === 'null') return;
      both += 1;
      expect({ text, a, b, ours }).toEqual({
        text,
        a,
        b,
        ours: { ok: true, value: theirs.value },
      });
    }),
    { numRuns: 5_000 },
  );
  expect(both).toBeGreaterThan(300);
});

test('a value without expressions stays as it is', () => {
  fc.assert(
    fc.property(json, (value) => {
      fc.pre(!JSON.stringify(value).includes('${{'));
      const filled = fillIn(value, {});
      // JSON.stringify tells -0 from nothing and keeps the order of keys.
      expect(filled.ok && JSON.stringify(filled.value)).toBe(JSON.stringify(value));
    }),
  );
});

test('the parts of a text are the text', () => {
  const pieces = fc.constantFrom('${{', '}}', '{', '}', '"', "'", 'a', ' ', '\\', 'r', '"""', '$');
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (list) => {
      const text = list.join('');
      const template = parseTemplate(text);
      if (!template.ok) {
        expect(hasExpression(text.slice(template.at))).toBe(true);
        return;
      }
      const whole = template.parts.map((part) =>
        part.is === 'text' ? part.text : `\${{${part.text}}}`,
      );
      expect(whole.join('')).toBe(text);
      for (const part of template.parts) {
        if (part.is === 'expression') expect(text.slice(part.at)).toContain(part.text);
        else expect(part.text).not.toContain('${{');
      }
    }),
  );
});

test('texts of any size are read in time that grows with them', () => {
  const begun = performance.now();
  for (const text of [
    '${{'.repeat(100_000),
    '${{ "a',
    '${{}}'.repeat(50_000),
    '${{ {'.repeat(50_000),
  ])
    fillIn(text.padEnd(500_000, '{"'), {});
  expect(performance.now() - begun).toBeLessThan(20_000);
});
