import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, contentDigest, sha256 } from './digest.ts';
import { newId } from './new-id.ts';
import { isSameJson } from './same-json.ts';
import type { Json } from './types.ts';

test('the order of keys does not change the digest; a changed value does', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 8 }), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse()) as Json;
      expect(contentDigest(turned)).toBe(contentDigest(value as Json));
      expect(contentDigest({ value: value as Json })).not.toBe(contentDigest(value as Json));
    }),
  );
});

test('canonical JSON sorts at every depth and is still JSON', () => {
  expect(canonicalJson({ b: [{ d: 1, c: null }], a: 'é' })).toBe(
    '{"a":"é","b":[{"c":null,"d":1}]}',
  );
});

test('a key that would be a prototype is a key like any other', () => {
  const odd = JSON.parse('{"b":1,"__proto__":{"a":2}}');
  expect(canonicalJson(odd)).toBe('{"__proto__":{"a":2},"b":1}');
});

/** Few keys and values, so that two of them are often the same or nearly so; with what JSON drops or turns into text. */
const nearly = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(
      null,
      undefined,
      true,
      0,
      -0,
      1,
      Number.NaN,
      'a',
      new Date(0),
      new Date(0).toJSON(),
    ),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), tie('value'), { maxKeys: 2 }),
  ),
})).value;

test('a value is the same as JSON exactly when writing it gives that JSON', () => {
  const written = (value: unknown) => JSON.parse(JSON.stringify(value ?? null)) as Json;
  fc.assert(
    fc.property(nearly, nearly, (a, b) => {
      const value = a ?? null;
      expect(isSameJson(value, written(value))).toBe(true);
      expect(isSameJson(value, written(b))).toBe(isDeepStrictEqual(written(value), written(b)));
    }),
    { numRuns: 2_000 },
  );
});

test('SHA-256 is the published one', () => {
  // NIST FIPS 180-2, appendix B.1.
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('ids sort by time and do not repeat', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 44 }),
      fc.integer({ min: 1, max: 10_000 }),
      (at, later) => {
        expect(newId('ro', at) < newId('ro', at + later)).toBe(true);
      },
    ),
  );
  const many = new Set(Array.from({ length: 10_000 }, () => newId('ro', 1)));
  expect(many.size).toBe(10_000);
  expect(newId('ro')).toMatch(/^ro-[0-9a-z]{18}$/);
});
