import { expect, test } from 'vitest';
import {
  above,
  bucketsOf,
  mirroredBounds,
  mirroredBuckets,
  nearestBound,
  quantileOf,
  shiftOf,
} from './buckets.ts';

test('cumulative counts become counts per bucket', () => {
  expect(bucketsOf({ le: [1, 2], counts: [3, 3, 7] })).toEqual([3, 0, 4]);
});

test.each([
  { le: [], counts: [1] },
  { le: [1, 2], counts: [1, 2] },
  { le: [2, 1], counts: [1, 2, 3] },
  { le: [1, Number.NaN], counts: [1, 2, 3] },
  { le: [1, Number.POSITIVE_INFINITY], counts: [1, 2, 3] },
  { le: [1, 2], counts: [3, 2, 4] },
  { le: [1, 2], counts: [-1, 2, 4] },
  { le: [1, 2], counts: [1, Number.NaN, 4] },
  { le: [1, 2], counts: [1, 2.5, 4] },
  { le: Array.from({ length: 301 }, (_, at) => at), counts: new Array<number>(302).fill(1) },
])('%o is no histogram', (arm) => {
  expect(bucketsOf(arm)).toBeNull();
});

test('quantiles lie on a straight line within their bucket', () => {
  const le = [1, 2, 4];
  expect(quantileOf(le, [2, 2, 0, 0], 0.5)).toBe(1);
  expect(quantileOf(le, [2, 2, 0, 0], 0.75)).toBe(1.5);
  expect(quantileOf(le, [0, 0, 0, 5], 0.5)).toBe(4);
  expect(quantileOf(le, [0, 0, 0, 0], 0.5)).toBeNull();
  expect(nearestBound([5, 4, 1, 0, 0], 0.97)).toBe(2);
  expect(nearestBound([5, 4, 1, 0, 0], 0.5)).toBe(0);
  expect(nearestBound([0, 0, 0], 0.5)).toBeNull();
  // The last bound has none beyond it to compare with.
  expect(nearestBound([5, 4, 1, 0], 0.97)).toBe(1);
  expect(nearestBound([5, 4], 0.5)).toBeNull();
  expect(above([5, 4, 1, 2], 1)).toBe(3);
});

test('a bound made worse is rounded down to a bound, or up to the next where there is none', () => {
  const le = [0.1, 0.11, 0.12, 0.15];
  expect(shiftOf(le, 0, { is: 'relative', by: 0.1 })).toEqual({ from: 0, to: 1, widened: false });
  expect(shiftOf(le, 0, { is: 'relative', by: 0.3 })).toEqual({ from: 0, to: 2, widened: false });
  expect(shiftOf(le, 2, { is: 'relative', by: 0.1 })).toEqual({ from: 2, to: 3, widened: true });
  expect(shiftOf(le, 0, { is: 'absolute', by: 0.02 })).toEqual({ from: 0, to: 2, widened: false });
  expect(shiftOf(le, 3, { is: 'relative', by: 0.1 })).toBeNull();
});

test('turned round, what was above a bound is below it', () => {
  const [le, buckets] = [
    [1, 2],
    [5, 3, 1],
  ];
  expect(mirroredBounds(le)).toEqual([-2, -1]);
  expect(above(mirroredBuckets(buckets), 1)).toBe(5);
});
