import { expect, test } from 'vitest';
import type { MetricAnswer } from '../../integrations/metric-source/port.ts';
import { figures } from '../../integrations/metric-source/router/figures.ts';
import type { Json } from '../../platform/ids/types.ts';
import { begin } from './backtests.fixture.ts';
import { countExposure, noExposure, requestsBetween } from './decide-exposure.ts';
import { mergeRouter } from './decide-merge.ts';

const side = (requests: number, errors: number, counts: readonly number[], le = [0.1, 1]) => ({
  ...{ requests, errors, errorRate: errors / requests, rps: requests / 10 },
  ...{ p50: 0, p95: 0, p99: 0, latency: { le, counts } },
});

test('answers of the router are put together as it would have counted', () => {
  const before = { result: side(100, 5, [50, 100, 100]), stable: null };
  const now = { result: side(300, 5, [300, 300, 300]), stable: side(10, 0, [10, 10, 10]) };
  const merged = mergeRouter(before, now, figures);
  expect(merged?.result).toMatchObject({
    requests: 400,
    errors: 10,
    errorRate: 0.025,
    rps: 20,
    latency: { le: [0.1, 1], counts: [350, 400, 400] },
  });
  expect(merged).toHaveProperty('result.p50', expect.closeTo(0.1 * (200 / 350)));
  expect(merged?.stable).toEqual(now.stable);
});

test.each<[string, Json, Json]>([
  ['bounds that differ', side(1, 0, [1, 1, 1]), side(1, 0, [1, 1, 1], [0.2, 1])],
  ['a histogram that is missing', side(1, 0, [1, 1, 1]), { requests: 1, errors: 0, latency: null }],
  [
    'a histogram of another make',
    side(1, 0, [1, 1, 1]),
    { ...side(1, 0, [1]), latency: { le: 3 } },
  ],
])('%s make no percentile', (_name, before, now) => {
  const merged = mergeRouter({ result: before }, { result: now }, figures);
  expect(merged?.result).toMatchObject({ requests: 2, p95: null, latency: null });
});

test('a time without requests adds nothing', () => {
  const one = { result: side(1, 0, [1, 1, 1]), stable: null };
  expect(mergeRouter(null, one, figures)).toBe(one);
  expect(mergeRouter(one, null, figures)).toBe(one);
  expect(mergeRouter(null, null, figures)).toBeNull();
});

const counted = (of: { readonly [target: string]: readonly [string, number] }): MetricAnswer => ({
  ...{ ok: true, value: null, query: '' },
  baseline: {
    at: 0,
    counted: Object.fromEntries(
      Object.entries(of).map(([key, [epoch, requests]]) => [key, { epoch, requests }]),
    ),
  },
});

test('requests are counted once, over restarts and targets that were silent', () => {
  const answers: MetricAnswer[] = [
    counted({ 'eu/new': ['a', 10], 'eu/old': ['a', 900] }),
    counted({ 'eu/new': ['a', 10], 'us/new': ['b', 5] }),
    counted({ 'eu/new': ['c', 3], 'us/new': ['b', 4] }),
    counted({ 'eu/new': ['c', 3], 'us/new': ['b', 7] }),
    { ok: true, value: null, query: '', baseline: null },
  ];
  const exposure = answers.reduce(
    (sum, answer, at) => countExposure(sum, answer, new Date(begin.getTime() + at)),
    noExposure('new'),
  );
  expect(exposure.grown.map(({ requests }) => requests)).toEqual([10, 5, 3, 2]);
  expect(requestsBetween(exposure, begin.getTime(), begin.getTime() + 2)).toBe(8);
  expect(requestsBetween(noExposure('new'), 0, 1)).toBeNull();
});
