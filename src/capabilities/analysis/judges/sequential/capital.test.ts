import { expect, test } from 'vitest';
import { settle, settleLogs, startCapital } from './capital.ts';

const sum = (shares: readonly number[]) => shares.reduce((all, share) => all + share, 0);

test('it starts with 1, spread by weight', () => {
  expect(startCapital([1, 3])).toEqual({ log: 0, shares: [0.25, 0.75] });
});

test('each bet is multiplied by what it returned', () => {
  const start = startCapital([1, 1]);
  const after = settle(start, start, [3, 0.5]);
  expect(Math.exp(after.log)).toBeCloseTo(1.75, 12);
  expect(after.shares[0]).toBeCloseTo(3 / 3.5, 12);
  expect(settleLogs(start, start, [Math.log(3), Math.log(0.5)]).log).toBeCloseTo(after.log, 12);
});

test('a bet that has lost all is given a little by the others, and the whole does not grow by it', () => {
  const start = startCapital([1, 1]);
  const after = settle(start, start, [1, 0]);
  expect(after.log).toBeCloseTo(Math.log(0.5), 12);
  expect(after.shares[1]).toBeGreaterThan(0.0002);
  expect(sum(after.shares)).toBeCloseTo(1, 12);
  const recovered = settle(start, after, [1, 1e6]);
  expect(Math.exp(recovered.log)).toBeGreaterThan(100);
});

test('returns beyond the range of a number leave finite evidence', () => {
  const start = startCapital([1, 1]);
  for (const gains of [
    [0, 5000],
    [0, -5000],
    [1e300, 0],
    [-1e300, -1e300],
  ]) {
    const after = settleLogs(start, start, gains);
    expect(Number.isFinite(after.log)).toBe(true);
    expect(after.shares.every((share) => share > 0 && share <= 1)).toBe(true);
  }
  expect(settle(start, start, [0, 0])).toEqual(start);
});

test('evidence that was kept for other bets is spread anew', () => {
  const start = startCapital([1, 1]);
  const after = settle(start, { log: 2, shares: [0.2, 0.3, 0.5] }, [2, 2]);
  expect(after.log).toBeCloseTo(2 + Math.log(2), 12);
  expect(after.shares).toHaveLength(2);
});
