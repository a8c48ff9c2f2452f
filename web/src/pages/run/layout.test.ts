import { expect, test } from 'vitest';
import type { RunStepView } from '../../../../src/contract/api/runs.ts';
import { linksOf, nodeSize, placesOf } from './layout.ts';

const step = (name: string, index: number | null = null): RunStepView => ({
  ...{ name, step: name.split('[')[0] ?? name, index, item: null, section: 'steps' },
  ...{ kind: 'shell', environment: null, status: 'pending', because: '', attempt: 0, rounds: 0 },
  ...{ outputs: {}, answers: [], startedAt: null, endedAt: null, wakeAt: null, actions: [] },
});
const graph = {
  steps: [step('build'), step('test'), step('test[0]', 0), step('test[1]', 1), step('ship')],
  edges: [
    { from: 'build', to: 'test', is: null },
    { from: 'test', to: 'ship', is: ['succeeded', 'skipped'] as const },
    { from: 'gone', to: 'ship', is: null },
  ].map((edge) => ({ ...edge, is: edge.is === null ? null : [...edge.is] })),
};

test('needs and instances are linked, and steps that are not there are not', () => {
  expect(linksOf(graph)).toEqual([
    { from: 'build', to: 'test', label: '' },
    { from: 'test', to: 'ship', label: 'succeeded or skipped' },
    { from: 'test', to: 'test[0]', label: '' },
    { from: 'test', to: 'test[1]', label: '' },
  ]);
});

test('a step stands to the right of what it needs, and none covers another', () => {
  const places = placesOf(graph);
  for (const { from, to } of linksOf(graph)) {
    const right = (places.get(from)?.x ?? Number.NaN) + nodeSize.width;
    expect(places.get(to)?.x).toBeGreaterThan(right);
  }
  const all = [...places.values()];
  expect(all).toHaveLength(graph.steps.length);
  for (const one of all) {
    const covered = all.filter(
      ({ x, y }) => Math.abs(x - one.x) < nodeSize.width && Math.abs(y - one.y) < nodeSize.height,
    );
    expect(covered).toEqual([one]);
  }
});

test('no steps have no places', () => {
  expect(placesOf({ steps: [], edges: [] }).size).toBe(0);
});
