import fc from 'fast-check';
import { expect, test } from 'vitest';
import { trafficWidth } from '../fleet/types.ts';
import { decideRange, isOver, nextCursor, parseCursor } from './decide-range.ts';
import type { Cursor, Range, Subject } from './types.ts';

const start = 1_800_000_000_000;
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const subject = (age: number, endedAfter: number | null = null): Subject => ({
  ...{ application: 'shop', environment: 'production', candidate: 'r-2', stable: 'r-1' },
  ...{ terminal: endedAfter !== null, targets: ['eu-1'], analyses: [], copyFor: null },
  startedAt: new Date(start),
  endedAt: endedAfter === null ? null : new Date(start + endedAfter),
  now: new Date(start + age),
});

test.each<[string, Subject, number, Cursor | null, Range]>([
  ['the first second', subject(1_000), 600, null, { from: 0, to: 1_000, step: 2 }],
  ['ten minutes', subject(10 * minute), 600, null, { from: 0, to: 10 * minute, step: 2 }],
  ['in fewer points', subject(10 * minute), 100, null, { from: 0, to: 10 * minute, step: 10 }],
  ['half an hour', subject(30 * minute), 600, null, { from: 0, to: 30 * minute, step: 4 }],
  ['not finer than what is kept', subject(hour), 2000, null, { from: 0, to: hour, step: 20 }],
  ['and later', subject(25 * hour), 2000, null, { from: 0, to: 25 * hour, step: 120 }],
  [
    'no more than is kept',
    subject(30 * day),
    600,
    null,
    { from: 23 * day, to: 30 * day, step: 1_200 },
  ],
  [
    'until five minutes after the end',
    subject(day, 20 * minute),
    600,
    null,
    { from: 0, to: 25 * minute, step: 4 },
  ],
  [
    'from a cursor, in its steps',
    subject(30 * minute),
    600,
    { step: 10, at: start + 20 * minute },
    { from: 20 * minute, to: 30 * minute, step: 10 },
  ],
  [
    'in wider ones once the rollout is old',
    subject(2 * hour),
    600,
    { step: 2, at: start + 2 * hour - 10_000 },
    { from: 2 * hour - 20_000, to: 2 * hour, step: 20 },
  ],
  [
    'in wider ones from a cursor of long ago',
    subject(50 * minute),
    20,
    { step: 1, at: 0 },
    { from: 0, to: 50 * minute, step: 2 },
  ],
  [
    'nothing from a cursor of the future',
    subject(minute),
    600,
    { step: 2, at: start + day },
    { from: minute, to: minute, step: 2 },
  ],
  [
    'one cell from a cursor that is none',
    subject(minute),
    600,
    { step: 999_999, at: 0 },
    { from: (start % day) * -1, to: minute, step: 86_400 },
  ],
])('a range: %s', (_name, of, points, after, expected) => {
  const { from, to, step } = decideRange(of, points, after);
  expect({ from: from - start, to: to - start, step }).toEqual(expected);
});

test('whatever is asked, cells are whole, bounded, and not finer than what is kept', () => {
  const cursor = fc.option(fc.record({ step: fc.nat(999_999), at: fc.nat(9e13) }));
  fc.assert(
    fc.property(
      fc.nat(400 * day),
      fc.integer({ min: 20, max: 2000 }),
      cursor,
      (age, points, after) => {
        const { from, to, step } = decideRange(subject(age), points, after);
        expect(from % (step * 1000)).toBe(0);
        expect(from).toBeLessThanOrEqual(to);
        expect((to - from) / 1000 / step).toBeLessThanOrEqual(after ? 2000 : points);
        expect(step % trafficWidth(age / 1000)).toBe(0);
        const next = nextCursor({ from, to, step });
        expect(next.at).toBeGreaterThanOrEqual(from);
        expect(parseCursor(next.text)).toEqual({ step, at: next.at });
      },
    ),
  );
});

test('a cursor goes back ten seconds, and never behind its answer', () => {
  const to = start + 60_000;
  expect(nextCursor({ from: start, to, step: 2 })).toEqual({
    at: start + 50_000,
    text: `2.${start + 50_000}`,
  });
  expect(nextCursor({ from: to - 4_000, to, step: 2 }).at).toBe(to - 4_000);
});

test.each([
  ['under way', subject(day), false],
  ['just ended', subject(minute + 59_000, minute), false],
  ['ended a minute ago', subject(2 * minute, minute), true],
  ['ended, nobody knows when', { ...subject(day), terminal: true }, false],
])('a stream is over: %s', (_name, of, expected) => {
  expect(isOver(of)).toBe(expected);
});
