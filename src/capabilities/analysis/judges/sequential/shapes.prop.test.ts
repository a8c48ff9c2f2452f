import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gainsOf, type Shape } from './shapes.ts';

const runs = { seed: 20260718, numRuns: 150 };
const shape: fc.Arbitrary<Shape> = fc.oneof(
  fc.record({ is: fc.constant('shift' as const), by: fc.double({ min: 0, max: 2, noNaN: true }) }),
  fc.record({
    is: fc.constant('tail' as const),
    share: fc.double({ min: 0.01, max: 0.9, noNaN: true }),
    times: fc.double({ min: 1, max: 20, noNaN: true }),
  }),
);
const past = fc
  .tuple(fc.nat(30), fc.nat(30), fc.nat(30))
  .filter((counts) => counts.some((count) => count > 0));
const weights = fc.tuple(...[1, 1, 1].map((min) => fc.integer({ min, max: 50 })));

/** All ways to put n observations into three buckets, with their chance. */
function outcomes(n: number, shares: readonly number[]) {
  const [a = 0, b = 0, c = 0] = shares;
  const factorial = (k: number): number => (k < 2 ? 1 : k * factorial(k - 1));
  const all: { readonly counts: readonly number[]; readonly chance: number }[] = [];
  for (let i = 0; i <= n; i += 1) {
    for (let j = 0; i + j <= n; j += 1) {
      const k = n - i - j;
      const ways = factorial(n) / (factorial(i) * factorial(j) * factorial(k));
      all.push({ counts: [i, j, k], chance: ways * a ** i * b ** j * c ** k });
    }
  }
  return all;
}

function meanOf(
  before: readonly number[],
  one: Shape,
  own: readonly [number, readonly number[]],
  other: readonly [number, readonly number[]],
): number {
  let mean = 0;
  for (const mine of outcomes(...own)) {
    for (const theirs of outcomes(...other)) {
      const [gain = Number.NaN] = gainsOf(before, mine.counts, theirs.counts, [one]);
      mean += mine.chance * theirs.chance * Math.exp(gain);
    }
  }
  return mean;
}

const sizes = fc.integer({ min: 1, max: 5 });

test('the mean is at most 1 whatever was learned, if both sides have one distribution', () => {
  fc.assert(
    fc.property(past, shape, sizes, sizes, weights, (before, one, n, m, [a = 1, b = 1, c = 1]) => {
      const shares = [a, b, c].map((weight) => weight / (a + b + c));
      expect(meanOf(before, one, [n, shares], [m, shares])).toBeLessThanOrEqual(1 + 1e-9);
    }),
    runs,
  );
});

test('and if the candidate is stochastically smaller', () => {
  const part = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(past, shape, sizes, weights, part, part, (before, one, n, by, x, y) => {
      const [a = 1, b = 1, c = 1] = by.map((weight) => weight / by.reduce((s, w) => s + w, 0));
      const smaller = [a + x * b, b - x * b + y * c, c - y * c];
      expect(meanOf(before, one, [n, smaller], [4, [a, b, c]])).toBeLessThanOrEqual(1 + 1e-9);
    }),
    runs,
  );
});

test('it grows on average if the candidate is larger as the bet has it', () => {
  const one: Shape = { is: 'shift', by: 0.5 };
  const grown = meanOf([10, 10, 10], one, [4, [0.15, 0.3, 0.55]], [4, [1 / 3, 1 / 3, 1 / 3]]);
  expect(grown).toBeGreaterThan(1.2);
});
