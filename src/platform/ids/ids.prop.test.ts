import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, contentDigest, sha256 } from './digest.ts';
import { newId } from './new-id.ts';
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
