import { expect, test } from 'vitest';
import { figures } from '../../integrations/metric-source/router/figures.ts';
import { binomial } from './binomial.ts';
import { randomOf } from './random.ts';
import { estimate } from './tally.ts';
import { createTraffic, cumulativeOf, routerAnswer } from './traffic.ts';

test('numbers are spread evenly, and unlike for seeds beside each other', () => {
  const random = randomOf(1, 0);
  const counts = Array.from({ length: 10 }, () => 0);
  for (let at = 0; at < 20_000; at += 1) {
    const one = Math.floor(random() * 10);
    counts[one] = (counts[one] ?? 0) + 1;
  }
  // Chi-square with 9 degrees of freedom: above 27.9 once in a thousand.
  const chi = counts.reduce((sum, count) => sum + (count - 2_000) ** 2 / 2_000, 0);
  expect(chi).toBeLessThan(27.9);
  const firsts = [randomOf(1, 1), randomOf(2, 0), randomOf(0, 1), random].map((one) => one());
  expect(new Set(firsts).size).toBe(4);
});

test.each([
  [20, 0.1],
  [1_000, 0.005],
  [1_000, 0.3],
  [500, 0.9],
  [2_000_000, 0.02],
])('binomial of %d at %f has its mean and variance', (n, p) => {
  const random = randomOf(7, n);
  const draws = 4_000;
  let [sum, squares] = [0, 0];
  for (let at = 0; at < draws; at += 1) {
    const one = binomial(random, n, p);
    expect(one >= 0 && one <= n && Number.isInteger(one)).toBe(true);
    sum += one;
    squares += (one - n * p) ** 2;
  }
  const variance = n * p * (1 - p);
  expect(Math.abs(sum / draws - n * p)).toBeLessThan(4 * Math.sqrt(variance / draws));
  // The sample variance of so many draws is off by more than a tenth once in 10,000.
  expect(squares / draws / variance).toBeGreaterThan(0.9);
  expect(squares / draws / variance).toBeLessThan(1.1);
});

test('what is certain is not left to chance', () => {
  const random = randomOf(1, 1);
  expect([binomial(random, 5, 0), binomial(random, 5, 1), binomial(random, 0, 0.5)]).toEqual([
    0, 5, 0,
  ]);
});

test('traffic comes at its rate, fails at its share and takes its time', () => {
  const load = {
    perSecond: 100,
    candidate: { errorRate: 0.1, cumulative: cumulativeOf(0.2) },
    stable: { errorRate: 0.01, cumulative: cumulativeOf(0.1) },
  };
  const traffic = createTraffic(randomOf(3, 0), load);
  const before = traffic.seen();
  expect(before.candidate.requests).toBe(0);
  expect(before.stable.requests).toBe(360_000);
  for (let at = 1; at <= 600; at += 1) traffic.pass(at * 1_000, 0.25);
  const answer = routerAnswer(before, traffic.seen(), figures);
  const { result, stable } = answer as Record<string, Record<string, number>>;
  expect(result?.rps).toBeCloseTo(25, -1);
  expect(result?.errorRate).toBeCloseTo(0.1, 1);
  expect(stable?.errorRate).toBeCloseTo(0.01, 2);
  expect(result?.p50).toBeCloseTo(0.2, 1);
  expect(stable?.p50).toBeCloseTo(0.1, 1);
  const all = (result?.requests ?? 0) + (stable?.requests ?? 0);
  expect(Math.abs(all - 60_000)).toBeLessThanOrEqual(1);
  expect(routerAnswer(traffic.seen(), traffic.seen(), figures)).toBeNull();
});

test('a fresh copy has served nobody, and gets as much as the candidate, or half of what is left', () => {
  const side = { errorRate: 0, cumulative: [] };
  const load = { perSecond: 1_000, candidate: side, stable: side };
  const traffic = createTraffic(randomOf(3, 0), load, true);
  expect(traffic.seen().stable.requests).toBe(0);
  traffic.pass(100_000, 0.1);
  expect(traffic.seen().stable.requests / 10_000).toBeCloseTo(1, 1);
  traffic.pass(200_000, 0.5);
  const { candidate, stable } = traffic.seen();
  expect((stable.requests - 10_000) / 25_000).toBeCloseTo(1, 1);
  traffic.pass(300_000, 1);
  expect(traffic.seen().stable.requests).toBe(stable.requests);
  expect(traffic.seen().candidate.requests).toBe(candidate.requests + 100_000);
});

/** Worked out with the formula of the paper by hand: 10 of 50 is 0.112 to 0.330. */
test('shares have their Wilson interval', () => {
  const { share, low, high } = estimate(10, 50);
  expect(share).toBe(0.2);
  expect(low).toBeCloseTo(0.1124, 4);
  expect(high).toBeCloseTo(0.3304, 4);
  expect(estimate(0, 200)).toMatchObject({ low: 0, high: expect.closeTo(0.01885, 4) });
  expect(estimate(200, 200).high).toBe(1);
  expect(estimate(0, 0)).toEqual({ count: 0, share: 0, low: 0, high: 1 });
});
