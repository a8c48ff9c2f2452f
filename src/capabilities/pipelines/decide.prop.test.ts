import fc from 'fast-check';
import { expect, test } from 'vitest';
import { problem } from '../../platform/errors/problem.ts';
import { isEnded } from './actions.ts';
import { isOver } from './decide-work.ts';
import {
  deepFreeze,
  json,
  openWorld,
  outcomeOf,
  type Pending,
  start,
  type World,
} from './runs.fixture.ts';
import { type Deed, doingAdapter, type Scenario, scenario } from './simulator-runs.ts';
import type { RunState, StepState } from './types.ts';

const hour = 3_600_000;

/** The longest that a run may take: its time, clearing up, the time after that, and clearing up again. */
const longest = 2 * hour + 600_000 + 30_000;

const isNever = { ok: false, problem: problem('TG1704', { detail: 'stopped' }) } as const;

test('whatever happens, a run keeps its promises and ends in time', () => {
  fc.assert(
    fc.property(scenario, (one) => {
      const foreign: string[] = [];
      const world = openWorld(one.spec, { adapters: [doingAdapter(one.doings, foreign)] });
      const past: Pending[] = [];
      checkedLook(world, one);
      for (const deed of one.deeds) act(world, one, past, deed);
      drain(world, one);
      checkEnd(world, one);
      expect(foreign).toEqual([]);
    }),
    { numRuns: 600 },
  );
}, 120_000);

function act(world: World, one: Scenario, past: Pending[], deed: Deed): void {
  switch (deed.do) {
    case 'pass':
      world.at.now += deed.ms;
      break;
    case 'crash':
      // What was decided is lost before it is written; the next look begins from what is stored.
      world.decide(world.snapshot(), new Date(world.at.now));
      break;
    case 'cancel': {
      world.at.id += 1;
      const wish = { id: world.at.id, action: 'cancel', actor: 'user:ada', because: '' };
      world.requests.push({ ...wish, payload: {}, requestId: null, at: new Date(world.at.now) });
      break;
    }
    case 'come':
    case 'again': {
      const from = deed.do === 'come' ? world.effects : past;
      const found = from[deed.pick % Math.max(1, from.length)];
      if (!found) break;
      if (deed.do === 'come') world.effects.splice(world.effects.indexOf(found), 1);
      past.push(found);
      world.outcomes.push(outcomeOf(found, deed.ok ? { ok: true, value: found.tag } : isNever));
      break;
    }
    case 'look':
      break;
  }
  checkedLook(world, one);
}

/** Nothing comes any more but time: effects that nobody answers are ended by their run. */
function drain(world: World, one: Scenario): void {
  for (let looks = 0; looks < 500; looks += 1) {
    if (isEnded(world.state.phase)) return;
    const { wakeAt } = world;
    if (wakeAt === null) throw new Error('sleeps for ever');
    world.at.now = Math.max(world.at.now, wakeAt.getTime());
    checkedLook(world, one);
  }
  throw new Error('does not end');
}

function checkedLook(world: World, one: Scenario): void {
  const snapshot = deepFreeze(json({ ...world.snapshot(), spec: null, requests: [] }));
  const same = { ...snapshot, spec: one.spec, requests: world.requests };
  const now = new Date(world.at.now);
  const before = world.state;
  const first = json(world.decide(same, now));
  const second = json(world.look());
  expect(second).toEqual(first);
  checkChange(before, world.state, one);
  checkTags(world);
}

function checkChange(before: RunState, after: RunState, one: Scenario): void {
  if (isEnded(before.phase)) expect(after).toEqual(before);
  for (const [name, step] of Object.entries(after.steps)) {
    const was = before.steps[name];
    if (was && isOver(was.status)) expect(step).toEqual(was);
    expect(step.attempt).toBeGreaterThanOrEqual(was?.attempt ?? 0);
    expect(step.attempt).toBeLessThanOrEqual((was?.attempt ?? 0) + 1);
    if (step.attempt > 0 && (was?.attempt ?? 0) === 0) checkNeeds(after, one, step);
    if (isOver(step.status)) expect(step.isBusy).toBe(false);
  }
  for (const name of Object.keys(before.steps)) expect(after.steps[name]).toBeDefined();
  checkRoom(after, one);
}

/** A step that has begun has needs that are over and met, and its section's turn had come. */
function checkNeeds(state: RunState, { spec }: Scenario, { step: name, section }: StepState): void {
  const declared = [...spec.steps, ...spec.onFailure, ...spec.finally];
  const found = declared.find((step) => step.name === name);
  for (const need of found?.needs ?? []) {
    const needed = typeof need === 'string' ? need : need.step;
    const status = state.steps[needed]?.status ?? 'pending';
    const forgiven = declared.find((step) => step.name === needed)?.continueOnError;
    const bare = ['succeeded', 'skipped', ...(forgiven ? ['failed', 'errored'] : [])];
    expect(typeof need === 'string' ? bare : need.is).toContain(status);
  }
  const earlier = { steps: [], onFailure: spec.steps, finally: [...spec.steps, ...spec.onFailure] };
  for (const step of earlier[section]) {
    expect(isOver(state.steps[step.name]?.status ?? 'pending')).toBe(true);
  }
}

function checkRoom(state: RunState, { spec }: Scenario): void {
  for (const { name, forEach } of [...spec.steps, ...spec.onFailure]) {
    const active = Object.values(state.steps).filter(
      (step) => step.step === name && step.index !== null && /running|backingOff/.test(step.status),
    );
    expect(active.length).toBeLessThanOrEqual(forEach?.maxParallel ?? 0);
  }
}

/** One effect for each attempt, and never a second one. */
function checkTags({ last, state }: World): void {
  for (const { tag = '' } of last?.effects ?? []) {
    const [instance = '', attempt] = tag.split('#');
    expect(state.steps[instance]).toMatchObject({ attempt: Number(attempt), isBusy: true });
  }
  if (!isEnded(state.phase)) expect(last?.wakeAt).not.toBeNull();
  expect(last?.because).not.toBe('');
}

function checkEnd(world: World, { spec }: Scenario): void {
  const { state, events } = world;
  expect(Date.parse(state.endedAt ?? '') - start).toBeLessThanOrEqual(longest);
  for (const step of Object.values(state.steps)) expect(isOver(step.status)).toBe(true);
  for (const { name } of spec.finally) {
    if (state.stopping?.entirely) break;
    expect(state.steps[name]?.attempt).toBe(1);
  }
  const count = (type: string) => events.filter((event) => event.type === type).length;
  expect(count(`run.${state.phase}`)).toBe(1);
  expect(count('run.started')).toBe(1);
  const ended = (status: string) =>
    Object.values(state.steps).filter((step) => step.status === status).length;
  for (const status of ['failed', 'errored']) expect(count(`step.${status}`)).toBe(ended(status));
}
