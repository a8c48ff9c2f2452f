import { expect, test } from 'vitest';
import type { Simulated } from './schema.ts';
import { harmWords, percent, seriesOf } from './series.ts';
import { simulationSvg } from './svg.ts';

const share = (count: number) => ({ count, share: count / 10, low: 0, high: 1 });
const simulated = (harm: Simulated['harm'], caught: number, exposed: number): Simulated => ({
  ...{ harm, runs: 10, complete: true, caught: share(caught), passed: share(10 - caught) },
  ...{ unclear: share(0), timeToCatch: null, timeToPass: null, exposed, steps: [] },
});
const results = [
  simulated({}, 0, 9_000),
  simulated({ errorRate: 0.01 }, 4, 5_000),
  simulated({ errorRate: 0.05 }, 10, 150),
  simulated({ latency: 0.2 }, 8, 700),
];

test('results become one series for each kind of harm, and no harm begins them all', () => {
  const words = seriesOf(results).map(({ name, points }) => [name, points.map((one) => one.label)]);
  expect(words).toEqual([
    ['errors', ['none', '1 %', '5 %']],
    ['latency', ['none', '+20 %']],
  ]);
  expect(harmWords({ errorRate: 0.005, latency: 0.1 })).toBe('0.5 % +10 %');
  expect([0, 0.00123, 0.1234, 0.996, 1].map(percent)).toEqual([
    '0 %',
    '0.12 %',
    '12 %',
    '99.6 %',
    '100 %',
  ]);
});

/** Names of the elements in their order; fails where marks do not pair up or a text holds one. */
function elementsOf(svg: string): readonly string[] {
  const open: string[] = [];
  const names: string[] = [];
  const mark = /([^<>]*)(?:<(\/?)([a-z]+)((?: [a-zA-Z-]+="[^"<>]*")*)(\/?)>|$)/g;
  for (const [, text = '', close, name = '', , empty] of svg.matchAll(mark)) {
    expect(text.replaceAll(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
    if (name === '') continue;
    if (close) expect(open.pop()).toBe(name);
    else names.push(name);
    if (!close && !empty) open.push(name);
  }
  expect(open).toEqual([]);
  expect(svg.replaceAll(mark, '')).toBe('');
  return names;
}

test('the picture is well-formed, says what it shows, and runs nothing', () => {
  const svg = simulationSvg(
    seriesOf(results),
    'a "strategy" </title><script>alert(1)</script> & more',
  );
  const names = elementsOf(svg);
  expect(names.slice(0, 4)).toEqual(['svg', 'title', 'desc', 'style']);
  expect(names).not.toContain('script');
  // Two plots for each of the series, with a dot for each of its points.
  expect(names.filter((name) => name === 'circle')).toHaveLength(2 * (3 + 2));
  expect(svg).toContain('none, caught 0 %, 9000 requests exposed; 1 %, caught 40 %');
  expect(svg).toContain('chance to be caught');
  expect(svg).toContain('share of the candidate&#39;s requests that fail');
  expect(svg).toContain('prefers-color-scheme:dark');
  expect(svg).not.toContain('NaN');
});

test('worse harm stands further to the right, and what is caught more often higher', () => {
  const svg = simulationSvg(seriesOf(results.slice(0, 3)), 'plot');
  const dots = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].slice(0, 3);
  const [x, y] = [dots.map((dot) => Number(dot[1])), dots.map((dot) => Number(dot[2]))];
  expect(x).toEqual(x.toSorted((a, b) => a - b));
  expect(y).toEqual(y.toSorted((a, b) => b - a));
  expect(new Set([...x, ...y]).size).toBe(6);
});

test('a picture of nothing is a picture still', () => {
  expect(elementsOf(simulationSvg([], 'nothing'))).toContain('svg');
});
