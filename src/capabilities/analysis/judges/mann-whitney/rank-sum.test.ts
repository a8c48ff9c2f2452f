import { expect, test } from 'vitest';
import { rankDistribution } from './rank-distribution.ts';
import { rankSum } from './rank-sum.ts';

const range = (length: number, value: (index: number) => number): number[] =>
  Array.from({ length }, (_, index) => value(index));

test('permeability of the chorioamnion: the two-sample example of R, exact', () => {
  // ?wilcox.test, after Hollander and Wolfe (1973), 69f: W = 35, one-sided p = 0.1272.
  const atTerm = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
  const earlier = [1.15, 0.88, 0.9, 0.74, 1.21];
  const test = rankSum(atTerm, earlier, 0.95);
  expect(test.exact).toBe(true);
  expect(test.u).toBe(35);
  expect(test.p / 2).toBeCloseTo(0.1272, 4);
  expect(test.shift).toBeCloseTo(0.305, 10);
  expect(test.low).toBeCloseTo(-0.15, 10);
  expect(test.high).toBeCloseTo(0.76, 10);
});

// Ozone in New York, 1973, of May and of August (data set airquality of R, missing days left out).
const may = [
  41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32, 23, 45, 115,
  37,
];
const august = [
  39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45, 168, 73, 76, 118,
  84, 85,
];

test('ozone in May and August: the formula example of R, with ties', () => {
  // ?wilcox.test: W = 127.5, p = 0.0001208.
  const test = rankSum(may, august, 0.95);
  expect(test.exact).toBe(false);
  expect(test.u).toBe(127.5);
  expect(test.p).toBeCloseTo(0.0001208, 7);
});

test('all of one above all of the other, by hand', () => {
  // 1 of 70 orders in each tail; the interval is from 10 − 4 to 40 − 1.
  const test = rankSum([10, 20, 30, 40], [1, 2, 3, 4], 0.95);
  expect(test).toMatchObject({ u: 16, shift: 22.5, low: 6, high: 39, exact: true });
  expect(test.p).toBeCloseTo(2 / 70, 15);
  expect(test.confidence).toBeCloseTo(1 - 2 / 70, 15);
});

// Mann-Whitney tables: the largest U that is significant at 5 % and at 1 %, two-sided.
test.each([
  [4, 4, 0, null],
  [5, 5, 2, 0],
  [6, 6, 5, 2],
  [5, 8, 6, 2],
  [8, 8, 13, 7],
  [10, 10, 23, 16],
  [7, 12, 18, 12],
  [15, 15, 64, 51],
  [20, 20, 127, 105],
  [20, 10, 55, 42],
])('of %d and %d points, U is critical at %d (5 %%) and %s (1 %%)', (m, n, five, one) => {
  const { below } = rankDistribution(m, n);
  const largest = (level: number) => below.findLastIndex((chance) => 2 * chance <= level);
  expect(largest(0.05)).toBe(five);
  expect(largest(0.01)).toBe(one ?? -1);
});

test('the distribution of U is that of all orders, counted one by one', () => {
  const [m, n] = [4, 5];
  const counts = new Map<number, number>();
  for (let order = 0; order < 2 ** (m + n); order += 1) {
    const mine = range(m + n, (rank) => (order >> rank) & 1);
    if (mine.reduce((sum, one) => sum + one, 0) !== m) continue;
    const ranks = mine.reduce((sum, one, rank) => sum + one * (rank + 1), 0);
    const u = ranks - (m * (m + 1)) / 2;
    counts.set(u, (counts.get(u) ?? 0) + 1);
  }
  let sum = 0;
  for (const [u, chance] of rankDistribution(m, n).below.entries()) {
    sum += counts.get(u) ?? 0;
    expect(chance).toBeCloseTo(sum / 126, 14);
  }
});

test('with counts the interval ends on whole numbers, and no difference is exactly 0', () => {
  const counts = range(300, (index) => (index * 7919) % 5);
  const test = rankSum(counts, counts.slice(0, 250), 0.98);
  expect(test).toMatchObject({ shift: 0, low: 0, high: 0, exact: false });
});

test('one point, and values that are all the same, do not break it', () => {
  expect(rankSum([3], [1], 0.98)).toMatchObject({ shift: 2, low: 2, high: 2, p: 1 });
  const same = rankSum(
    range(60, () => 5),
    range(60, () => 3),
    0.98,
  );
  expect(same).toMatchObject({ u: 3600, shift: 2, low: 2, high: 2 });
  expect(same.p).toBeLessThan(1e-20);
});

test('an interval of few points says which confidence it has', () => {
  const three = rankSum([1, 2, 3], [1.5, 2.5, 3.5], 0.98);
  expect(three.low).toBe(-2.5);
  expect(three.high).toBe(1.5);
  expect(three.confidence).toBeCloseTo(0.9, 12);
});

test('a day of minutes on both sides: the median of all their differences, which are not kept', () => {
  let seed = 7;
  const chance = () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };
  const [x, y] = [range(1440, () => chance() * 10 + 1), range(1440, () => chance() * 10)];
  const test = rankSum(x, y, 0.98);
  const differences = Float64Array.from({ length: 1440 * 1440 }, (_, at) => {
    const [one, other] = [x[Math.floor(at / 1440)] ?? 0, y[at % 1440] ?? 0];
    return one - other;
  }).sort();
  const middle = differences.length / 2;
  const [below = 0, above = 0] = differences.subarray(middle - 1, middle + 1);
  expect(test.shift).toBeCloseTo((below + above) / 2, 9);
  expect(test.low).toBeLessThan(1);
  expect(test.high).toBeGreaterThan(1);
  expect(test.high - test.low).toBeLessThan(0.6);
});
