import { describe, expect, test } from 'vitest';
import {
  openWorld,
  outcomeOf,
  specOf,
  statuses,
  step,
  typesOf,
  type World,
} from './runs.fixture.ts';

const spec = specOf({
  steps: [step('work'), step('rest', { needs: ['work'] })],
  onFailure: [step('undo')],
  finally: [step('clean')],
});

const refusals = ({ events }: World) =>
  events.filter(({ outcome }) => outcome === 'refused').map(({ because }) => because);

describe('cancel', () => {
  test('before it began: nothing has begun, so nothing is cleared up', () => {
    const world = openWorld(spec);
    world.ask('cancel');
    expect(new Set(Object.values(statuses(world)))).toEqual(new Set(['omitted']));
    expect(world.state).toMatchObject({
      phase: 'cancelled',
      because: 'user:ada cancelled the run: so says user:ada',
      startedAt: null,
    });
    expect(typesOf(world)).toEqual(['run.cancelRequested', 'run.cancelled']);
  });

  test('while steps run: they clear up, the rest is omitted, finally runs', () => {
    const world = openWorld(spec, { scripts: { work: { effect: true } } });
    world.settle();
    world.ask('cancel');
    expect(world.effects[0]?.isStopped).toBe(true);
    expect(statuses(world)).toMatchObject({ work: 'running', rest: 'omitted', clean: 'pending' });
    expect(world.state.because).toContain('user:ada cancelled the run');
    world.come('work');
    expect(statuses(world)).toEqual({
      work: 'cancelled',
      rest: 'omitted',
      undo: 'omitted',
      clean: 'succeeded',
    });
    expect(world.state.phase).toBe('cancelled');
    expect(world.events.at(-1)).toMatchObject({ type: 'run.cancelled', actor: 'user:ada' });
  });

  test('of a step between two tries ends it at once', () => {
    const retried = specOf({ steps: [step('work', { retry: { limit: 3, on: ['failed'] } })] });
    const world = openWorld(retried, { scripts: { work: { end: { status: 'failed' } } } });
    world.settle();
    world.ask('cancel');
    expect(world.step('work').status).toBe('cancelled');
    expect(world.state.phase).toBe('cancelled');
  });

  test('of a forEach reaches its instances, and omits those that had not begun', () => {
    const many = specOf({ steps: [step('t', { forEach: { items: [0, 1, 2], maxParallel: 1 } })] });
    const world = openWorld(many, { scripts: { 't[0]': { effect: true } } });
    world.settle();
    world.ask('cancel');
    expect(statuses(world)).toMatchObject({ 't[0]': 'running', 't[1]': 'omitted' });
    world.come('t[0]');
    expect(statuses(world)).toMatchObject({ t: 'cancelled', 't[0]': 'cancelled' });
    expect(world.state.phase).toBe('cancelled');
  });

  test('while onFailure runs: it is stopped, and finally runs', () => {
    const scripts = { work: { end: { status: 'failed' } }, undo: { effect: true } } as const;
    const world = openWorld(spec, { scripts });
    world.settle();
    world.ask('cancel');
    expect(statuses(world)).toMatchObject({ undo: 'running', clean: 'pending' });
    world.come('undo');
    expect(statuses(world)).toMatchObject({ undo: 'cancelled', clean: 'succeeded' });
    expect(world.state).toMatchObject({ phase: 'cancelled' });
    expect(world.state.because).toContain('work failed');
  });
});

describe('a second cancel', () => {
  test('stops finally as well, and a third changes nothing', () => {
    const scripts = { work: { effect: true }, clean: { effect: true } } as const;
    const world = openWorld(spec, { scripts });
    world.settle();
    world.ask('cancel');
    world.come('work');
    expect(world.step('clean').status).toBe('running');
    world.ask('cancel', {}, 'user:bob');
    expect(world.step('clean').stopping).not.toBeNull();
    world.ask('cancel');
    expect(refusals(world)).toEqual(['It is being stopped entirely already.']);
    world.pass(30_000);
    expect(world.step('clean').status).toBe('cancelled');
    expect(world.state.phase).toBe('cancelled');
    world.ask('cancel');
    expect(refusals(world).at(-1)).toBe('It is over: cancelled.');
    expect(world.last?.terminal).toBe(true);
    expect(world.requests).toEqual([]);
  });

  test('one that does not clear up is over after ten minutes, and after 30 s of a second one', () => {
    const stuck = { work: { effect: true } } as const;
    const slow = openWorld(spec, { scripts: stuck });
    slow.settle();
    slow.ask('cancel');
    slow.pass(599_999);
    expect(slow.step('work').status).toBe('running');
    slow.pass(1);
    expect(slow.state.phase).toBe('cancelled');
    const fast = openWorld(spec, { scripts: stuck });
    fast.settle();
    fast.ask('cancel');
    fast.pass(1_000);
    fast.ask('cancel');
    fast.pass(30_000);
    expect(fast.state.phase).toBe('cancelled');
    expect(fast.step('clean').status).toBe('omitted');
  });
});

test('an effect whose outcome has come is not stopped', () => {
  const world = openWorld(spec, { scripts: { work: { effect: true } } });
  world.settle();
  for (const effect of world.effects.splice(0)) {
    world.outcomes.push(outcomeOf(effect, { ok: true, value: null }));
  }
  world.ask('cancel');
  expect(world.last?.stop).toEqual([]);
  expect(statuses(world)).toMatchObject({ work: 'cancelled', clean: 'succeeded' });
});

const asking = specOf({
  steps: [
    { name: 'ok', approve: { approvers: ['ada', 'bob', 'linus'], count: 2 } },
    step('ship', { needs: ['ok'] }),
  ],
});
const deployer = { step: 'ok', role: 'deployer' };

describe('answers', () => {
  test('count until there are enough, each with one event', () => {
    const world = openWorld(asking);
    world.settle();
    world.ask('approve', deployer, 'user:ada');
    expect(world.step('ok').answers).toMatchObject([{ action: 'approve', actor: 'user:ada' }]);
    expect(world.state.phase).toBe('running');
    world.ask('approve', deployer, 'user:ada');
    world.ask('approve', deployer, 'user:eve');
    world.ask('approve', deployer, 'user:linus');
    expect(refusals(world)).toHaveLength(3);
    world.ask('approve', deployer, 'user:bob');
    expect(world.state.phase).toBe('succeeded');
    expect(world.step('ok').answers).toHaveLength(2);
    const approved = world.events.filter(({ type }) => type === 'step.approved');
    expect(approved.map(({ actor, outcome }) => `${actor} ${outcome}`)).toEqual([
      'user:ada done',
      'user:ada refused',
      'user:eve refused',
      'user:linus refused',
      'user:bob done',
    ]);
  });

  test('two in one look both count', () => {
    const world = openWorld(asking);
    world.settle();
    const wish = { action: 'approve', because: '', payload: deployer, requestId: null };
    const at = new Date(world.at.now);
    world.requests.push({ ...wish, id: 91, actor: 'user:ada', at });
    world.requests.push({ ...wish, id: 92, actor: 'user:bob', at });
    world.settle();
    expect(world.state.phase).toBe('succeeded');
  });

  test('a rejection fails the step', () => {
    const world = openWorld(asking);
    world.settle();
    world.ask('reject', deployer, 'user:bob');
    expect(statuses(world)).toEqual({ ok: 'failed', ship: 'omitted' });
    expect(typesOf(world)).toContain('step.rejected');
  });

  test.each([
    [{ step: 'nobody' }, 'There is no step nobody.'],
    [{ step: 'ship' }, 'ship waits for no answer: it is pending.'],
    [{}, 'There is no step .'],
  ])('to %j is refused', (payload, because) => {
    const world = openWorld(asking);
    world.settle();
    world.ask('approve', payload);
    expect(refusals(world)).toEqual([because]);
    expect(world.requests).toEqual([]);
  });

  test('to a kind that asks nobody, and to a step that is being stopped, are refused', () => {
    const world = openWorld(spec, { scripts: { work: { effect: true } } });
    world.settle();
    world.ask('approve', { step: 'work' });
    world.ask('cancel');
    world.ask('approve', { step: 'work' });
    expect(refusals(world)).toEqual([
      'A step of kind notify takes no answers.',
      'work is being stopped: user:ada cancelled the run: so says user:ada.',
    ]);
  });

  test('to a forEach itself are refused: its instances are asked', () => {
    const many = specOf({
      steps: [{ name: 'ok', approve: {}, forEach: { items: ['eu', 'us'] } }],
    });
    const world = openWorld(many);
    world.settle();
    expect(world.last?.writes).toMatchObject([{ row: { awaiting: ['ok[0]', 'ok[1]'] } }]);
    world.ask('approve', deployer);
    expect(refusals(world)[0]).toMatch(/^ok takes no answer: 0 of 2 are over/);
    world.ask('approve', { step: 'ok[0]', role: 'deployer' });
    world.ask('approve', { step: 'ok[1]', role: 'deployer' });
    expect(world.state.phase).toBe('succeeded');
  });
});

test('an action that runs do not know is refused', () => {
  const world = openWorld(spec);
  world.ask('dance');
  expect(refusals(world)).toEqual(['Runs know no action dance.']);
});
