import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideAgain, decisionText, journalValue, snapshotText } from './journal.ts';

/** Data as snapshots hold it: JSON, times, and numbers that JSON has no word for. */
const data = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.constantFrom(null, true, false, Number.NaN, Number.POSITIVE_INFINITY, '$date', '\u0000'),
    fc.date({ noInvalidDate: true }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('$date', '$number', '$$', '$')),
      tie('value'),
      {
        maxKeys: 4,
        noNullPrototype: true,
      },
    ),
  ),
})).value;

const isPlain = (value: unknown): boolean => JSON.stringify(value)?.includes('__proto__') !== true;

test('what was seen comes back as it was, times and odd numbers too', () => {
  fc.assert(
    fc.property(data.filter(isPlain), (value) => {
      const text = snapshotText({ value });
      expect(JSON.parse(text)).toBeTypeOf('object');
      const back = journalValue(text) as { readonly value: unknown };
      expect(snapshotText(back)).toBe(text);
      // -0 is 0 in JSON, which no decision of ours tells apart.
      expect(back).toEqual({ value: positive(value) });
    }),
    { seed: 20_261_121 },
  );
});

function positive(value: unknown): unknown {
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(positive);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, positive(one)]));
}

test('what is undefined is left out, and the order of keys is kept in what was seen', () => {
  expect(snapshotText({ b: 1, a: undefined, '10': 2, '9': 3 })).toBe('{"9":3,"10":2,"b":1}');
  expect(decisionText({ b: 1, a: 2, none: undefined })).toBe('{"a":2,"b":1}');
});

test('a decision that reads nothing but its snapshot is the same again', () => {
  const decide = (snapshot: unknown, now: Date) => {
    const { from } = snapshot as { readonly from: Date };
    return {
      ...{ state: { waited: now.getTime() - from.getTime() }, phase: 'waiting', terminal: false },
      ...{ because: 'it waits', wakeAt: new Date(now.getTime() + 1_000) },
    };
  };
  const at = new Date('2026-03-01T12:00:00.000Z');
  const seen = { from: new Date('2026-03-01T11:00:00.000Z') };
  const first = decisionText(decide(seen, at));
  expect(decideAgain({ decide }, { at, snapshot: snapshotText(seen) })).toBe(first);
  expect(decideAgain({ decide }, { at: new Date(0), snapshot: snapshotText(seen) })).not.toBe(
    first,
  );
});

test('what is no data is refused', () => {
  expect(() => snapshotText({ load: () => 1 })).toThrow('a snapshot holds a function');
});
