import { expect, test } from 'vitest';
import { classifyMetric } from './classify.ts';
import { percentile } from './clean.ts';
import { alike, raised, series, usual } from './judge.fixture.ts';
import { sorted } from './shifted-ranks.ts';
import type { MannWhitneyMetric, Point } from './types.ts';

const classify = (
  candidate: readonly Point[],
  baseline: readonly Point[],
  from: Partial<MannWhitneyMetric> = {},
  minimumPoints = 1,
) => classifyMetric(series(candidate, baseline, from), minimumPoints);

test.each([
  ['either', 40, 'high'],
  ['increase', 40, 'high'],
  ['decrease', 40, 'pass'],
  ['either', -40, 'low'],
  ['decrease', -40, 'low'],
  ['increase', -40, 'pass'],
  ['either', 0, 'pass'],
] as const)('direction %s, candidate shifted by %d: %s', (direction, by, expected) => {
  expect(classify(raised(by), usual, { direction }).classification).toBe(expected);
});

test('the whole interval must be beyond a quarter of the shift', () => {
  const result = classify(raised(40), usual);
  expect(result.test?.shift).toBeCloseTo(40, 0);
  expect(result.tolerance).toBeCloseTo(10, 0);
  expect(result.test?.low).toBeGreaterThan(result.tolerance ?? 0);
  // Three points are significant by nothing: the interval of three a side reaches over 0.
  expect(classify([104, 90, 112], [100, 101, 95]).classification).toBe('pass');
});

test('says what was seen', () => {
  const { because } = classify([20, 30, 40, 50], [1, 2, 3, 4], { name: 'queue' });
  expect(because).toBe(
    'queue: higher than the baseline (shift 32.5, 98 % interval 16 to 49, tolerance 8.125, 14 times the mean)',
  );
});

test.each([
  ['meanRatio', { allowedIncrease: 1.3 }, 'high'],
  ['meanRatio', { allowedIncrease: 1.5 }, 'pass'],
  ['cles', { allowedIncrease: 0.99 }, 'high'],
  ['cles', { allowedIncrease: 1.01 }, 'pass'],
] as const)('effect size by %s with %j: %s', (measure, bounds, expected) => {
  const result = classify(raised(40), usual, { effectSize: { measure, ...bounds } });
  expect(result.classification).toBe(expected);
});

test.each([
  ['meanRatio', { allowedDecrease: 0.7 }, 'low'],
  ['meanRatio', { allowedDecrease: 0.5 }, 'pass'],
  ['cles', { allowedDecrease: 0.01 }, 'low'],
  ['cles', { allowedDecrease: -0.01 }, 'pass'],
] as const)('a decrease by %s with %j: %s', (measure, bounds, expected) => {
  const result = classify(raised(-40), usual, { effectSize: { measure, ...bounds } });
  expect(result.classification).toBe(expected);
});

test('a critical metric fails all only from its critical bound on', () => {
  const bounded = (criticalIncrease: number) =>
    classify(raised(40), usual, {
      critical: true,
      effectSize: { measure: 'meanRatio', criticalIncrease },
    });
  expect(bounded(1.3)).toMatchObject({ classification: 'high', criticalFailure: true });
  expect(bounded(1.5)).toMatchObject({ classification: 'high', criticalFailure: false });
  expect(classify(alike, usual, { critical: true }).criticalFailure).toBe(false);
  expect(classify(raised(40), usual).criticalFailure).toBe(false);
});

test('errors against a baseline that counted nothing are seen, though no ratio can be told', () => {
  const errors = [3, 2, 5, 4, 3, 6, 2, 4];
  for (const baseline of [errors.map(() => null), errors.map(() => Number.NaN), []]) {
    const result = classify(errors, baseline, {
      nanStrategy: 'replace',
      direction: 'increase',
      critical: true,
      effectSize: { measure: 'meanRatio', criticalIncrease: 5 },
    });
    expect(result).toMatchObject({
      classification: 'high',
      criticalFailure: true,
      effectSize: null,
      points: { candidate: 8, baseline: 0 },
    });
  }
});

test.each([
  ['remove', false, false, 'nodata', false, false],
  ['remove', true, false, 'nodata', true, false],
  ['remove', false, true, 'nodata', true, true],
  ['remove', true, true, 'nodata', true, true],
  ['replace', true, true, 'pass', false, false],
] as const)('no values with %s, must have data %s, critical %s: %s', (...row) => {
  const [nanStrategy, mustHaveData, critical, classification, failed, criticalFailure] = row;
  const result = classify([null, Number.NaN], [null], { nanStrategy, mustHaveData, critical });
  expect(result).toMatchObject({ classification, failed, criticalFailure, test: null });
  const half = classify([null], [1, 2], { mustHaveData, critical });
  expect(half.classification).toBe('nodata');
});

test('removing points without a value and taking them for 0 are not the same', () => {
  const gaps = usual.flatMap((value) => [value, null, null]);
  expect(classify(gaps, usual, { nanStrategy: 'remove' }).classification).toBe('pass');
  expect(classify(gaps, usual, { nanStrategy: 'replace' }).classification).toBe('low');
});

test('the same values in any order are the same', () => {
  const result = classify(usual, usual.toReversed());
  expect(result).toMatchObject({ classification: 'pass', test: null });
  expect(classify([7, 7, 7], [7, 7]).classification).toBe('pass');
  // What is always the same differs by what it differs.
  expect(classify([7, 7, 7, 7], [5, 5, 5]).classification).toBe('high');
});

test('an infinite value is an error and never a pass', () => {
  const broken = [...usual.slice(1), Number.POSITIVE_INFINITY];
  expect(classify(broken, usual)).toMatchObject({ classification: 'error', failed: false });
  expect(classify(broken, usual, { critical: true }).criticalFailure).toBe(true);
  expect(classify(broken, usual, { mustHaveData: true }).failed).toBe(true);
});

test('fewer points than are wanted are no data', () => {
  expect(classify([5, 6, 7], usual, {}, 4)).toMatchObject({
    classification: 'nodata',
    because: 'latency: the candidate has 3 of 4 points that are needed',
  });
  expect(classify([5, 6, 7, 8], usual, {}, 4).classification).toBe('low');
});

test('what is far out goes, and only that', () => {
  // 120 points, one in a hundred may be odd before the 99th percentile is itself odd.
  const calm = Array.from({ length: 119 }, (_, index) => 100 + (index % 20));
  const spiked = [...calm, 100_000];
  const bounds: Partial<MannWhitneyMetric> = {
    effectSize: { measure: 'meanRatio', allowedIncrease: 1.2 },
  };
  const ratio = (strategy: 'keep' | 'remove', factor: number) =>
    classify(spiked, calm, { ...bounds, outliers: { strategy, factor } }).effectSize;
  expect(ratio('keep', 3)).toBeGreaterThan(5);
  expect(ratio('remove', 1e6)).toBeGreaterThan(5);
  // Without the spike the two are the same, so that there is nothing to tell.
  expect(ratio('remove', 3)).toBeNull();
});

test('percentiles are of type 6', () => {
  // (n + 1)p between the points: of 1 to 9, the quartiles are 2.5 and 7.5.
  const values = sorted([9, 8, 7, 6, 5, 4, 3, 2, 1]);
  const shares = [0.25, 0.5, 0.75, 0.01, 0.99, 0.35];
  expect(shares.map((share) => percentile(values, share))).toEqual([2.5, 5, 7.5, 1, 9, 3.5]);
  expect(percentile(sorted([4]), 0.75)).toBe(4);
});

test('rare errors that became more are seen, though most minutes have none on both sides', () => {
  const minutes = (every: number) =>
    Array.from({ length: 200 }, (_, index) => (index % every === 0 ? 1 + (index % 3) : 0));
  const more = classify(minutes(4), minutes(20), { name: 'errors', direction: 'increase' });
  expect(more.test).toMatchObject({ shift: 0, low: 0, high: 0 });
  expect(more.classification).toBe('high');
  expect(more.because).toMatch(/^errors: higher than the baseline \(shift 0, p 2\.265e-8, /);
  expect(classify(minutes(20), minutes(4)).classification).toBe('low');
  expect(classify(minutes(20), minutes(4), { direction: 'increase' }).classification).toBe('pass');
  expect(classify(minutes(4), minutes(5)).classification).toBe('pass');
  const bounded = { effectSize: { measure: 'meanRatio', allowedIncrease: 8 } } as const;
  expect(classify(minutes(4), minutes(20), bounded).classification).toBe('pass');
});
