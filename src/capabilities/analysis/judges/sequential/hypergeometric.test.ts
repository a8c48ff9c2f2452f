import { expect, test } from 'vitest';
import type { RateArm } from '../types.ts';
import { logFactorial, oddsReturns } from './hypergeometric.ts';
import { choose, logRatioOf } from './sequential.fixture.ts';

/** Logarithm of odds ** events over its mean, in whole numbers of any length. */
function exact(own: RateArm, other: RateArm, odds: bigint): number {
  const events = own.events + other.events;
  let mean = 0n;
  for (let x = Math.max(0, events - other.total); x <= Math.min(own.total, events); x += 1) {
    mean += choose(own.total, x) * choose(other.total, events - x) * odds ** BigInt(x);
  }
  const all = choose(own.total + other.total, events);
  return logRatioOf(odds ** BigInt(own.events) * all, mean);
}

function returned(own: RateArm, other: RateArm, odds: number): number {
  const { logs, values } = oddsReturns(own, other, [odds]);
  const value = values[0] ?? Number.NaN;
  return logs ? value : Math.log(value);
}

const arm = (total: number, events: number): RateArm => ({ total, events });

test.each([
  [arm(1, 1), arm(9, 0), 200n],
  [arm(3, 2), arm(22, 1), 2n],
  [arm(25, 20), arm(3, 1), 7n],
  [arm(5, 5), arm(5, 4), 3n],
  [arm(70, 35), arm(70, 36), 10n],
  [arm(70, 3), arm(70, 66), 200n],
  [arm(300, 180), arm(500, 220), 2n],
  [arm(300, 10), arm(500, 390), 200n],
  [arm(2000, 900), arm(100, 60), 3n],
])('%o against %o at odds of %s is what whole numbers give', (own, other, odds) => {
  expect(returned(own, other, Number(odds))).toBeCloseTo(exact(own, other, odds), 8);
});

test('a million requests are summed in no time and agree with the normal approximation', () => {
  const own = arm(500_000, 250_300);
  const other = arm(500_000, 249_700);
  // log mean of exp(t X) of a normal X: t m + t² v / 2, v = n_c n_s K (N - K) / (N² (N - 1)) = 62,500.
  const odds = 1.001;
  const t = Math.log(odds);
  expect(returned(own, other, odds)).toBeCloseTo(t * 300 - (t * t * 62_500) / 2, 3);
});

test('logarithms of factorials', () => {
  for (const n of [0, 1, 5, 9, 10, 11, 25, 170]) {
    let product = 1n;
    for (let factor = 2; factor <= n; factor += 1) product *= BigInt(factor);
    expect(logFactorial(n)).toBeCloseTo(logRatioOf(product, 1n), 11);
  }
});
