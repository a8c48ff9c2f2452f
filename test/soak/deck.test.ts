import { expect, test } from 'vitest';
import { dealBlows } from './deck.ts';

test('the same seed deals the same blows, another one others', () => {
  expect(dealBlows(7, 30)).toEqual(dealBlows(7, 30));
  expect(dealBlows(7, 30)).not.toEqual(dealBlows(8, 30));
});

test('the first six hold each part once, and fifty hold every kind three times at least', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const kinds = dealBlows(seed, 50).map(({ kind }) => kind);
    expect(kinds).toHaveLength(50);
    expect(kinds.slice(0, 6).toSorted()).toEqual([
      'cut agent',
      'freeze worker',
      'kill agent',
      'kill postgres',
      'kill server',
      'kill worker',
    ]);
    const counts = Map.groupBy(kinds, (kind) => kind);
    expect(counts.size).toBe(14);
    expect(Math.min(...[...counts.values()].map((all) => all.length))).toBeGreaterThanOrEqual(3);
  }
});

test('a freeze outlasts a lease', () => {
  const freezes = dealBlows(3, 60).filter(({ kind }) => kind.startsWith('freeze'));
  for (const { lasts } of freezes) expect(lasts).toBeGreaterThan(3_500);
});
