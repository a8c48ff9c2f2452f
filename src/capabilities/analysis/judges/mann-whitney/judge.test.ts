import { expect, test } from 'vitest';
import { alike, raised, series, settings, usual } from './judge.fixture.ts';
import { judgeMannWhitney } from './judge.ts';
import type { MannWhitneyMetric } from './types.ts';

type From = Partial<MannWhitneyMetric>;
const good = (name: string, from: From = {}) => series(alike, usual, { name, ...from });
const bad = (name: string, from: From = {}) => series(raised(40), usual, { name, ...from });
const silent = (name: string, from: From = {}) => series([], usual, { name, ...from });

test('all good passes', () => {
  expect(judgeMannWhitney([good('a'), good('b')], settings())).toMatchObject({
    verdict: 'pass',
    score: 100,
    because: 'score 100 reaches 95: 2 of 2 metrics passed, none failed',
  });
});

test('the score is the share that passed, and names what did not', () => {
  const all = [good('a'), good('b'), good('c'), bad('d')];
  const result = judgeMannWhitney(all, settings());
  expect(result).toMatchObject({ verdict: 'marginal', score: 75 });
  expect(result.because).toMatch(/^score 75 reaches 75, not 95: d: higher than the baseline \(/);
  const worse = judgeMannWhitney([...all, bad('e')], settings());
  expect(worse).toMatchObject({ verdict: 'fail', score: 60 });
  expect(worse.because).toMatch(/^score 60 does not reach 75: d: .*; e: /);
});

test('thresholds are reached when they are equalled', () => {
  const half = [good('a'), bad('b')];
  expect(judgeMannWhitney(half, settings({ pass: 50 })).verdict).toBe('pass');
  expect(judgeMannWhitney(half, settings({ marginal: 50 })).verdict).toBe('marginal');
  expect(judgeMannWhitney(half, settings({ marginal: 50.01 })).verdict).toBe('fail');
});

test('groups weigh what they are given; the others share what is left', () => {
  const all = [
    good('a', { group: 'errors' }),
    bad('b', { group: 'latency' }),
    good('c', { group: 'cpu' }),
    bad('d', { group: null }),
  ];
  const result = judgeMannWhitney(all, settings({ groups: { errors: 50, latency: 20 } }));
  expect(result.groups).toEqual([
    { name: 'errors', score: 100, weight: 50, noData: false },
    { name: 'latency', score: 0, weight: 20, noData: false },
    { name: 'cpu', score: 100, weight: 15, noData: false },
    { name: 'ungrouped', score: 0, weight: 15, noData: false },
  ]);
  expect(result.score).toBe(65);
  // Weights that use up everything leave nothing, and not less than nothing.
  const full = judgeMannWhitney(all, settings({ groups: { errors: 90, latency: 20 } }));
  expect(full.groups.map((group) => group.weight)).toEqual([90, 20, 0, 0]);
});

test('the score has two decimals', () => {
  const all = [good('a'), good('b'), bad('c')];
  expect(judgeMannWhitney(all, settings()).score).toBe(66.67);
});

test('one critical failure makes it 0, whatever the rest', () => {
  const all = [good('a'), good('b'), bad('c', { critical: true })];
  const result = judgeMannWhitney(all, settings({ pass: 0, marginal: 0 }));
  expect(result).toMatchObject({ verdict: 'fail', score: 0 });
  expect(result.because).toMatch(/^critical c: higher than the baseline .*; the score is 0$/);
  expect(judgeMannWhitney([good('a'), silent('b', { critical: true })], settings()).because).toBe(
    'critical b: the candidate has 0 of 1 points that are needed; the score is 0',
  );
});

test('no data does not count in a group until half of all have none', () => {
  const few = judgeMannWhitney([good('a'), good('b'), silent('c')], settings());
  expect(few).toMatchObject({ verdict: 'pass', score: 100 });
  expect(few.because).toBe('score 100 reaches 95: 2 of 3 metrics passed, none failed');
  const half = judgeMannWhitney([good('a'), silent('c')], settings());
  expect(half).toMatchObject({ verdict: 'fail', score: 0 });
  expect(half.because).toBe('1 of 2 metrics have no data that can be compared; the score is 0');
});

test('a group without data takes nothing away; what must have data does', () => {
  const groups = { errors: 60, cpu: 40 };
  const all = [
    good('a', { group: 'errors' }),
    good('b', { group: 'errors' }),
    silent('c', { group: 'cpu' }),
  ];
  expect(judgeMannWhitney(all, settings({ groups })).score).toBe(100);
  const needed = [...all.slice(0, 2), silent('c', { group: 'cpu', mustHaveData: true })];
  expect(judgeMannWhitney(needed, settings({ groups })).score).toBe(60);
});

test('nothing at all never passes', () => {
  expect(judgeMannWhitney([], settings())).toMatchObject({
    verdict: 'fail',
    because: 'there is nothing to compare; the score is 0',
  });
  const zeros = series([null, null], [null], { nanStrategy: 'replace' });
  expect(judgeMannWhitney([zeros], settings())).toMatchObject({
    verdict: 'fail',
    because: 'no metric has a value of the candidate; the score is 0',
  });
  // Beside a metric that has values, zeros for what was not counted are as good as any.
  expect(judgeMannWhitney([zeros, good('b')], settings()).verdict).toBe('pass');
});
