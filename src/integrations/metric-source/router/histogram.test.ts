import { expect, test } from 'vitest';
import { quantile, sumHistograms } from './histogram.ts';

const le = [0.1, 0.5, 1];

test.each([
  ['half way through the first bucket', [10, 10, 10, 10], 0.5, 0.05],
  ['at the end of the first bucket', [5, 10, 10, 10], 0.5, 0.1],
  ['within the second bucket', [0, 10, 10, 10], 0.95, 0.48],
  ['beyond the last bound', [0, 0, 0, 10], 0.99, 1],
  ['over an empty bucket', [5, 5, 10, 10], 0.75, 0.75],
  ['no requests', [0, 0, 0, 0], 0.5, null],
  ['no buckets', [], 0.5, null],
])('quantile: %s', (_name, counts, share, expected) => {
  const value = quantile({ le, counts }, share);
  if (expected === null) expect(value).toBeNull();
  else expect(value).toBeCloseTo(expected, 9);
});

test('histograms with the same bounds are added', () => {
  const sum = sumHistograms([
    { le, counts: [1, 2, 3, 4] },
    { le, counts: [0, 1, 1, 2] },
  ]);
  expect(sum).toEqual({ le, counts: [1, 3, 4, 6] });
});

test('histograms with other bounds, and none, give none', () => {
  const other = { le: [0.2, 0.5, 1], counts: [1, 1, 1, 1] };
  expect(sumHistograms([{ le, counts: [1, 1, 1, 1] }, other])).toBeNull();
  expect(sumHistograms([])).toBeNull();
});
