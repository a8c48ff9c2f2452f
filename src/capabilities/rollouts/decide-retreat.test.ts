import { expect, test } from 'vitest';
import { problem } from '../../platform/errors/problem.ts';
import {
  fresh,
  intentsOf,
  old,
  request,
  reverted,
  snapshot,
  status,
  version,
  words,
} from './fixture.ts';
import { World } from './fixture-world.ts';

/** A canary at 20 % on eu-1, in its pause. */
function paused(over: Parameters<typeof snapshot>[0] = {}): World {
  const world = new World(snapshot(over));
  world.settle();
  return world;
}

test('an abort moves traffic, reverts, and ends aborted without quarantine', () => {
  const world = paused();
  const back = world.ask('abort', { because: 'looks wrong', requestId: 'req-7' });
  expect(back).toMatchObject({ phase: 'rollingBack', state: { weight: 0, routes: [] } });
  expect(back.because).toBe(`user:ada aborted it: looks wrong; going back to ${old}.`);
  expect(words(intentsOf(back)['eu-1'])).toBe(`${old}:2@100 ${fresh}:1@0`);
  expect(back.events).toMatchObject([
    { type: 'rollout.abortRequested', actor: 'user:ada', outcome: 'done', requestId: 'req-7' },
    { type: 'rollout.rollingBack', actor: 'user:ada', requestId: 'req-7' },
  ]);
  expect(world.settle().because).toBe('Waiting for the commit that reverts dddddddddddd in config');
  const end = world.outcome(reverted({ commit: 'e'.repeat(40) }));
  expect(end).toMatchObject({ phase: 'aborted', terminal: true, wakeAt: null });
  expect(end.events?.at(-1)).toMatchObject({ type: 'rollout.aborted', requestId: 'req-7' });
  expect(end.because).toContain('Commit eeeeeeeeeeee says so in Git.');
  expect(world.intent('eu-1')).toBe(`${old}:2@100`);
  expect(world.writes.filter((write) => write.table === 'quarantines')).toEqual([]);
  expect(world.snapshot.state.retreat).toMatchObject({
    revert: 'done',
    revertCommit: 'e'.repeat(40),
  });
});

test('an abort by Git itself needs no revert', () => {
  const world = paused();
  world.ask('abort', { payload: { revert: false }, actor: 'git:Ada', because: '' });
  const end = world.settle();
  expect(end).toMatchObject({ phase: 'aborted' });
  expect(world.effects).toEqual([]);
  expect(world.snapshot.state.retreat?.revert).toBe('notNeeded');
});

test('a second abort changes nothing', () => {
  const world = paused();
  world.follow = false;
  const before = world.ask('abort').state.retreat;
  const again = world.ask('abort', { actor: 'user:bob' });
  expect(again.state.retreat).toEqual(before);
  expect(again.events).toMatchObject([{ type: 'rollout.abortRequested', outcome: 'done' }]);
  expect(again.effects).toEqual([]);
});

test.each([
  ['overtaken', reverted({ overtaken: true }), 'something newer by now'],
  [
    'failed',
    {
      ...reverted({ overtaken: true }),
      outcome: { ok: false, problem: problem('TG1202', { detail: 'no push' }) },
    },
    'Git could not be reverted: no push',
  ],
] as const)('a revert that was %s lets the rollout end, and says so', (revert, effect, because) => {
  const world = paused();
  world.ask('abort');
  world.settle();
  world.snapshot = { ...world.snapshot, effects: [effect] };
  const decision = world.decide();
  expect(decision.because).toContain(because);
  expect(decision.taken?.effects).toEqual([9]);
  expect(decision.events?.at(-1)).toMatchObject({
    type: 'rollout.reverted',
    outcome: revert === 'failed' ? 'failed' : 'done',
  });
  expect(world.settle().phase).toBe('aborted');
  expect(world.snapshot.state.retreat?.revert).toBe(revert);
});

test('where the stable release has no ready replica, the candidate keeps serving until it has', () => {
  const world = paused();
  world.follow = false;
  world.patch('eu-1', {
    status: status('eu-1', 3, [version(old, 0, 80, { message: 'OOM' }), version(fresh, 1, 20)]),
  });
  world.ask('abort');
  expect(world.intent('eu-1')).toBe(`${old}:2@0 ${fresh}:1@100`);
  expect(world.settle().because).toBe(
    `Waiting for 2 of 2 replicas of ${old} on eu-1 to become ready: OOM; until then ${fresh} keeps serving there`,
  );
  world.patch('eu-1', { status: status('eu-1', 3, [version(old, 1, 0), version(fresh, 1, 100)]) });
  world.settle();
  expect(world.intent('eu-1')).toBe(`${old}:2@100 ${fresh}:1@0`);
  expect(world.snapshot.state.retreat?.trafficBackAt).toBeNull();
  world.report();
  world.advance(1_500).settle();
  expect(world.snapshot.state.retreat?.trafficBackAt).toBe('2026-01-05T10:00:01.500Z');
});

test('a target out of reach is told, but not waited for', () => {
  const world = paused({ maxUnavailable: 1 });
  world.patch('eu-1', { connected: false });
  world.ask('abort', { payload: { revert: false } });
  expect(world.intent('eu-1')).toBe(`${old}:2@100 ${fresh}:1@0`);
  expect(world.settle().phase).toBe('aborted');
  // The agent last said that both are ready; the candidate is let go all the same.
  expect(world.intent('eu-1')).toBe(`${old}:2@100`);
});

test('superseded: traffic goes to stable and it is over in the same decision', () => {
  const world = paused();
  const end = world.ask('supersede', { actor: 'git:Ada', because: 'r-newer is desired' });
  expect(end).toMatchObject({
    phase: 'superseded',
    terminal: true,
    because: 'Superseded: r-newer is desired.',
  });
  expect(world.intent('eu-1')).toBe(`${old}:2@100`);
  expect(end.effects).toEqual([]);
  expect(end.events?.map((event) => event.type)).toEqual([
    'rollout.supersedeRequested',
    'rollout.superseded',
  ]);
});

test('superseded while it goes back: it ends as what it was', () => {
  const world = paused();
  world.ask('abort');
  const end = world.ask('supersede', { because: '' });
  expect(end).toMatchObject({ phase: 'aborted', terminal: true });
  const other = paused();
  expect(other.ask('supersede', { because: '' }).because).toBe(
    'Superseded: user:ada asked for a newer release.',
  );
});

test('a first release that fails keeps its healthy copies, since there is nothing else', () => {
  const first = snapshot({
    stable: null,
    waves: [{ name: 'all', targets: ['eu-1', 'us-1'], soak: 0 }],
  });
  const world = new World({
    ...first,
    targets: first.targets.map((view) => ({ ...view, intent: null, status: null })),
  });
  world.unready.set('us-1', 0);
  world.settle();
  expect(world.intent('eu-1')).toBe(`${fresh}:2@100`);
  const back = world.advance(600_000).decide();
  expect(back.because).toContain('there is no earlier release to go back to');
  expect(world.intent('eu-1')).toBe(`${fresh}:2@100`);
  expect(world.intent('us-1')).toBe('');
  expect(world.effects).toMatchObject([{ payload: { restore: null } }]);
  expect(world.outcome(reverted({ commit: 'e'.repeat(40) }))).toMatchObject({
    phase: 'rolledBack',
  });
  expect(world.intent('eu-1')).toBe(`${fresh}:2@100`);
});

test('running analyses are cancelled on the way back', () => {
  const strategy = {
    canary: {
      steps: [{ setWeight: 20 }, { pause: {} }],
      backgroundAnalysis: { templates: ['errors'], args: {}, startingStep: 0 },
    },
  };
  const world = paused({ strategy });
  world.ask('abort');
  expect(world.asked).toEqual(['cancel analysis/ro-1/0/background']);
});

test('an abort while the old version is let go brings it back, and traffic waits for it', () => {
  const world = new World(snapshot({ fastTrack: true }));
  for (let round = 0; world.snapshot.state.dropped === false && round < 20; round += 1)
    world.decide();
  expect(world.intent('eu-1')).toBe(`${fresh}:2@100`);
  world.follow = false;
  world.patch('eu-1', { status: status('eu-1', 9, [version(fresh, 2, 100)]) });
  world.ask('abort', { payload: { revert: false } });
  expect(world.intent('eu-1')).toBe(`${old}:2@0 ${fresh}:2@100`);
  world.follow = true;
  world.report();
  expect(world.settle().phase).toBe('aborted');
  expect(world.intent('eu-1')).toBe(`${old}:2@100`);
});

test('over is over: an abort changes nothing and is no news, and what else is asked is refused', () => {
  const world = paused();
  world.ask('supersede');
  const decision = world.ask('abort');
  expect(decision).toMatchObject({ phase: 'superseded', terminal: true, wakeAt: null });
  expect(decision.events).toEqual([]);
  expect(decision.taken?.requests).toEqual([request('abort').id]);
  const other = world.ask('pause').events;
  expect(other).toMatchObject([{ type: 'rollout.pauseRequested', outcome: 'refused' }]);
});
