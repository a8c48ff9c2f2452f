import { expect, test } from 'vitest';
import { fresh, old, snapshot, start, strategy } from './fixture.ts';
import { World } from './fixture-world.ts';
import type { FreezeView, RolloutPlan } from './types.ts';

const frozen: FreezeView = { frozen: true, window: 'weekend', until: '2026-01-06T08:00:00.000Z' };
const open: FreezeView = { frozen: false, window: '', until: null };
const quick = strategy({ canary: { steps: [{ setWeight: 50 }] } });
const watched = strategy({
  canary: { steps: [{ setWeight: 50 }], backgroundAnalysis: { templates: ['errors'] } },
});

const made = (over: Partial<RolloutPlan> = {}) => new World(snapshot({ strategy: quick, ...over }));

function freeze(world: World, view: FreezeView): World {
  world.snapshot = { ...world.snapshot, freeze: view };
  return world;
}

test('frozen before it starts: nothing is asked of any target, and it wakes when the window ends', () => {
  const world = freeze(made(), frozen);
  const decision = world.settle();
  expect(decision).toMatchObject({
    phase: 'pending',
    because: 'Frozen until 2026-01-06 08:00:00 UTC by window weekend, before wave 1 of 2 (first)',
    wakeAt: new Date('2026-01-06T08:00:00Z'),
  });
  expect(world.intent('eu-1')).toBe(`${old}:2@100`);
  world.advance(22 * 3_600_000);
  expect(freeze(world, open).settle().phase).toBe('succeeded');
});

test('the freeze is looked at again before each wave', () => {
  const waves = [
    { name: 'first', targets: ['eu-1'], soak: 60_000 },
    { name: 'rest', targets: ['us-1'], soak: 0 },
  ];
  const world = made({ waves });
  expect(world.settle().phase).toBe('soaking');
  freeze(world, { ...frozen, until: null });
  const held = world.advance(60_000).settle();
  expect(held).toMatchObject({ phase: 'paused', wakeAt: null });
  expect(held.because).toContain('before wave 2 of 2 (rest)');
  expect(world.intent('eu-1')).toBe(`${old}:2@0 ${fresh}:2@100`);
  world.ask('overrideFreeze', { because: '' });
  expect(world.last?.events).toMatchObject([
    { outcome: 'refused', because: 'Overriding a freeze needs a reason.' },
  ]);
  world.ask('overrideFreeze', { because: 'security fix' });
  expect(world.last?.because).toContain('though frozen: user:ada overrode it (security fix)');
  expect(world.settle().phase).toBe('succeeded');
});

test('a rollback is exempt from freezes', () => {
  expect(freeze(made({ isRollback: true }), frozen).settle().phase).toBe('succeeded');
});

test('the fast track takes every target at once, each as soon as it is ready there', () => {
  const world = made({ fastTrack: true });
  world.unready.set('us-1', 0);
  world.settle();
  expect(world.intent('eu-1')).toBe(`${old}:2@0 ${fresh}:2@100`);
  expect(world.intent('us-1')).toBe(`${old}:2@100 ${fresh}:2@0`);
  expect(world.last?.because).toContain(`2 of 2 replicas of ${fresh} on us-1`);
  world.unready.clear();
  world.report();
  expect(world.settle().phase).toBe('succeeded');
});

test('a target out of reach holds it, unless maxUnavailable lets it be', () => {
  const waves = [{ name: 'all', targets: ['eu-1', 'us-1'], soak: 0 }];
  const strict = made({ waves }).patch('us-1', { connected: false });
  expect(strict.settle().because).toBe(
    'Waiting for its agent to report: us-1 is out of reach, and maxUnavailable is 0',
  );
  expect(strict.intent('us-1')).toBe(`${old}:2@100 ${fresh}:1@0`);
  const both = made({ waves })
    .patch('us-1', { connected: false })
    .patch('eu-1', { connected: false });
  expect(both.settle().because).toContain('their agents to report: eu-1, us-1 are out of reach');
  const lax = made({ waves, maxUnavailable: 1 }).patch('us-1', { connected: false });
  expect(lax.settle().phase).toBe('succeeded');
  // What it said last still counts: the old one serves there until the new one is ready.
  expect(lax.intent('us-1')).toBe(`${fresh}:2@0 ${old}:2@100`);
});

test('a target that is not there at all counts as out of reach', () => {
  const from = snapshot({ strategy: quick }, { targets: [] });
  const world = new World(from);
  world.decide();
  expect(world.decide().because).toContain('eu-1 is out of reach');
});

test('background analysis starts with traffic, goes on through the soak, and gives its verdict at the end', () => {
  const waves = [{ name: 'all', targets: ['eu-1'], soak: 60_000 }];
  const world = made({ strategy: watched, waves });
  expect(world.settle()).toMatchObject({ phase: 'soaking' });
  expect(world.snapshot.state.analyses).toMatchObject([{ key: 'ro-1/0/background', mark: 'open' }]);
  world.advance(60_000).settle();
  expect(world.asked).toEqual(['end analysis/ro-1/0/background']);
  expect(world.last?.because).toContain('Waiting for the verdict of analysis');
  expect(world.decide().because).toBe('Waiting for analysis ro-1/0/background: measuring');
  expect(world.verdict('successful').settle().phase).toBe('succeeded');
});

test('a background analysis is not ended before it can have compared anything', () => {
  const world = made({ strategy: watched, waves: [{ name: 'all', targets: ['eu-1'], soak: 0 }] });
  expect(world.settle()).toMatchObject({
    because: 'Waiting for the first measurements of analysis ro-1/0/background, until 10:00:15 UTC',
    wakeAt: new Date('2026-01-05T10:00:15Z'),
  });
  world.advance(15_000).settle();
  expect(world.asked).toEqual(['end analysis/ro-1/0/background']);
});

test('a background failure during the soak takes every wave back', () => {
  const waves = [
    { name: 'first', targets: ['eu-1'], soak: 0 },
    { name: 'rest', targets: ['us-1'], soak: 60_000 },
  ];
  const world = made({ strategy: watched, waves });
  world.settle();
  world.verdict('successful').settle();
  expect(world.snapshot.state).toMatchObject({ phase: 'soaking', wave: 1 });
  world.verdict('failed').decide();
  expect(world.intent('eu-1')).toBe(`${old}:2@100 ${fresh}:2@0`);
  expect(world.intent('us-1')).toBe(`${old}:2@100 ${fresh}:2@0`);
});

test('a replica lost where it serves: traffic leaves it, it is held, and rolled back at its own deadline', () => {
  const silentAt = new Date('2026-01-05T10:00:12Z');
  const world = new World(snapshot()).patch('eu-1', { silentAt });
  world.settle();
  world.unready.set('eu-1', 0);
  world.report();
  const held = world.advance(1_000).decide();
  expect(held.because).toContain(`Waiting for the replica of ${fresh} on eu-1 to become ready`);
  expect(world.intent('eu-1')).toBe(`${old}:2@100 ${fresh}:1@0`);
  expect(held.wakeAt).toEqual(silentAt);
  world.unready.clear();
  world.report();
  world.decide();
  expect(world.events.slice(-4)).toEqual([
    'rollout.held',
    'rollout.told',
    'rollout.cleared',
    'rollout.told',
  ]);
  expect(world.intent('eu-1')).toBe(`${old}:2@80 ${fresh}:1@20`);
  world.unready.set('eu-1', 0);
  world.report();
  world.settle();
  expect(world.advance(600_000).decide().because).toContain('No progress for 10m');
});

test('a promoted wave that loses its replicas goes back to the warm old ones at once', () => {
  const world = new World(snapshot());
  world.settle();
  world.advance(60_000).settle();
  world.unready.set('eu-1', 0);
  world.report();
  world.decide();
  expect(world.intent('eu-1')).toBe(`${old}:2@100 ${fresh}:2@0`);
  expect(world.snapshot.state.trouble).toMatchObject({
    kind: 'unready',
    since: '2026-01-05T10:01:00.000Z',
  });
});

test('no verdict and onInconclusive: rollback', () => {
  const world = made({ strategy: watched, onInconclusive: 'rollback' });
  world.settle();
  const back = world.verdict('inconclusive', 'no data').decide();
  expect(back.because).toContain('is inconclusive: no data, and onInconclusive is rollback');
  expect(back.phase).toBe('rollingBack');
});

test('an analysis whose object is gone never passes', () => {
  const world = made({ strategy: watched });
  world.settle();
  world.snapshot = { ...world.snapshot, analyses: [] };
  expect(world.settle().because).toBe('Analysis ro-1/0/background is not there any more');
});

test('completing waits until traffic has left the old version', () => {
  const world = made({ waves: [{ name: 'all', targets: ['eu-1'], soak: 0 }] });
  for (let round = 0; world.snapshot.state.phase !== 'completing' && round < 30; round += 1)
    world.decide();
  world.follow = false;
  world.unready.set('eu-1', 1);
  world.report();
  expect(world.settle().because).toContain(`1 of 2 replicas of ${fresh} on eu-1`);
  expect(world.snapshot.state.dropped).toBe(false);
  world.unready.clear();
  world.report();
  world.follow = true;
  expect(world.settle().phase).toBe('succeeded');
});

test('what is asked but not served yet is named with both sides', () => {
  const world = made();
  for (let round = 0; world.snapshot.state.weight === 0 && round < 30; round += 1) world.decide();
  world.follow = false;
  world.patch('eu-1', {
    intent: {
      generation: 99,
      spec: world.snapshot.targets[0]?.intent?.spec ?? {
        versions: [],
        routes: [],
        sticky: null,
        preview: null,
      },
    },
  });
  expect(world.settle().because).toBe(
    `Waiting for eu-1 to serve ${old} at 50 %, ${fresh} at 50 % (now ${old} at 50 %, ${fresh} at 50 %)`,
  );
});

test.each([
  [
    'what waits for several targets looks again when the first of them would be silent',
    7_000,
    7_000,
  ],
  ['one whose time came while it was read is looked at a moment later, not at once', -1, 100],
] as const)('%s', (_name, ms, expected) => {
  const at = (offset: number) => new Date(start.getTime() + offset);
  const world = new World(
    snapshot({ waves: [{ name: 'all', targets: ['eu-1', 'us-1'], soak: 0 }] }),
  )
    .patch('eu-1', { silentAt: at(12_000) })
    .patch('us-1', { silentAt: at(ms) });
  world.unready.set('eu-1', 0);
  expect(world.settle().wakeAt).toEqual(at(expected));
});
