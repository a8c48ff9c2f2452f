import { expect, test } from 'vitest';
import { decideRollout } from './decide.ts';
import { firstMove } from './decide-look.ts';
import { fresh, intentsOf, old, snapshot, start, words } from './fixture.ts';
import { World } from './fixture-world.ts';

test('a canary goes through its steps and both waves, and lets the old version go at the end', () => {
  const world = new World(snapshot());
  expect(world.settle().because).toBe(
    'Paused by its plan (step 2 of 3) for 1m, until 10:01:00 UTC',
  );
  expect(world.intent('eu-1')).toBe(`${old}:2@80 ${fresh}:1@20`);
  expect(world.intent('us-1')).toBe(`${old}:2@100`);
  expect(world.last?.wakeAt).toEqual(new Date('2026-01-05T10:01:00.000Z'));
  world.advance(60_000).settle();
  expect(world.intent('eu-1')).toBe(`${old}:2@0 ${fresh}:2@100`);
  expect(world.intent('us-1')).toBe(`${old}:2@80 ${fresh}:1@20`);
  const end = world.advance(60_000).settle();
  expect(end).toMatchObject({ phase: 'succeeded', terminal: true, wakeAt: null });
  expect(end.wake).toEqual(['delivery/checkout@production']);
  expect(world.intent('eu-1')).toBe(`${fresh}:2@100`);
  expect(world.intent('us-1')).toBe(`${fresh}:2@100`);
  expect(world.writes).toContainEqual({ table: 'stables', release: fresh });
});

test('traffic comes after readiness, never before', () => {
  const world = new World(snapshot());
  world.unready.set('eu-1', 0);
  expect(world.settle().because).toBe(
    `Waiting for the replica of ${fresh} on eu-1 to become ready: waiting for /readyz`,
  );
  expect(world.intent('eu-1')).toBe(`${old}:2@100 ${fresh}:1@0`);
  world.unready.clear();
  world.report();
  world.settle();
  expect(world.intent('eu-1')).toBe(`${old}:2@80 ${fresh}:1@20`);
});

test('a release that never becomes ready is held, then rolled back at the deadline', () => {
  // That an agent falls silent is told by nobody, so it looks again when that would be.
  const silentAt = new Date('2026-01-05T10:00:12.000Z');
  const world = new World(snapshot()).patch('eu-1', { silentAt });
  world.unready.set('eu-1', 0);
  const held = world.settle();
  expect(held.wakeAt).toEqual(silentAt);
  expect(world.advance(599_999).settle().phase).toBe('progressing');
  expect(world.last?.wakeAt).toEqual(new Date('2026-01-05T10:10:00.000Z'));
  world.advance(1).settle();
  expect(world.snapshot.state.retreat?.because).toContain('no progress for 10m (progressDeadline)');
  expect(world.effects.map((effect) => effect.kind)).toEqual(['git.revert']);
});

test('a failed analysis moves traffic back, cancels, quarantines and reverts in one decision', () => {
  const strategy = {
    canary: {
      steps: [{ setWeight: 20 }, { analysis: { templates: ['errors'], args: {} } }],
    },
  };
  const world = new World(snapshot({ strategy }));
  world.settle();
  expect(world.last?.because).toBe('Waiting for analysis ro-1/0/step-1: measuring');
  const back = world.verdict('failed', 'errorRate 0.05 was over 0.01 (3 of 3)').decide();
  expect(back.phase).toBe('rollingBack');
  expect(words(intentsOf(back)['eu-1'])).toBe(`${old}:2@100 ${fresh}:1@0`);
  expect(back.because).toBe(
    `Analysis ro-1/0/step-1 failed: errorRate 0.05 was over 0.01 (3 of 3); going back to ${old}.`,
  );
  expect(back.effects).toHaveLength(1);
  expect(back.effects?.[0]?.payload).toMatchObject({ restore: old, release: fresh });
  expect(back.writes).toContainEqual(
    expect.objectContaining({ table: 'quarantines', release: fresh }),
  );
  expect(back.events?.map((event) => event.type)).toEqual(['rollout.rollingBack']);
});

test('an open rollout decides the same twice', () => {
  expect(decideRollout(snapshot(), start)).toEqual(decideRollout(snapshot(), start));
});

test('a table without an answer is a defect, and says which', () => {
  const look = { snapshot: snapshot(), state: snapshot().state, steps: [], now: start.getTime() };
  expect(() => firstMove([{ name: 'never', decide: () => null }], look)).toThrow(
    'no rule of never',
  );
});

test('one more ready replica starts the progress deadline anew; one that comes and goes does not', () => {
  const strategy = { canary: { steps: [{ setWeight: 100 }] } };
  const world = new World(snapshot({ strategy, replicas: 3, stable: old }));
  world.unready.set('eu-1', 0);
  world.settle();
  const ready = (count: number) => {
    world.unready.set('eu-1', count);
    world.report();
    return world.settle();
  };
  world.advance(599_000);
  expect(ready(1).phase).toBe('progressing');
  expect(world.snapshot.state.mostReady).toBe(1);
  world.advance(599_000);
  expect(ready(2).phase).toBe('progressing');
  world.advance(500_000);
  ready(0);
  expect(ready(2).phase).toBe('progressing');
  expect(world.advance(99_999).settle().phase).toBe('progressing');
  expect(world.advance(1).decide()).toMatchObject({ phase: 'rollingBack' });
  expect(world.snapshot.state.mostReady).toBe(2);
});
