import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonb } from '../../../src/platform/db/jsonb.ts';
import { jsonOf, plainOf } from './plain.ts';

/** What the product may hand over as JSON, with what JSON drops or turns into something else. */
const any = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.jsonValue(),
    fc.constantFrom(undefined, -0, Number.NaN, Number.NEGATIVE_INFINITY, new Date(0)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '1', '__proto__'), tie('value'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
})).value;

const written = (value: unknown): unknown => {
  const text = JSON.stringify(value);
  return text === undefined ? undefined : JSON.parse(text);
};

test('a parameter comes out as it does of its text, whatever was there before', () => {
  fc.assert(
    fc.property(any, any, (value, before) => {
      const wanted = written(value);
      expect(plainOf(value)).toStrictEqual(wanted);
      expect(plainOf(value, written(before))).toStrictEqual(wanted);
      expect(jsonOf(jsonb([value]))).toStrictEqual(written([value]));
      expect(JSON.stringify(plainOf(value))).toBe(JSON.stringify(wanted));
      expect(jsonb([value]).toPostgres()).toBe(JSON.stringify([value]));
    }),
    { numRuns: 2_000 },
  );
});

test('what is plain is kept, and so is what was there before; all else is a copy', () => {
  const before = { plan: { at: new Date(0) }, weight: 1 };
  const next = { plan: before.plan, weight: 2, seen: { a: 1 }, gone: undefined };
  const plain = plainOf(next, before) as unknown as typeof next;
  expect(plain).toStrictEqual({ plan: before.plan, weight: 2, seen: { a: 1 } });
  expect(plain.plan).toBe(before.plan);
  expect(plain.seen).toBe(next.seen);
  expect(Object.keys(next)).toContain('gone');
  expect(() => plainOf(1n)).toThrow(TypeError);
});
