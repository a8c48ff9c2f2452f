import { describe, expect, test } from 'vitest';
import { decideRivals, outranked } from './decide-rivals.ts';
import { openWorld, specOf, start, statuses, step } from './runs.fixture.ts';
import type { RunPhase, RunSnapshot } from './types.ts';

type Policy = RunSnapshot['rivals'][number]['policy'];
const rival = (seq: number, phase: RunPhase, policy: Policy = 'queue') => ({
  id: `run-${seq}`,
  seq,
  phase,
  policy,
});

/** Run 5 of a group, with others. */
const five = (phase: RunPhase, ...others: readonly ReturnType<typeof rival>[]) =>
  decideRivals({
    id: 'run-5',
    seq: 5,
    group: 'g',
    phase,
    rivals: [...others, rival(5, phase)].sort((one, other) => one.seq - other.seq),
  });

describe('a run that waits', () => {
  test.each([
    ['alone', [], 'begin', null],
    ['behind one that runs', [rival(3, 'running')], 'wait', 'run-3'],
    ['behind one that finishes', [rival(3, 'finishing')], 'wait', 'run-3'],
    ['behind one that waits', [rival(3, 'queued'), rival(4, 'queued')], 'wait', 'run-4'],
    ['behind both', [rival(2, 'running'), rival(4, 'queued')], 'wait', 'run-2'],
    ['before a newer one that queues', [rival(6, 'queued')], 'begin', null],
    ['before a newer one that supersedes', [rival(6, 'queued', 'supersede')], 'giveWay', 'run-6'],
    ['before a newer one that cancels', [rival(6, 'queued', 'cancel')], 'giveWay', 'run-6'],
    ['behind an older one that cancels', [rival(3, 'running', 'cancel')], 'wait', 'run-3'],
  ] as const)('%s', (_name, others, is, by) => {
    const move = five('queued', ...others);
    expect(move.is).toBe(is);
    if (by !== null) expect(move).toMatchObject({ by });
  });
});

describe('a run that runs', () => {
  test.each([
    ['goes on with one that queues behind it', 'running', [rival(6, 'queued')], 'goOn'],
    ['goes on with one that supersedes', 'running', [rival(6, 'queued', 'supersede')], 'goOn'],
    ['is cancelled by one that cancels', 'running', [rival(6, 'queued', 'cancel')], 'cancel'],
    ['is let be when it finishes', 'finishing', [rival(6, 'queued', 'cancel')], 'goOn'],
  ] as const)('%s', (_name, phase, others, is) => {
    expect(five(phase, ...others).is).toBe(is);
  });
});

test('without a group it begins, whoever else there is', () => {
  const alone = { id: 'run-5', seq: 0, group: null, rivals: [rival(1, 'running')] };
  expect(decideRivals({ ...alone, phase: 'queued' }).is).toBe('begin');
  expect(decideRivals({ ...alone, phase: 'running' }).is).toBe('goOn');
});

const grouped = (policy: Policy) =>
  specOf({
    concurrency: { group: 'checkout', policy },
    steps: [step('work')],
    finally: [step('clean')],
  });

test('waits in its group, says for whom, and begins when its turn has come', () => {
  const world = openWorld(grouped('queue'));
  expect(world.state.group).toBe('checkout');
  world.rivals = [
    { id: 'run-0', seq: 1, phase: 'running', policy: 'queue' },
    { id: 'run-1', seq: 2, phase: 'queued', policy: 'queue' },
  ];
  world.settle();
  expect(world.state).toMatchObject({
    phase: 'queued',
    because: 'waiting for run-0, which holds group checkout',
  });
  expect(world.wakeAt).toBeNull();
  world.pass(90 * 86_400_000);
  expect(world.state.phase).toBe('queued');
  world.rivals = [{ id: 'run-1', seq: 2, phase: 'queued', policy: 'queue' }];
  world.settle();
  expect(world.state.phase).toBe('succeeded');
  expect(world.state.startedAt).toBe(new Date(start + 90 * 86_400_000).toISOString());
});

test('a run that waits gives its place to a newer one, and nothing of it runs', () => {
  const world = openWorld(grouped('supersede'));
  world.rivals = [
    { id: 'run-1', seq: 2, phase: 'queued', policy: 'supersede' },
    { id: 'run-2', seq: 3, phase: 'queued', policy: 'supersede' },
  ];
  world.settle();
  expect(world.state).toMatchObject({
    phase: 'cancelled',
    because: 'run-2 took its place in group checkout',
  });
  expect(statuses(world)).toEqual({ work: 'omitted', clean: 'omitted' });
});

test('a run that runs is cancelled by a newer one, clears up, and runs finally', () => {
  const world = openWorld(grouped('cancel'), { scripts: { work: { effect: true } } });
  world.rivals = [{ id: 'run-1', seq: 2, phase: 'queued', policy: 'cancel' }];
  world.settle();
  world.rivals = [...world.rivals, { id: 'run-2', seq: 3, phase: 'queued', policy: 'cancel' }];
  world.settle();
  expect(world.step('work').stopping).toMatchObject({
    actor: 'run:run-2',
    because: 'run-2 takes over group checkout',
  });
  world.come('work');
  expect(statuses(world)).toEqual({ work: 'cancelled', clean: 'succeeded' });
  expect(world.state.phase).toBe('cancelled');
});

test('a group may be made from inputs, and one without a value ends the run', () => {
  const spec = specOf({
    inputs: { service: {} },
    concurrency: { group: 'g-${{ inputs.service }}' },
    steps: [step('work')],
  });
  const good = openWorld(spec, { run: { inputs: { service: 'shop' } } });
  expect(good.state.group).toBe('g-shop');
  const bad = openWorld(spec);
  bad.settle();
  expect(bad.state.phase).toBe('errored');
  expect(bad.state.because).toContain('its concurrency group g-${{ inputs.service }} has no value');
  expect(bad.step('work').status).toBe('omitted');
});

test.each([
  ['queue', []],
  ['supersede', ['run-2']],
  ['cancel', ['run-1', 'run-2']],
  [undefined, []],
] as const)('with policy %s, %j are told of a newer one', (policy, told) => {
  const rivals = [rival(1, 'running'), rival(2, 'queued'), rival(5, 'queued'), rival(6, 'queued')];
  expect(outranked({ seq: 5, rivals, policy })).toEqual(told);
});

test('the end of a run is written first, and then it calls the next of its group', () => {
  const world = openWorld(grouped('queue'));
  world.rivals = [
    { id: 'run-1', seq: 2, phase: 'queued', policy: 'queue' },
    { id: 'run-2', seq: 3, phase: 'queued', policy: 'queue' },
  ];
  const ended = world.look();
  expect(ended).toMatchObject({ phase: 'succeeded', terminal: false, wake: [] });
  expect(ended.writes).toMatchObject([{ row: { terminal: true } }]);
  expect(world.wakeAt?.getTime()).toBe(start);
  world.rivals = [{ id: 'run-2', seq: 3, phase: 'queued', policy: 'queue' }];
  expect(world.look()).toMatchObject({ terminal: true, wake: ['run/run-2'], wakeAt: null });
});

test('a newer run wakes those that have to give way to it', () => {
  const world = openWorld(grouped('cancel'));
  world.rivals = [
    { id: 'run-0', seq: 1, phase: 'running', policy: 'queue' },
    { id: 'run-1', seq: 2, phase: 'queued', policy: 'cancel' },
  ];
  expect(world.look()).toMatchObject({ phase: 'queued', wake: ['run/run-0'] });
});
