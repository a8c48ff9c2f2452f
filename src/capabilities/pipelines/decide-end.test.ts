import { describe, expect, test } from 'vitest';
import { approveStep } from '../../integrations/step/approve/approve.ts';
import { openWorld, specOf, start, statuses, step, typesOf } from './runs.fixture.ts';

const bad = { end: { status: 'failed' } } as const;

describe('what a run comes to', () => {
  test.each([
    [['succeeded', 'succeeded'], 'succeeded'],
    [['succeeded', 'failed'], 'failed'],
    [['errored', 'failed'], 'errored'],
    [['cancelled', 'succeeded'], 'cancelled'],
    [['cancelled', 'failed'], 'failed'],
  ] as const)('steps that end %j make it %s', (ends, phase) => {
    const steps = ends.map((_, at) => step(`s${at}`));
    const scripts = Object.fromEntries(ends.map((status, at) => [`s${at}`, { end: { status } }]));
    const world = openWorld(specOf({ steps }), { scripts });
    world.settle();
    expect(world.state.phase).toBe(phase);
    expect(typesOf(world).at(-1)).toBe(`run.${phase}`);
  });

  test('skipped and omitted by themselves fail nothing', () => {
    const spec = specOf({
      steps: [step('a', { when: 'false' }), step('b', { needs: [{ step: 'a', is: ['failed'] }] })],
    });
    const world = openWorld(spec);
    world.settle();
    expect(world.state).toMatchObject({
      phase: 'succeeded',
      because: 'it is through: 1 skipped, 1 omitted',
    });
  });
});

const sections = (more: object = {}) =>
  specOf({
    steps: [step('work'), step('rest', { needs: ['work'] })],
    onFailure: [step('undo')],
    finally: [step('clean')],
    ...more,
  });

describe('onFailure and finally', () => {
  test('finally runs after success, and onFailure is left out', () => {
    const world = openWorld(sections());
    world.settle();
    expect(statuses(world)).toMatchObject({
      rest: 'succeeded',
      undo: 'omitted',
      clean: 'succeeded',
    });
    expect(world.step('undo').because).toBe('nothing failed');
  });

  test.each(['failed', 'errored'] as const)('both run, in order, when a step %s', (status) => {
    const scripts = { work: { end: { status } }, undo: { effect: true } } as const;
    const world = openWorld(sections(), { scripts });
    world.settle();
    expect(world.state.phase).toBe('finishing');
    expect(statuses(world)).toMatchObject({ rest: 'omitted', undo: 'running', clean: 'pending' });
    expect(world.state.because).toBe('it failed; undo: asking for the effect');
    world.come('undo');
    expect(statuses(world)).toMatchObject({ undo: 'succeeded', clean: 'succeeded' });
    expect(world.state.phase).toBe(status);
  });

  test('only finally runs when a step was cancelled by its own kind', () => {
    const scripts = { work: { end: { status: 'cancelled' } } } as const;
    const world = openWorld(sections(), { scripts });
    world.settle();
    expect(statuses(world)).toMatchObject({ undo: 'omitted', clean: 'succeeded' });
    expect(world.state.phase).toBe('cancelled');
  });

  test('they begin only when nothing of the steps is under way', () => {
    const spec = sections({ steps: [step('work'), step('slow')] });
    const world = openWorld(spec, { scripts: { work: bad, slow: { effect: true } } });
    world.settle();
    expect(statuses(world)).toMatchObject({ work: 'failed', slow: 'running', undo: 'pending' });
    world.come('slow');
    expect(statuses(world)).toMatchObject({ undo: 'succeeded', clean: 'succeeded' });
  });

  test.each([
    ['clean', {}, 'failed'],
    ['clean', { work: { end: { status: 'errored' } } }, 'errored'],
    ['undo', { work: bad }, 'failed'],
  ] as const)('a failure of %s in them is shown; with %j the run is %s', (name, more, phase) => {
    const scripts = { [name]: { end: { status: 'errored' } }, ...more } as const;
    const world = openWorld(sections(), { scripts });
    world.settle();
    expect(world.step(name).status).toBe('errored');
    expect(world.state.phase).toBe(phase);
    expect(world.state.because).toContain(`${name} had an error`);
  });

  test('they see what was before them, and that it failed', () => {
    const say = '${{ steps["work"].status }} ${{ run.failed }} ${{ run.id }}';
    const spec = specOf({
      steps: [step('work')],
      finally: [step('tell', { notify: { channels: ['room'], message: say } })],
    });
    const world = openWorld(spec, { scripts: { work: bad } });
    world.settle();
    expect(world.step('tell').outputs.message).toBe('failed true run-1');
  });
});

describe('time of the run', () => {
  test('is over: steps are stopped, onFailure and finally run, and it failed', () => {
    const spec = sections({ timeout: '10m' });
    const world = openWorld(spec, { scripts: { work: { effect: true } } });
    world.settle();
    expect(world.wakeAt?.getTime()).toBe(start + 600_000);
    world.pass(600_000);
    expect(world.effects[0]?.isStopped).toBe(true);
    world.come('work');
    expect(statuses(world)).toEqual({
      work: 'cancelled',
      rest: 'omitted',
      undo: 'succeeded',
      clean: 'succeeded',
    });
    expect(world.state.phase).toBe('failed');
    expect(world.state.because).toBe('it took longer than its timeout of 10m');
  });

  test('begins anew for what comes after the steps, and ends that as well', () => {
    const spec = sections({ timeout: '10m' });
    const scripts = { work: bad, undo: { effect: true }, clean: { effect: true } } as const;
    const world = openWorld(spec, { scripts });
    world.settle();
    world.pass(599_999);
    expect(world.step('undo').status).toBe('running');
    world.pass(1);
    expect(world.step('undo').stopping?.as).toBe('cancelled');
    world.pass(30_000);
    expect(statuses(world)).toMatchObject({ undo: 'cancelled', clean: 'omitted' });
    expect(world.state.phase).toBe('failed');
  });
});

test('a run that waits for people says for whom', () => {
  const spec = specOf({
    steps: [step('build'), { name: 'approve-production', approve: { approvers: ['ada', 'bob'] } }],
  });
  const world = openWorld(spec, {
    scripts: { build: { effect: true } },
    adapters: [approveStep()],
  });
  world.settle();
  expect(world.state.because).toMatch(
    /^approve-production: waiting for .*ada or bob.* and build: /,
  );
  expect(world.last?.writes).toMatchObject([{ row: { awaiting: ['approve-production'] } }]);
  const awaiting = world.events.filter(({ type }) => type === 'step.awaiting');
  expect(awaiting).toMatchObject([{ after: { step: 'approve-production' }, application: 'shop' }]);
  world.come('build');
  expect(world.events.filter(({ type }) => type === 'step.awaiting')).toHaveLength(1);
});
