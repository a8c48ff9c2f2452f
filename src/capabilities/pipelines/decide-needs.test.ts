import { describe, expect, test } from 'vitest';
import { openWorld, specOf, statuses, step } from './runs.fixture.ts';

type End = 'succeeded' | 'failed' | 'errored' | 'cancelled';

/** `build` ends so; what does `next` do, that needs it so? */
const following = (end: End, needs: readonly unknown[], more: object = {}): string | undefined => {
  const spec = specOf({
    steps: [step('build', more as never), step('next', { needs: needs as never })],
  });
  const world = openWorld(spec, { scripts: { build: { end: { status: end } } } });
  world.settle();
  return statuses(world).next;
};

describe('a bare need', () => {
  test.each([
    ['succeeded', 'succeeded'],
    ['failed', 'omitted'],
    ['errored', 'omitted'],
    ['cancelled', 'omitted'],
  ] as const)('of a step that %s: the next is %s', (end, next) => {
    expect(following(end, ['build'])).toBe(next);
  });

  test.each([
    ['failed', 'succeeded'],
    ['errored', 'succeeded'],
    ['cancelled', 'omitted'],
  ] as const)('of a step with continueOnError that %s: the next is %s', (end, next) => {
    expect(following(end, ['build'], { continueOnError: true })).toBe(next);
  });

  test('of a skipped step is met, and skipping goes through', () => {
    const spec = specOf({
      steps: [
        step('build', { when: 'false' }),
        step('test', { needs: ['build'] }),
        step('ship', { needs: ['test'] }),
      ],
    });
    const world = openWorld(spec);
    world.settle();
    expect(statuses(world)).toEqual({ build: 'skipped', test: 'succeeded', ship: 'succeeded' });
    expect(world.step('build').because).toBe('false is false');
    expect(world.state.phase).toBe('succeeded');
  });

  test('of an omitted step is not met, and says by whom', () => {
    const spec = specOf({
      steps: [step('build'), step('test', { needs: ['build'] }), step('ship', { needs: ['test'] })],
    });
    const world = openWorld(spec, { scripts: { build: { end: { status: 'failed' } } } });
    world.settle();
    expect(statuses(world)).toEqual({ build: 'failed', test: 'omitted', ship: 'omitted' });
    expect(world.step('test').because).toBe('build failed');
    expect(world.step('ship').because).toBe('test was omitted');
  });
});

describe('a need with statuses', () => {
  test.each([
    [['failed'], 'failed', 'succeeded'],
    [['failed'], 'succeeded', 'omitted'],
    [['failed', 'errored'], 'errored', 'succeeded'],
    [['succeeded'], 'succeeded', 'succeeded'],
    [['cancelled'], 'cancelled', 'succeeded'],
  ] as const)('%j of a step that %s: the next is %s', (is, end, next) => {
    expect(following(end, [{ step: 'build', is }])).toBe(next);
  });

  test('[skipped] and [omitted] are met by just these', () => {
    const spec = specOf({
      steps: [
        step('no', { when: 'false' }),
        step('bad'),
        step('left', { needs: ['bad'] }),
        step('a', { needs: [{ step: 'no', is: ['skipped'] }] }),
        step('b', { needs: [{ step: 'left', is: ['omitted'] }] }),
        step('c', { needs: [{ step: 'left', is: ['skipped'] }] }),
      ],
    });
    const world = openWorld(spec, { scripts: { bad: { end: { status: 'failed' } } } });
    world.settle();
    expect(statuses(world)).toMatchObject({ a: 'succeeded', b: 'succeeded', c: 'omitted' });
    expect(world.step('c').because).toBe('left was omitted, and it runs when that skipped');
  });
});

test('a step waits for all that it needs, and is omitted as soon as one is not met', () => {
  const spec = specOf({
    steps: [
      step('slow'),
      step('bad'),
      step('both', { needs: ['slow', 'bad'] }),
      step('last', { needs: ['slow'] }),
    ],
  });
  const scripts = {
    slow: { effect: true },
    bad: { wait: 1_000, end: { status: 'failed' } },
  } as const;
  const world = openWorld(spec, { scripts });
  world.settle();
  expect(world.step('both')).toMatchObject({
    status: 'pending',
    because: 'waiting for slow and bad',
  });
  world.pass(1_000);
  expect(world.step('both')).toMatchObject({ status: 'omitted', because: 'bad failed' });
  expect(world.step('last').status).toBe('pending');
  world.come('slow');
  expect(world.step('last').status).toBe('succeeded');
  expect(world.state).toMatchObject({
    phase: 'failed',
    because: 'bad failed: done as it was told',
  });
});

test('steps that need nothing of each other run side by side', () => {
  const spec = specOf({
    steps: [step('a'), step('b'), step('join', { needs: ['a', 'b'] })],
  });
  const world = openWorld(spec, { scripts: { a: { effect: true }, b: { effect: true } } });
  world.settle();
  expect(world.effects.map(({ tag }) => tag)).toEqual(['a#1', 'b#1']);
  expect(world.state.because).toBe('a: asking for the effect and b: asking for the effect');
  world.come('b');
  expect(world.step('join').status).toBe('pending');
  world.come('a');
  expect(world.state.phase).toBe('succeeded');
});
