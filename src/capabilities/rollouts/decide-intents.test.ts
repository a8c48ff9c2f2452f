import { expect, test } from 'vitest';
import { arrange, isServed, sameSpec } from './decide-intents.ts';
import { fresh, old, release, spec, status, steadyTarget, version, words } from './fixture.ts';
import type { TargetView } from './types.ts';

const extras = { candidate: fresh, routes: [], sticky: null, preview: false };
const split = (weight: number, needs = 2) => [
  { release: release(old), replicas: 2, weight: 100 - weight, needs: 1 },
  { release: release(fresh), replicas: 2, weight, needs },
];

/** A target that is asked for these weights and reports so many ready replicas. */
function target(asked: readonly [number, number], ready: readonly [number, number]): TargetView {
  return {
    name: 'eu-1',
    connected: true,
    silentAt: null,
    intent: { generation: 2, spec: spec([old, 2, asked[0]], [fresh, 2, asked[1]]) },
    status: status('eu-1', 2, [
      version(old, ready[0], asked[0]),
      version(fresh, ready[1], asked[1]),
    ]),
  };
}

test.each([
  ['all ready', [80, 20], [2, 2], 20, `${old}:2@80 ${fresh}:2@20`],
  [
    'its first traffic needs all of its replicas',
    [100, 0],
    [2, 1],
    20,
    `${old}:2@100 ${fresh}:2@0`,
  ],
  ['to keep traffic one replica is enough', [80, 20], [2, 1], 20, `${old}:2@80 ${fresh}:2@20`],
  ['the candidate lost all', [80, 20], [2, 0], 20, `${old}:2@100 ${fresh}:2@0`],
  ['the stable one lost all', [80, 20], [0, 1], 20, `${old}:2@0 ${fresh}:2@100`],
  ['both lost all', [80, 20], [0, 0], 20, `${old}:2@100 ${fresh}:2@0`],
  ['promoted, then lost', [0, 100], [1, 0], 100, `${old}:2@100 ${fresh}:2@0`],
  [
    'the stable one is dead and the candidate hardly ready',
    [100, 0],
    [0, 1],
    20,
    `${old}:2@0 ${fresh}:2@100`,
  ],
] as const)('%s', (_name, asked, ready, weight, expected) => {
  expect(words(arrange(target(asked, ready), split(weight), extras))).toBe(expected);
});

test('the readiest version from before stays with all traffic while nothing wanted is ready', () => {
  const view: TargetView = {
    name: 'eu-1',
    connected: true,
    silentAt: null,
    intent: { generation: 2, spec: spec(['r-a', 3, 10], ['r-b', 4, 90]) },
    status: status('eu-1', 2, [version('r-a', 3, 10), version('r-b', 4, 90)]),
  };
  expect(words(arrange(view, split(0), extras))).toBe(`${old}:2@0 ${fresh}:2@0 r-b:4@100`);
  expect(words(arrange(view, [], extras))).toBe('r-b:4@100');
  expect(words(arrange({ ...view, status: null }, [], extras))).toBe('');
});

test('routes and preview only go to a candidate that is there and ready', () => {
  const routes = [{ header: { name: 'x', exact: '1' } }];
  const wish = { ...extras, routes, preview: true };
  const ready = arrange(target([100, 0], [2, 2]), split(0), wish);
  expect(ready.preview).toBe(fresh);
  expect(ready.routes).toEqual([{ release: fresh, match: { header: { name: 'x', exact: '1' } } }]);
  expect(arrange(target([100, 0], [2, 0]), split(0), wish).routes).toEqual([]);
  expect(arrange(target([100, 0], [2, 2]), split(0).slice(0, 1), wish)).toMatchObject({
    preview: null,
    routes: [],
  });
});

test('specs are the same whatever the order of their keys', () => {
  const { versions, ...rest } = spec([old, 2, 100]);
  expect(sameSpec({ ...rest, versions }, spec([old, 2, 100]))).toBe(true);
  expect(sameSpec(spec([old, 2, 100]), spec([old, 3, 100]))).toBe(false);
});

test('served: the same spec, of this generation, with these weights', () => {
  const view = steadyTarget('eu-1');
  expect(isServed(view, spec([old, 2, 100]))).toBe(true);
  expect(isServed(view, spec([old, 2, 80], [fresh, 1, 20]))).toBe(false);
  expect(isServed({ ...view, status: null }, spec([old, 2, 100]))).toBe(false);
  expect(
    isServed(
      { ...view, intent: { generation: 2, spec: spec([old, 2, 100]) } },
      spec([old, 2, 100]),
    ),
  ).toBe(false);
  expect(isServed({ ...view, status: status('eu-1', 1, []) }, spec([old, 2, 100]))).toBe(false);
});
