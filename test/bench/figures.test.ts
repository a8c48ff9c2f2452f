import { expect, test } from 'vitest';
import { percentile } from './figures.ts';
import { changeSince } from './history.ts';

test('a percentile is a sample, by nearest rank', () => {
  const samples = [5, 1, 4, 2, 3];
  expect([0, 0.5, 0.8, 0.99, 1].map((share) => percentile(samples, share))).toEqual([
    1, 3, 4, 5, 5,
  ]);
  expect(percentile([], 0.5)).toBeNaN();
});

test('a change is told against the last record, and not at all without one', () => {
  expect(changeSince(100, 112)).toBe('+12 %');
  expect(changeSince(100, 75)).toBe('-25 %');
  expect(changeSince(undefined, 1)).toBe('');
  expect(changeSince(0, 1)).toBe('');
});
