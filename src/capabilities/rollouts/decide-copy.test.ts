import { expect, test } from 'vitest';
import type { AnalysisState } from '../analysis/types.ts';
import { copyWords } from './decide-copy.ts';
import { copyShare } from './decide-strategy.ts';
import { explainRollout } from './explain.ts';
import { copy, fresh, intentsOf, old, snapshot, strategy, version, words } from './fixture.ts';
import { World } from './fixture-world.ts';
import type { RolloutPlan } from './types.ts';

const analysis = { templates: ['errors'] };
const compared = strategy({
  canary: {
    baseline: 'fresh',
    steps: [{ setWeight: 20 }, { analysis }, { setWeight: 60 }, { pause: {} }],
    backgroundAnalysis: analysis,
  },
});

const made = (over: Partial<RolloutPlan> = {}) =>
  new World(snapshot({ strategy: compared, replicas: 5, ...over }));

/** Where the first analysis of the first wave runs. */
function measured(over: Partial<RolloutPlan> = {}): World {
  const world = made(over);
  world.settle();
  return world;
}

const subjects = (world: World) =>
  world.opened.map(({ key, state }) => {
    const { subject } = state as unknown as AnalysisState;
    return [key, subject.stable, subject.targets.join()];
  });

test.each([
  [0, 0],
  [5, 5],
  [33, 33],
  [34, 33],
  [50, 25],
  [99, 0],
])('beside a candidate at %i %% its copy gets %i %%', (weight, share) => {
  expect(copyShare(weight)).toBe(share);
  expect(100 - weight - share).toBeGreaterThanOrEqual(share);
});

test('a copy as large and as busy as the candidate comes with it and goes when its wave is through', () => {
  const world = made();
  const begun = world.decide();
  expect(begun.because).toBe(
    `${fresh} starts on eu-1, beside a fresh copy of ${old}, wave 1 of 2 (first).`,
  );
  const { versions } = intentsOf(begun)['eu-1'] ?? { versions: [] };
  expect(words(intentsOf(begun)['eu-1'])).toBe(`${old}:5@100 ${copy}:1@0 ${fresh}:1@0`);
  expect({ ...versions[1], release: old, replicas: 5, weight: 100 }).toEqual(versions[0]);
  world.settle();
  expect(world.intent('eu-1')).toBe(`${old}:5@60 ${copy}:1@20 ${fresh}:1@20`);
  world.verdict('successful').settle();
  expect(world.intent('eu-1')).toBe(`${old}:5@20 ${copy}:3@20 ${fresh}:3@60`);
  expect(world.intent('us-1')).toBe(`${old}:2@100`);
  world.follow = false;
  world.ask('promote');
  world.decide();
  // The candidate grows for all traffic; the copy has no more to be compared for.
  expect(world.intent('eu-1')).toBe(`${old}:5@20 ${copy}:3@20 ${fresh}:5@60`);
  world.follow = true;
  world.report();
  world.settle();
  expect(world.intent('eu-1')).toBe(`${old}:5@0 ${fresh}:5@100`);
});

test('its analyses compare with the copy, and say so', () => {
  const world = measured();
  expect(subjects(world)).toEqual([
    ['ro-1/0/background', copy, 'eu-1'],
    ['ro-1/0/step-1', copy, 'eu-1'],
  ]);
  expect(world.snapshot.state.analyses.map((use) => use.against)).toEqual(['copy', 'copy']);
  const facts = explainRollout(world.snapshot, world.now).map((one) => one.fact);
  expect(facts).toContain(`It is compared with a fresh copy of ${old}`);
  expect(facts).toContain(
    `Analysis ro-1/0/step-1 is running, compared with a fresh copy of ${old}`,
  );
});

test('requests routed by header are not shared with the copy, so they are compared with the stable release', () => {
  const match = [{ header: { name: 'x-beta', exact: 'yes' } }];
  const steps = [{ setHeaderRoute: { match } }, { analysis }, { setWeight: 20 }, { analysis }];
  const world = made({ strategy: strategy({ canary: { baseline: 'fresh', steps } }) });
  world.settle();
  world.verdict('successful').settle();
  expect(subjects(world).map(([, stable]) => stable)).toEqual([old, copy]);
});

test('progressive has it too; others, a first release and the fast track never do', () => {
  const grown = strategy({
    progressive: { baseline: 'fresh', steps: [{ percent: 40, pause: '1m', analysis }] },
  });
  const world = made({ strategy: grown });
  world.settle();
  expect(world.intent('eu-1')).toBe(`${old}:5@30 ${copy}:2@30 ${fresh}:2@40`);
  for (const over of [{ fastTrack: true }, { stable: null }]) {
    const other = made({ strategy: grown, ...over });
    other.settle();
    expect(JSON.stringify(other.writes)).not.toContain(copy);
  }
});

test('it waits for the copy, and each ready replica more gives it time anew', () => {
  const world = made({
    strategy: strategy({
      canary: { ...compared.canary, steps: [{ setWeight: 60 }, { analysis }] },
    }),
  });
  world.unready.set(`eu-1/${copy}`, 0);
  const waiting = world.settle();
  expect(waiting.because).toBe(
    `Waiting for 3 of 3 replicas of ${copy} on eu-1 to become ready: waiting for /readyz`,
  );
  expect(waiting).toMatchObject({ phase: 'progressing', state: { weight: 0 } });
  expect(copyWords(waiting.state)).toContain('to be compared with a fresh copy of r-old; waiting');
  world.advance(500_000).unready.set(`eu-1/${copy}`, 1);
  world.report();
  world.settle();
  expect(world.advance(500_000).settle().because).toContain(`2 of 3 replicas of ${copy}`);
  world.unready.clear();
  world.report();
  expect(world.settle().state).toMatchObject({
    weight: 60,
    copy: { lacking: null, givenUp: null },
  });
});

test('a copy that never becomes ready is given up at the deadline, and the rollout goes on without it', () => {
  const world = made();
  world.unready.set(`eu-1/${copy}`, 0);
  world.settle();
  expect(world.advance(599_999).settle()).toMatchObject({ state: { weight: 0 } });
  const left = world.advance(1).decide();
  expect(left.because).toBe(
    `The fresh copy of ${old} is given up after 10m (waiting for the replica of ${copy} on eu-1 to become ready: waiting for /readyz); ${fresh} is compared with ${old} itself.`,
  );
  expect(left.events).toContainEqual(
    expect.objectContaining({
      type: 'rollout.copyGivenUp',
      outcome: 'failed',
      because: left.because,
    }),
  );
  expect(words(intentsOf(left)['eu-1'])).toBe(`${old}:5@100 ${fresh}:1@0`);
  world.settle();
  expect(world.intent('eu-1')).toBe(`${old}:5@80 ${fresh}:1@20`);
  expect(subjects(world)).toEqual([
    ['ro-1/0/background', old, 'eu-1'],
    ['ro-1/0/step-1', old, 'eu-1'],
  ]);
  expect(explainRollout(world.snapshot, world.now).map((one) => one.fact)).toContain(
    `It is compared with ${old} itself`,
  );
  world.verdict('successful').settle();
  world.ask('promote');
  world.settle();
  expect(JSON.stringify(world.snapshot.targets.map((one) => one.intent))).not.toContain(copy);
});

test('a copy that is lost on the way loses its traffic at once, and its place at the deadline', () => {
  const world = measured();
  world.unready.set(`eu-1/${copy}`, 0);
  world.report();
  world.settle();
  expect(world.intent('eu-1')).toBe(`${old}:5@80 ${copy}:1@0 ${fresh}:1@20`);
  world.verdict('inconclusive');
  const held = world.settle();
  expect(held).toMatchObject({ state: { trouble: { kind: 'inconclusive' } } });
  expect(held.wakeAt).toEqual(new Date(world.now.getTime() + 600_000));
  world.ask('pause');
  world.advance(600_000).settle();
  expect(
    world.snapshot.state.analyses.map(({ key, mark, against }) => [key, mark, against]),
  ).toEqual([
    ['ro-1/0/background', 'skipped', 'lostCopy'],
    ['ro-1/0/step-1', 'skipped', 'lostCopy'],
  ]);
  world.ask('resume');
  world.settle();
  expect(subjects(world).slice(2)).toEqual([
    ['ro-1/0/background-stable', old, 'eu-1'],
    ['ro-1/0/step-1-stable', old, 'eu-1'],
  ]);
  expect(world.snapshot.state).toMatchObject({ trouble: null, retreat: null });
  world.verdict('successful').settle();
  expect(world.intent('eu-1')).toBe(`${old}:5@40 ${fresh}:3@60`);
});

test('a policy to go back without a verdict waits while it was the copy that was missing', () => {
  const world = measured({ onInconclusive: 'rollback' });
  world.unready.set(`eu-1/${copy}`, 0);
  world.report();
  world.settle();
  expect(world.verdict('inconclusive').settle().state.retreat).toBeNull();
  world.advance(600_000).settle();
  expect(subjects(world).slice(2)).toHaveLength(2);
  const back = world.verdict('inconclusive').settle();
  expect(back.state.retreat).toMatchObject({ to: 'rolledBack' });
  expect(back.state.retreat?.because).toContain('-stable is inconclusive');
});

test('a copy that has traffic keeps its place with one ready replica, and needs all before it gets more', () => {
  const world = made();
  world.settle();
  world.verdict('successful').settle();
  world.unready.set(`eu-1/${copy}`, 1);
  world.report();
  world.settle();
  world.advance(700_000).settle();
  expect(world.intent('eu-1')).toBe(`${old}:5@20 ${copy}:3@20 ${fresh}:3@60`);
  expect(world.snapshot.state.copy?.givenUp ?? null).toBeNull();
});

test('each wave is compared on its own targets, which alone have a copy', () => {
  const steps = [{ setWeight: 20 }, { analysis }];
  const world = made({ strategy: strategy({ canary: { baseline: 'fresh', steps } }) });
  world.settle();
  world.verdict('successful').settle();
  expect(world.intent('us-1')).toBe(`${old}:5@60 ${copy}:1@20 ${fresh}:1@20`);
  expect(subjects(world).map(([, , targets]) => targets)).toEqual(['eu-1', 'us-1']);
});

test('running analyses of a lost copy are cancelled; a verdict that was reached stands', () => {
  const world = measured();
  const [, step] = world.snapshot.analyses;
  world.snapshot = {
    ...world.snapshot,
    analyses: world.snapshot.analyses.map((one) =>
      one === step ? { ...one, phase: 'successful' } : one,
    ),
  };
  world.unready.set(`eu-1/${copy}`, 0);
  world.settle();
  world.advance(600_000).settle();
  expect(world.asked).toEqual(['cancel analysis/ro-1/0/background']);
  expect(subjects(world).map(([key]) => key)).toEqual([
    'ro-1/0/background',
    'ro-1/0/step-1',
    'ro-1/0/background-stable',
  ]);
});

test('where neither becomes ready, the deadline of the candidate stands', () => {
  const world = made();
  world.unready.set('eu-1', 0).set(`eu-1/${copy}`, 0);
  world.settle();
  world.advance(600_000).settle();
  expect(world.snapshot.state.retreat?.because).toContain(`the replica of ${fresh} on eu-1`);
});

test.each(['abort', 'supersede'])('an %s takes the copy away in the same decision', (action) => {
  const world = measured();
  const back = world.ask(action);
  const rest = action === 'abort' ? ` ${fresh}:1@0` : '';
  expect(words(intentsOf(back)['eu-1'])).toBe(`${old}:5@100${rest}`);
});

test('a copy that is all that is left of the stable release serves until that is back', () => {
  const world = measured();
  world.follow = false;
  const eu = world.snapshot.targets.find((one) => one.name === 'eu-1');
  const status = eu?.status;
  if (!status) throw new Error('eu-1 reported nothing');
  const dead = [version(old, 0, 60), version(copy, 1, 20), version(fresh, 1, 20)];
  world.patch('eu-1', { status: { ...status, versions: dead } });
  const back = world.ask('abort', { payload: { revert: false } });
  expect(words(intentsOf(back)['eu-1'])).toBe(`${old}:5@0 ${copy}:1@100 ${fresh}:1@0`);
  world.unready.set(`eu-1/${old}`, 0);
  world.report();
  expect(world.decide().because).toBe(
    `Waiting for 5 of 5 replicas of ${old} on eu-1 to become ready: waiting for /readyz; until then ${copy} keeps serving there`,
  );
  world.unready.clear();
  world.follow = true;
  world.report();
  expect(world.settle().phase).toBe('aborted');
  expect(world.intent('eu-1')).toBe(`${old}:5@100`);
});

test('where no copy is asked for nothing of it is kept, so that older states decide as they did', () => {
  const { baseline: _, ...canary } = compared.canary ?? { steps: [] };
  for (const plain of [{ canary }, { canary: { ...canary, baseline: 'stable' } }]) {
    const world = measured({ strategy: strategy(plain) });
    world.unready.set('eu-1', 0);
    world.report();
    world.settle();
    const { state } = world.snapshot;
    expect(state).not.toHaveProperty('copy');
    for (const use of state.analyses) expect(use).not.toHaveProperty('against');
    expect(subjects(world).map(([, stable]) => stable)).toEqual([old, old]);
    expect(JSON.stringify(world.writes)).not.toContain(copy);
  }
});
