import { expect, test } from 'vitest';
import { ago, lasting } from './when.tsx';

const second = 1_000;
const hour = 3_600 * second;

test.each([
  [0, '0 s'],
  [1_499, '1 s'],
  [99 * second, '99 s'],
  [100 * second, '2 min'],
  [99 * 60 * second, '99 min'],
  [100 * 60 * second, '2 h'],
  [47 * hour, '47 h'],
  [48 * hour, '2 d'],
  [400 * 24 * hour, '400 d'],
])('%i ms last %s', (milliseconds, text) => {
  expect(lasting(milliseconds)).toBe(text);
});

test.each([
  [0, 'just now'],
  [4 * second, 'just now'],
  [-4 * second, 'just now'],
  [5 * second, '5 s ago'],
  [3 * hour, '3 h ago'],
  [-42 * second, 'in 42 s'],
  [-3 * hour, 'in 3 h'],
])('what was %i ms before now is %s', (before, text) => {
  const now = Date.parse('2026-11-21T10:00:00Z');
  expect(ago(now - before, now)).toBe(text);
});
