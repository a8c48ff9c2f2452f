import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Lane, leastBusy, weightedPicker } from './balance.ts';

function count(weights: Record<string, number>, picks: number): Record<string, number> {
  const picker = weightedPicker(weights);
  const counts: Record<string, number> = {};
  for (let i = 0; i < picks; i += 1) {
    const release = picker.pick() ?? 'none';
    counts[release] = (counts[release] ?? 0) + 1;
  }
  return counts;
}

test('whole percentages are exactly right over every 100 picks', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 5 }), (cut, rounds) => {
      expect(count({ a: cut, b: 100 - cut }, 100 * rounds)).toEqual({
        a: cut * rounds,
        b: (100 - cut) * rounds,
      });
    }),
  );
});

test('any weights are within one pick of their share at every moment', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 99.9, noNaN: true }), (cut) => {
      const picker = weightedPicker({ a: cut, b: 100 - cut });
      let a = 0;
      for (let n = 1; n <= 1000; n += 1) {
        if (picker.pick() === 'a') a += 1;
        expect(Math.abs(a - (n * cut) / 100)).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test('picks are spread, not bunched', () => {
  const picker = weightedPicker({ a: 75, b: 25 });
  const picks = Array.from({ length: 8 }, () => picker.pick()).join('');
  expect(picks).not.toContain('bb');
  expect(picks).not.toContain('aaaa');
});

test('what has no weight is never picked', () => {
  expect(count({ a: 100, b: 0 }, 50)).toEqual({ a: 50 });
  expect(weightedPicker({}).pick()).toBeNull();
});

test('the least busy replica takes the request, by turns among equals', () => {
  const lane = (index: number, inFlight: number, lastUsed: number): Lane => ({
    upstream: { release: 'a', index, port: 1 },
    inFlight,
    lastUsed,
  });
  const [one, two, three] = [lane(1, 1, 1), lane(2, 0, 3), lane(3, 0, 2)];
  expect(leastBusy([one, two, three], null)).toBe(three);
  expect(leastBusy([one, two, three], three)).toBe(two);
  expect(leastBusy([one], one)).toBeNull();
});
