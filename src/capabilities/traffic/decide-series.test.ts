import { expect, test } from 'vitest';
import { quantile } from '../../integrations/metric-source/router/histogram.ts';
import { decideSeries, type Series } from './decide-series.ts';
import type { Cell, Share } from './types.ts';

const at = (seconds: number): Date => new Date(seconds * 1000);
const cell = (seconds: number, release: string, change: Partial<Cell> = {}): Cell => {
  return { at: at(seconds), release, requests: 0, errors: 0, latency: {}, ...change };
};
const share = (seconds: number, target: string, release: string, weight: number): Share => {
  return { at: at(seconds), target, release, weight };
};
const series = (change: Partial<Series>): Series => ({
  range: { from: 0, to: 60_000, step: 2 },
  releases: [
    { release: 'r-2', role: 'candidate' },
    { release: 'r-1', role: 'stable' },
  ],
  targets: ['eu-1', 'us-1'],
  cells: [],
  shares: [],
  quantile,
  ...change,
});
const short = (change: Partial<Series>) =>
  decideSeries(series(change)).map(({ at: time, release, weight, requests, rps }) => {
    return [Date.parse(time) / 1000, release, weight, requests, rps];
  });

test('each cell has a point for each release, in order, also for one that served nothing', () => {
  const cells = [cell(4, 'r-1', { requests: 7 }), cell(2, 'r-2', { requests: 1 }), cell(2, 'r-1')];
  expect(short({ cells })).toEqual([
    [2, 'r-2', 0, 1, 0.5],
    [2, 'r-1', 100, 0, 0],
    [4, 'r-2', 0, 0, 0],
    [4, 'r-1', 100, 7, 3.5],
  ]);
  expect(short({})).toEqual([]);
});

test('a weight is the mean of what the targets gave it last, and stays', () => {
  const cells = [0, 2, 10].map((seconds) => cell(seconds, 'r-2'));
  const shares = [
    share(-100, 'us-1', 'r-1', 80),
    share(0, 'eu-1', 'r-2', 10),
    share(0, 'eu-1', 'r-1', 90),
    share(2, 'eu-1', 'r-2', 25),
    share(3, 'eu-1', 'r-1', 75),
  ];
  expect(short({ cells, shares }).map(([time, , weight]) => [time, weight])).toEqual([
    ...[
      [0, 5],
      [0, 85],
    ],
    ...[
      [2, 12.5],
      [2, 77.5],
    ],
    ...[
      [10, 12.5],
      [10, 77.5],
    ],
  ]);
  expect(short({ cells: [cell(0, 'r-2')], targets: [] })[1]).toEqual([0, 'r-1', 0, 0, 0]);
});

test('figures are those of the cell', () => {
  const latency = { '0.5': 10, '0.1': 80, '+Inf': 10 };
  const [candidate, stable] = decideSeries(
    series({ cells: [cell(0, 'r-2', { requests: 100, errors: 5, latency })] }),
  );
  expect(candidate).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    ...{ release: 'r-2', weight: 0, requests: 100, rps: 50, errorRate: 0.05 },
    ...{ p50: 0.0625, p95: 0.5, p99: 0.5 },
  });
  expect(stable).toMatchObject({ requests: 0, errorRate: null, p50: null, p95: null, p99: null });
  const wrong = decideSeries(series({ cells: [cell(0, 'r-2', { requests: 1, errors: 9 })] }));
  expect(wrong[0]).toMatchObject({ errorRate: 1 });
});

test('of the cell under way only the time that is over counts, and at least a second', () => {
  const cells = [cell(40, 'r-2', { requests: 30 })];
  const rate = (to: number) => short({ cells, range: { from: 0, to, step: 20 } })[0]?.[4];
  expect([40_100, 45_000, 60_000, 90_000].map(rate)).toEqual([30, 6, 1.5, 1.5]);
});
