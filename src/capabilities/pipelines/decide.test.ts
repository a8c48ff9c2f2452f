import { expect, test } from 'vitest';
import { openWorld, specOf, start, statuses, step, typesOf } from './runs.fixture.ts';

test('a chain of steps that end at once is through in one look', () => {
  const spec = specOf({
    steps: [step('build'), step('test', { needs: ['build'] }), step('ship', { needs: ['test'] })],
  });
  const world = openWorld(spec);
  world.settle();
  expect(world.looks).toBe(1);
  expect(statuses(world)).toEqual({ build: 'succeeded', test: 'succeeded', ship: 'succeeded' });
  expect(world.state.phase).toBe('succeeded');
  expect(world.state.endedAt).toBe(new Date(start).toISOString());
  expect(world.last?.terminal).toBe(true);
  expect(typesOf(world)).toEqual(['run.started', 'run.succeeded']);
});
