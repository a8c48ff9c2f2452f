import { expect, test } from 'vitest';
import type { Traffic, TrafficPoint } from '../../../../src/contract/api/traffic.ts';
import { chartOf, formats, newest } from './series.ts';
import { merged } from './traffic.ts';

const at = (second: number): string => new Date(second * 1000).toISOString();
const point = (
  second: number,
  release: string,
  more: Partial<TrafficPoint> = {},
): TrafficPoint => ({
  ...{ at: at(second), release, weight: 20, requests: 10, rps: 2, errorRate: 0 },
  ...{ p50: 0.01, p95: 0.02, p99: 0.03, ...more },
});
const mark = (id: number) => ({ id, at: at(id), type: 'rollout.weight', label: '', because: '' });
const traffic = (points: readonly TrafficPoint[], more: Partial<Traffic> = {}): Traffic => ({
  ...{ from: at(0), to: at(60), step: 5, marks: [], cursor: '0.0' },
  releases: [
    { release: 'r-2', role: 'candidate' },
    { release: 'r-1', role: 'stable' },
  ],
  points: [...points],
  ...more,
});

test('all lines stand on one time axis; a share stays, a rate is not known', () => {
  const points = [point(5, 'r-1', { weight: 80 }), point(10, 'r-2'), point(15, 'r-1', { rps: 7 })];
  const weight = chartOf(traffic(points), 'weight');
  expect(weight.times).toEqual([5, 10, 15]);
  expect(weight.lines.map(({ release, role, values }) => [release, role, values])).toEqual([
    ['r-2', 'candidate', [null, 20, 20]],
    ['r-1', 'stable', [80, 80, 20]],
  ]);
  const rps = chartOf(traffic(points), 'rps');
  expect(rps.lines.map(({ values }) => values)).toEqual([
    [null, 2, null],
    [2, null, 7],
  ]);
  expect(rps.lines.map(newest)).toEqual([2, 7]);
});

test('a release without a point has a line without values', () => {
  expect(chartOf(traffic([]), 'p95')).toMatchObject({ times: [], lines: [{ values: [] }, {}] });
  expect(newest({ release: 'r-2', role: 'candidate', values: [null, null] })).toBeNull();
});

test.each([
  ['weight', 33.3333, '33.3 %'],
  ['weight', 0, '0 %'],
  ['rps', 1234.5, '1235/s'],
  ['rps', 0.0123456, '0.0123/s'],
  ['errorRate', 0.0051, '0.51 %'],
  ['p50', 0.0123, '12.3 ms'],
  ['p95', 0.99, '990 ms'],
  ['p99', 1.5, '1.5 s'],
] as const)('%s %d is written %s', (figure, value, text) => {
  expect(formats[figure](value)).toBe(text);
});

test('news are added, and a point that has grown replaces itself', () => {
  const before = traffic([point(5, 'r-1'), point(10, 'r-1', { requests: 1 })], {
    marks: [mark(1)],
  });
  const news = traffic([point(15, 'r-1'), point(10, 'r-1', { requests: 9 }), point(10, 'r-2')], {
    ...{ from: at(10), cursor: '3.3', marks: [mark(2), mark(1)] },
  });
  const now = merged(before, news);
  expect(now.points.map((one) => [one.at, one.release, one.requests])).toEqual([
    [at(5), 'r-1', 10],
    [at(10), 'r-1', 9],
    [at(10), 'r-2', 10],
    [at(15), 'r-1', 10],
  ]);
  expect(now).toMatchObject({ from: at(0), cursor: '3.3', marks: [{ id: 1 }, { id: 2 }] });
});

test('wider points are the whole anew, and the first are what there is', () => {
  const news = traffic([point(10, 'r-1')], { step: 10 });
  expect(merged(traffic([point(5, 'r-1')]), news)).toBe(news);
  expect(merged(null, news)).toBe(news);
});
