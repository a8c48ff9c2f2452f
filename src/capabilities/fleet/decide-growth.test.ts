import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quantile } from '../../integrations/metric-source/router/histogram.ts';
import { decideSeries } from '../traffic/decide-series.ts';
import { decideGrowth } from './decide-growth.ts';
import { statusOf } from './test/fixtures.ts';
import { type Counters, type Status, trafficWidth, type VersionStatus } from './types.ts';

const le = [0.1, 0.5, 1];
const counters = (
  requests: number,
  errors: number,
  counts: readonly number[],
  epoch = 'e',
): Counters => ({ epoch, requests, errors, latency: { le, counts, sumSeconds: 0 } });
const none = counters(0, 0, [0, 0, 0, 0]);
const version = (weight: number, counted: Counters, release = 'r-1'): VersionStatus => {
  return { release, replicas: 2, ready: 1, weight, message: '', counters: counted };
};
const status = (...versions: readonly VersionStatus[]): Status => statusOf('eu-1', 1, { versions });

const before = version(100, counters(100, 10, [50, 90, 95, 100]));
const all = { requests: 4, errors: 1, latency: { '0.1': 4 } };
const small = counters(4, 1, [4, 4, 4, 4]);

test.each<[string, VersionStatus | null, VersionStatus, object | null]>([
  [
    'what was counted since, by bound, and the bound below with nothing',
    before,
    version(100, counters(110, 12, [50, 90, 103, 110])),
    { requests: 10, errors: 2, latency: { '0.5': 0, '1': 8, '+Inf': 2 } },
  ],
  ['all of it without a report before', null, version(100, small), all],
  ['all of it in a new epoch', before, version(100, { ...small, epoch: 'f' }), all],
  ['all of it after a fall of requests', before, version(100, small), all],
  [
    'all of it after a fall of errors',
    before,
    version(100, counters(100, 9, [100, 100, 100, 100])),
    { requests: 100, errors: 9, latency: { '0.1': 100 } },
  ],
  [
    'all of it after a fall in a bucket',
    before,
    version(100, counters(100, 10, [0, 90, 95, 100])),
    { requests: 100, errors: 10, latency: { '0.1': 0, '0.5': 90, '1': 5, '+Inf': 5 } },
  ],
  [
    'all of it with other buckets',
    before,
    version(100, {
      ...counters(100, 10, [100, 100]),
      latency: { le: [2], counts: [100, 100], sumSeconds: 0 },
    }),
    { requests: 100, errors: 10, latency: { '2': 100 } },
  ],
  ['nothing without growth', before, before, null],
  ['another weight', before, { ...before, weight: 40 }, { requests: 0, latency: {}, weight: 40 }],
  ['a first weight', null, version(10, none), { requests: 0, weight: 10 }],
  ['nothing of one that waits for traffic', null, version(0, none), null],
  [
    'counts that fall from bound to bound, of no use',
    null,
    version(100, counters(3, 0, [3, 1, 1, 1, 9])),
    { requests: 3, latency: { '0.1': 3 } },
  ],
  [
    'no more than can be added up',
    null,
    version(100, counters(2 ** 53 - 1, 2 ** 53 - 1, [2 ** 53 - 1])),
    { requests: 1e12, errors: 1e12, latency: { '0.1': 1e12 } },
  ],
])('growth is %s', (_name, old, current, expected) => {
  const rows = decideGrowth(old ? status(old) : undefined, status(current));
  const known = { application: 'shop', environment: 'production', target: 'eu-1', release: 'r-1' };
  expect(rows).toMatchObject(expected ? [{ ...known, ready: 1, replicas: 2, ...expected }] : []);
});

test('a release that went away has no weight, once', () => {
  const both = status(version(90, none), version(10, none, 'r-2'));
  const one = status(version(90, none));
  expect(decideGrowth(both, one)).toMatchObject([
    { release: 'r-2', requests: 0, weight: 0, ready: 0, replicas: 0 },
  ]);
  expect(decideGrowth(status(version(90, none), version(0, none, 'r-2')), one)).toEqual([]);
});

test('a release that is said twice counts as it was said last', () => {
  const rows = decideGrowth(undefined, status(version(90, small), version(10, small)));
  expect(rows).toMatchObject([{ weight: 10, ...all }]);
});

test('what is kept of a histogram has the quantiles of the whole', () => {
  const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
  const own = fc.array(fc.nat(50), { minLength: 11, maxLength: 11 });
  fc.assert(
    fc.property(own, own, (first, second) => {
      const counted = [first, second].map((counts) => {
        const sums = counts.map((_, at) => counts.slice(0, at + 1).reduce((a, b) => a + b));
        return { le: bounds, counts: sums, sumSeconds: 0 };
      });
      const cells = counted.flatMap((latency) => {
        const requests = latency.counts.at(-1) ?? 0;
        return decideGrowth(
          undefined,
          status(version(50, { epoch: 'e', requests, errors: 0, latency })),
        );
      });
      const latency: Record<string, number> = {};
      for (const cell of cells) {
        for (const [bound, n] of Object.entries(cell.latency))
          latency[bound] = (latency[bound] ?? 0) + n;
      }
      const [point] = decideSeries({
        range: { from: 0, to: 2_000, step: 2 },
        releases: [{ release: 'r-1', role: 'candidate' }],
        targets: ['eu-1'],
        cells: [{ release: 'r-1', at: new Date(0), requests: 1, errors: 0, latency }],
        shares: [],
        quantile,
      });
      const whole = {
        le: bounds,
        counts: bounds.concat(0).map((_, at) => {
          return counted.reduce((sum, { counts }) => sum + (counts[at] ?? 0), 0);
        }),
      };
      const expected = [0.5, 0.95, 0.99].map((share) => quantile(whole, share));
      expect([point?.p50, point?.p95, point?.p99]).toEqual(expected);
    }),
  );
});

test('buckets grow with the age of a rollout, and each holds whole ones of those before', () => {
  expect([0, 3_599, 3_600, 86_399, 86_400, 1e9].map(trafficWidth)).toEqual([
    2, 2, 20, 20, 120, 120,
  ]);
});
