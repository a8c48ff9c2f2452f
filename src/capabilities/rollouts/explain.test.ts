import { expect, test } from 'vitest';
import { explainRollout } from './explain.ts';
import { fresh, old, reverted, snapshot, status, strategy, version } from './fixture.ts';
import { World } from './fixture-world.ts';

const explain = (world: World) => explainRollout(world.snapshot, world.now);
const because = (world: World, fact: string) =>
  explain(world).find((one) => one.fact.includes(fact))?.because;

test('the first fact is the decision itself', () => {
  const world = new World(snapshot());
  world.settle();
  const [first] = explain(world);
  expect(first).toEqual({
    fact: 'It is paused',
    because: 'Paused by its plan (step 2 of 3) for 1m, until 10:01:00 UTC',
  });
  expect(because(world, 'wave 1 of 2 (eu-1), step 2 of 3')).toBe(
    'its strategy says so, with the candidate at 20 %',
  );
  expect(because(world, 'looks again by itself at 10:01:00 UTC')).toContain(
    'progressDeadline of 10m',
  );
  expect(
    because(world, `eu-1 serves ${old} at 80 % (2 of 2 ready), ${fresh} at 20 % (1 of 1 ready)`),
  ).toBe('it does what is asked of it');
  expect(because(world, `for ${fresh}`)).toContain(
    'by Ada declares it in environments/production/checkout.yaml of config',
  );
});

test('targets: unreached, lagging, troubled, silent', () => {
  const world = new World(snapshot());
  world.settle();
  world.patch('eu-1', { connected: false });
  expect(because(world, 'eu-1 serves')).toBe(
    'its agent is out of reach; this is what it said last',
  );
  expect(because(world, 'out of reach')).toContain('maxUnavailable is 0');
  world.patch('eu-1', { connected: true, status: status('eu-1', 1, []) });
  expect(because(world, 'eu-1 serves nothing')).toContain('(it is at 1)');
  world.patch('eu-1', {
    status: status('eu-1', 99, [version(fresh, 0, 0, { message: 'exited with code 1' })]),
  });
  expect(because(world, 'eu-1 serves')).toBe(`${fresh}: exited with code 1`);
  world.patch('eu-1', { status: null });
  expect(because(world, 'eu-1 reported nothing yet')).toContain('never spoke');
});

test('freezes: in the way, exempt, overridden', () => {
  const freeze = { frozen: true, window: 'night', until: '2026-01-05T20:00:00.000Z' };
  const world = new World(snapshot({}, { freeze }));
  world.settle();
  expect(because(world, 'No further wave')).toBe('window night lasts until 20:00:00 UTC');
  world.snapshot = { ...world.snapshot, freeze: { ...freeze, until: null } };
  expect(because(world, 'No further wave')).toContain('its windows change');
  world.ask('overrideFreeze', { because: 'urgent' });
  expect(because(world, 'does not hold it')).toBe('user:ada overrode it: urgent');
  expect(because(new World(snapshot({ isRollback: true }, { freeze })), 'does not hold it')).toBe(
    'rollbacks are exempt',
  );
});

test('analyses, a missing verdict, and one that a person skipped', () => {
  const canary = {
    steps: [{ setWeight: 20 }, { analysis: { templates: ['errors'] } }, { pause: {} }],
  };
  const world = new World(snapshot({ strategy: strategy({ canary }) }));
  world.settle();
  expect(because(world, 'Analysis ro-1/0/step-1 is running')).toBe('measuring');
  world.verdict('inconclusive', 'no data');
  expect(because(world, 'A verdict is missing')).toBe(
    'analysis ro-1/0/step-1 is inconclusive: no data; onInconclusive is hold',
  );
  world.settle();
  world.ask('promote');
  expect(because(world, 'is inconclusive, and no longer counts')).toBe('no data');
  world.snapshot = { ...world.snapshot, analyses: [] };
  expect(because(world, 'Analysis ro-1/0/step-1 is gone')).toBe('its object is not there');
});

test('the way back, and how it ended', () => {
  const world = new World(snapshot());
  world.settle();
  world.follow = false;
  world.ask('abort', { because: 'looks wrong' });
  expect(because(world, 'goes back since 10:00:00 UTC')).toBe('user:ada aborted it: looks wrong');
  expect(because(world, 'Revert: pending')).toContain('dddddddddddd is on its way');
  world.follow = true;
  world.report();
  world.advance(1_500).settle();
  expect(because(world, 'Traffic was back after 2s')).toContain('looks wrong');
  world.outcome(reverted({ commit: 'e'.repeat(40) }));
  expect(explain(world)[0]?.fact).toBe('It is over: aborted');
  expect(because(world, 'Revert: done')).toBe('commit eeeeeeeeeeee reverts dddddddddddd');
});

test('fast tracks and first releases say why they have no steps', () => {
  expect(because(new World(snapshot({ fastTrack: true })), 'no steps')).toContain('fast track');
  expect(because(new World(snapshot({ stable: null })), 'no steps')).toContain(
    'first release here',
  );
});
