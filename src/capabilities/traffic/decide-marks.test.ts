import { expect, test } from 'vitest';
import { decideMarks } from './decide-marks.ts';
import { decideNews, nothingSent } from './decide-news.ts';

test.each([
  ['rollout.weight', { step: 0, wave: 0, weight: 25 }, 'weight 25 %'],
  ['rollout.step', { step: 1, wave: 0, weight: 50 }, 'step 2, 50 %'],
  ['rollout.wave', { step: 0, wave: 1, weight: 0 }, 'wave 2'],
  ['rollout.rollingBack', { step: 0, wave: 0, weight: 0 }, 'rolling back'],
  ['rollout.opened', null, 'opened'],
  ['analysis.failed', { phase: 'failed' }, 'analysis failed'],
  ['rollout.weight', { weight: 'much' }, 'weight'],
])('a mark of %s %j is called %s', (type, after, label) => {
  const event = { id: 7, at: new Date(0), type, because: 'so', after };
  const at = '1970-01-01T00:00:00.000Z';
  expect(decideMarks([event])).toEqual([{ id: 7, at, type, label, because: 'so' }]);
});

const point = (at: string, requests: number) => ({
  ...{ at, release: 'r-1', weight: 100, requests, rps: requests },
  ...{ errorRate: null, p50: null, p95: null, p99: null },
});
const mark = (id: number) => ({ id, at: 'a', type: 't', label: 'l', because: 'b' });

test('news is what was not sent, or otherwise', () => {
  const first = { step: 2, points: [point('a', 1), point('b', 1)], marks: [mark(1)] };
  const one = decideNews(nothingSent, first);
  expect(one.news).toEqual({ points: first.points, marks: first.marks });
  expect(decideNews(one.sent, first).news).toEqual({ points: [], marks: [] });
  const second = { step: 2, points: [point('b', 2), point('c', 1)], marks: [mark(1), mark(2)] };
  const two = decideNews(one.sent, second);
  expect(two.news).toEqual({ points: second.points, marks: [mark(2)] });
  expect(decideNews(two.sent, { ...second, step: 4 }).news.points).toEqual(second.points);
});
