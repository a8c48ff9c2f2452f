import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rankSum } from './rank-sum.ts';

const runs = { seed: 20260714, numRuns: 150 };
/** Whole numbers of a small range have ties, those of a large one have none to speak of. */
const sample = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 70 }),
  fc.array(fc.integer({ min: -100_000, max: 100_000 }), { minLength: 1, maxLength: 70 }),
);

test('changing sides turns everything around', () => {
  fc.assert(
    fc.property(sample, sample, (x, y) => {
      const [one, other] = [rankSum(x, y, 0.98), rankSum(y, x, 0.98)];
      expect(other.u).toBe(x.length * y.length - one.u);
      expect(other.p).toBeCloseTo(one.p, 12);
      expect([other.shift, other.low, other.high]).toEqual(
        [-one.shift, -one.high, -one.low].map((value) => value + 0),
      );
    }),
    runs,
  );
});

test('moving one side moves the shift and its interval; stretching both stretches them', () => {
  fc.assert(
    fc.property(sample, sample, fc.integer({ min: -50, max: 50 }), (x, y, by) => {
      const before = rankSum(x, y, 0.98);
      const moved = rankSum(
        x.map((value) => value + by),
        y,
        0.98,
      );
      expect(moved.shift).toBe(before.shift + by);
      expect([moved.low, moved.high]).toEqual([before.low + by, before.high + by]);
      const wide = rankSum(
        x.map((value) => value * 8),
        y.map((value) => value * 8),
        0.98,
      );
      expect([wide.shift, wide.low, wide.high, wide.p]).toEqual([
        before.shift * 8,
        before.low * 8,
        before.high * 8,
        before.p,
      ]);
    }),
    runs,
  );
});

test('the shift is the median of all differences, and the interval is around it', () => {
  fc.assert(
    fc.property(sample, sample, (x, y) => {
      const differences = x.flatMap((a) => y.map((b) => a - b)).sort((a, b) => a - b);
      const nth = (index: number) => differences[index] ?? Number.NaN;
      const half = differences.length / 2;
      const median = (nth(Math.ceil(half) - 1) + nth(Math.floor(half))) / 2;
      const { shift, low, high } = rankSum(x, y, 0.98);
      expect(shift).toBe(median);
      expect(low).toBeLessThanOrEqual(shift);
      expect(high).toBeGreaterThanOrEqual(shift);
      expect(new Set(differences).has(low)).toBe(true);
      expect(new Set(differences).has(high)).toBe(true);
    }),
    runs,
  );
});
