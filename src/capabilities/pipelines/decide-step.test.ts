import { describe, expect, test } from 'vitest';
import { problem } from '../../platform/errors/problem.ts';
import { openWorld, specOf, start, step } from './runs.fixture.ts';

const one = (more: object = {}, rest: object = {}) =>
  specOf({ steps: [step('work', more as never)], ...rest });

describe('retry', () => {
  test('tries again after a backoff that grows to its most, and ends as the last try did', () => {
    const retry = { limit: 3, on: ['failed'], backoff: { initial: '10s', factor: 3, max: '1m' } };
    const world = openWorld(one({ retry }), { scripts: { work: { end: { status: 'failed' } } } });
    world.settle();
    expect(world.step('work')).toMatchObject({
      status: 'backingOff',
      because: 'try 2 of 4 in 10s: done as it was told',
      failures: 1,
    });
    for (const pause of [10_000, 30_000, 60_000]) {
      expect(world.wakeAt?.getTime()).toBe(world.at.now + pause);
      world.pass(pause - 1);
      expect(world.step('work').status).toBe('backingOff');
      world.pass(1);
    }
    expect(world.step('work')).toMatchObject({
      status: 'failed',
      attempt: 4,
      because: 'done as it was told (after 4 tries)',
    });
    expect(world.state.phase).toBe('failed');
  });

  test.each([
    ['errored', 'backingOff'],
    ['failed', 'failed'],
    ['cancelled', 'cancelled'],
  ] as const)('of errors alone: one that %s is %s then', (status, then) => {
    const world = openWorld(one({ retry: { limit: 1 } }), {
      scripts: { work: { end: { status } } },
    });
    world.settle();
    expect(world.step('work').status).toBe(then);
  });

  test('a try that succeeds is the end of it', () => {
    const world = openWorld(one({ retry: { limit: 5 } }), { scripts: { work: { effect: true } } });
    world.settle();
    world.come('work', { ok: false, problem: problem('TG1921', { detail: 'nobody answers' }) });
    expect(world.step('work').because).toBe('try 2 of 6 in 5s: nobody answers');
    world.pass(5_000);
    world.come('work');
    expect(world.step('work')).toMatchObject({ status: 'succeeded', attempt: 2 });
  });
});

describe('repeat', () => {
  const repeat = { until: 'outputs.ready || round > 2', limit: 5, interval: '10s' };
  const never = { end: { outputs: { ready: false } } };

  test('goes from round to round until it is true', () => {
    const world = openWorld(one({ repeat }), { scripts: { work: never } });
    world.settle();
    expect(world.step('work')).toMatchObject({ status: 'backingOff', rounds: 1 });
    world.pass(10_000);
    expect(world.step('work').rounds).toBe(2);
    world.pass(10_000);
    expect(world.step('work')).toMatchObject({ status: 'succeeded', rounds: 3, attempt: 3 });
  });

  test('fails when it was never true', () => {
    const spec = one({ repeat: { ...repeat, until: 'outputs.ready', limit: 2 } });
    const world = openWorld(spec, { scripts: { work: never } });
    world.settle();
    world.pass(10_000);
    expect(world.step('work')).toMatchObject({
      status: 'failed',
      because: 'outputs.ready was not true after 2 rounds: done as it was told',
    });
  });

  test.each([
    ['"yes"', 'repeat.until is neither true nor false (TG1906)'],
    ['outputs.missing', 'repeat.until has no value: '],
  ])('until %s is an error', (until, because) => {
    const world = openWorld(one({ repeat: { ...repeat, until } }));
    world.settle();
    expect(world.step('work').status).toBe('errored');
    expect(world.step('work').because).toContain(because);
  });

  test('each round has its own tries', () => {
    const spec = one({ repeat: { ...repeat, until: 'round == 2' }, retry: { limit: 1 } });
    const world = openWorld(spec, { scripts: { work: { effect: true } } });
    const bad = { ok: false, problem: problem('TG1921', { detail: 'away' }) } as const;
    world.settle();
    world.come('work', bad);
    world.pass(5_000);
    world.come('work');
    expect(world.step('work')).toMatchObject({ rounds: 1, failures: 0, attempt: 2 });
    world.pass(10_000);
    world.come('work', bad);
    world.pass(5_000);
    world.come('work');
    expect(world.step('work')).toMatchObject({ status: 'succeeded', rounds: 2, attempt: 4 });
  });
});

describe('timeout of a step', () => {
  test('stops it, lets it clear up, and ends it errored with that as its reason', () => {
    const world = openWorld(one({ timeout: '1m' }), { scripts: { work: { effect: true } } });
    world.settle();
    expect(world.wakeAt?.getTime()).toBe(start + 60_000);
    world.pass(60_000);
    expect(world.effects[0]?.isStopped).toBe(true);
    expect(world.step('work').status).toBe('running');
    expect(world.fake.looks.at(-1)?.cancelled).toEqual({
      actor: 'tidegate',
      because: 'it took longer than its timeout of 1m: asking for the effect',
    });
    world.come('work');
    expect(world.step('work').status).toBe('errored');
    expect(world.step('work').because).toMatch(/^it took longer than its timeout of 1m/);
    expect(world.state.phase).toBe('errored');
  });

  test('ends it after 30 s even if it does not clear up, and what comes then changes nothing', () => {
    const world = openWorld(one({ timeout: '1m' }), { scripts: { work: { effect: true } } });
    world.settle();
    world.pass(60_000);
    expect(world.wakeAt?.getTime()).toBe(start + 90_000);
    world.pass(30_000);
    expect(world.step('work').status).toBe('errored');
    expect(world.step('work').because).toContain('it did not clear up in time');
    const { state } = world;
    world.come('work');
    expect(world.state).toEqual(state);
    expect(world.outcomes).toEqual([]);
  });

  test('counts over all tries, and a step that timed out is not tried again', () => {
    const spec = one({ timeout: '12s', retry: { limit: 9, on: ['errored', 'failed'] } });
    const world = openWorld(spec, { scripts: { work: { end: { status: 'failed' } } } });
    world.settle();
    world.pass(5_000);
    expect(world.step('work').attempt).toBe(2);
    expect(world.wakeAt?.getTime()).toBe(start + 12_000);
    world.pass(7_000);
    expect(world.step('work')).toMatchObject({ status: 'errored', attempt: 2 });
  });
});

test('continueOnError: the step is shown as it ended, and fails neither the run nor what needs it', () => {
  const spec = specOf({
    steps: [step('lint', { continueOnError: true }), step('ship', { needs: ['lint'] })],
  });
  const world = openWorld(spec, { scripts: { lint: { end: { status: 'errored' } } } });
  world.settle();
  expect(world.step('lint').status).toBe('errored');
  expect(world.step('ship').status).toBe('succeeded');
  expect(world.state.phase).toBe('succeeded');
  expect(world.events.map(({ type }) => type)).toContain('step.errored');
});

test('an outcome of an earlier attempt changes nothing', () => {
  const spec = one({ retry: { limit: 1 } });
  const world = openWorld(spec, { scripts: { work: { effect: true } } });
  world.settle();
  const first = world.effects[0];
  world.come('work', { ok: false, problem: problem('TG1921', { detail: 'away' }) });
  world.pass(5_000);
  expect(world.step('work')).toMatchObject({ status: 'running', attempt: 2, isBusy: true });
  world.settle();
  if (first) world.effects.unshift(first);
  const { state } = world;
  world.come('work');
  expect(world.state).toEqual(state);
  expect(world.outcomes).toEqual([]);
  world.come('work');
  expect(world.state.phase).toBe('succeeded');
});

test('an outcome is for the attempt that asked for it, even when the next one begins in the same look', () => {
  const spec = one({ repeat: { until: 'round == 2', limit: 3, interval: '0s' } });
  const world = openWorld(spec, { scripts: { work: { effect: true } } });
  world.settle();
  world.come('work');
  expect(world.step('work')).toMatchObject({ status: 'running', attempt: 2, isBusy: true });
  expect(world.effects.map(({ tag }) => tag)).toEqual(['work#2']);
  world.come('work');
  expect(world.step('work')).toMatchObject({ status: 'succeeded', rounds: 2, attempt: 2 });
});
