import { expect, test } from 'vitest';
import { openWorld, specOf, statuses, step, type World } from './runs.fixture.ts';

const each = (forEach: object, more: object = {}) =>
  specOf({
    steps: [
      step('test', { forEach: forEach as never, ...more }),
      step('next', { needs: ['test'] }),
    ],
  });

const items = (world: World) =>
  Object.values(world.state.steps)
    .filter(({ index }) => index !== null)
    .map(({ item }) => item);

test('each item is an instance with its item and index, and all of them together are the step', () => {
  const spec = each(
    { items: ['a', 'b', 'c'] },
    { notify: { channels: ['room'], message: '${{ item }} is ${{ index }}' } },
  );
  const world = openWorld(spec);
  world.settle();
  expect(items(world)).toEqual(['a', 'b', 'c']);
  expect(world.step('test[1]').outputs.message).toBe('b is 1');
  expect(world.step('test')).toMatchObject({ status: 'succeeded', because: 'all 3 are through' });
  expect(world.state.phase).toBe('succeeded');
});

test('a matrix is every combination, the last key fastest', () => {
  const world = openWorld(each({ matrix: { b: [1, 2], a: ['x', 'y'] } }));
  world.settle();
  expect(items(world)).toEqual([
    { a: 'x', b: 1 },
    { a: 'x', b: 2 },
    { a: 'y', b: 1 },
    { a: 'y', b: 2 },
  ]);
});

test('the list may be an expression over earlier outputs', () => {
  const spec = specOf({
    steps: [
      step('find'),
      step('use', { needs: ['find'], forEach: { items: '${{ steps["find"].outputs.list }}' } }),
    ],
  });
  const world = openWorld(spec, { scripts: { find: { end: { outputs: { list: [7, 8] } } } } });
  world.settle();
  expect(items(world)).toEqual([7, 8]);
  expect(world.step('use').status).toBe('succeeded');
});

test.each([
  ['an empty list is skipped', { items: [] }, {}, 'skipped', 'its list is empty'],
  ['no list is an error', { items: '${{ 5 }}' }, {}, 'errored', 'forEach is no list: 5 (TG1906)'],
  [
    'a false `when` skips it before the list',
    { items: '${{ inputs.x }}' },
    { when: 'false' },
    'skipped',
    'false is false',
  ],
  [
    'a `when` about the item is asked for each',
    { items: [1, 2] },
    { when: 'item > 1' },
    'succeeded',
    'all 2 are through',
  ],
  [
    'all skipped is skipped',
    { items: [1, 2] },
    { when: 'item > 5' },
    'skipped',
    'all 2 were skipped',
  ],
  [
    'a `when` that is no boolean is an error',
    { items: [1] },
    { when: '"yes"' },
    'errored',
    'when is neither true nor false: "yes" (TG1906)',
  ],
] as const)('%s', (_name, forEach, more, status, because) => {
  const world = openWorld(each(forEach, more));
  world.settle();
  expect(world.step('test')).toMatchObject({ status, because });
});

test.each([
  [['succeeded', 'failed', 'errored'], 'errored'],
  [['failed', 'cancelled'], 'failed'],
  [['succeeded', 'cancelled'], 'cancelled'],
] as const)('instances that end %j make it %s', (ends, status) => {
  const scripts = Object.fromEntries(
    ends.map((end, at) => [`test[${at}]`, { end: { status: end } }]),
  );
  const world = openWorld(each({ items: [...ends] }), { scripts });
  world.settle();
  expect(world.step('test').status).toBe(status);
  expect(world.step('test').because).toContain(`1 of ${ends.length} ${status}: test[`);
  expect(world.step('next').status).toBe('omitted');
});

test('no more than maxParallel run at once, and the others follow in order', () => {
  const list = [0, 1, 2, 3, 4];
  const scripts = Object.fromEntries(list.map((at) => [`test[${at}]`, { effect: true }]));
  const world = openWorld(each({ items: list, maxParallel: 2 }), { scripts });
  world.settle();
  const tags = () => world.effects.map(({ tag }) => tag);
  expect(tags()).toEqual(['test[0]#1', 'test[1]#1']);
  world.come('test[1]');
  expect(tags()).toEqual(['test[0]#1', 'test[2]#1']);
  expect(world.step('test').because).toBe(
    '1 of 5 are over; test[0]: the effect is under way and test[2]: asking for the effect',
  );
  world.come('test[0]');
  world.come('test[2]');
  expect(tags()).toEqual(['test[3]#1', 'test[4]#1']);
  world.come('test[3]');
  world.come('test[4]');
  expect(world.state.phase).toBe('succeeded');
});

test('an instance that waits for its next try keeps its place', () => {
  const spec = each({ items: [0, 1], maxParallel: 1 }, { retry: { limit: 1, on: ['failed'] } });
  const world = openWorld(spec, { scripts: { 'test[0]': { end: { status: 'failed' } } } });
  world.settle();
  expect(statuses(world)).toMatchObject({ 'test[0]': 'backingOff', 'test[1]': 'pending' });
  world.pass(5_000);
  expect(statuses(world)).toMatchObject({ 'test[0]': 'failed', 'test[1]': 'succeeded' });
});

test('expressions see the instances as items', () => {
  const spec = specOf({
    steps: [
      step('test', { forEach: { items: [1, 2] } }),
      step('sum', {
        needs: ['test'],
        notify: {
          channels: ['room'],
          message: '${{ steps["test"].items[1].status }} ${{ steps["test"].items.size() }}',
        },
      }),
    ],
  });
  const world = openWorld(spec);
  world.settle();
  expect(world.step('sum').outputs.message).toBe('succeeded 2');
});

test('a run has at most 1,000 instances', () => {
  const spec = specOf({
    steps: [
      step('many', { forEach: { matrix: { a: Array(40).fill(0), b: Array(25).fill(0) } } }),
      step('more', { needs: ['many'], forEach: { items: [1] } }),
    ],
  });
  const world = openWorld(spec);
  world.settle();
  expect(world.step('many').status).toBe('succeeded');
  expect(world.step('more').status).toBe('errored');
  expect(world.step('more').because).toContain('TG1908');
  expect(JSON.stringify(world.state).length).toBeLessThan(1024 * 1024);
});

test('combinations beyond all bounds are an error, and are not made', () => {
  const values = Array(64).fill(0);
  const matrix = { a: values, b: values, c: values, d: values, e: values };
  const world = openWorld(each({ matrix }));
  world.settle();
  expect(world.step('test').status).toBe('errored');
  expect(world.step('test').because).toContain('TG1908');
  expect(Object.keys(world.state.steps)).toEqual(['test', 'next']);
});
