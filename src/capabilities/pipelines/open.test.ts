import { expect, test } from 'vitest';
import { keptSteps, largestEvent, openState } from './open.ts';
import { newRun, openWorld, specOf, statuses, step } from './runs.fixture.ts';

const spec = specOf({
  steps: [
    step('build'),
    step('lint', { when: 'false' }),
    step('test', { needs: ['build', 'lint'], forEach: { items: ['a', 'b', 'c'] } }),
    step('tell', { needs: [{ step: 'test', is: ['failed'] }] }),
    step('ship', { needs: ['test'] }),
  ],
  finally: [step('clean')],
});

function failed() {
  const world = openWorld(spec, { scripts: { 'test[1]': { end: { status: 'failed' } } } });
  world.settle();
  expect(statuses(world)).toMatchObject({ test: 'failed', tell: 'succeeded', ship: 'omitted' });
  return world.state;
}

test('a retry keeps what succeeded or was skipped, and of a forEach the instances that did', () => {
  const kept = keptSteps('run-1', failed(), spec);
  expect(Object.keys(kept).sort()).toEqual(['build', 'lint', 'test[0]', 'test[2]']);
  expect(kept.build?.because).toBe('kept from run-1: done as it was told');
});

test('a retry does the rest, and nothing of what was kept', () => {
  const world = openWorld(spec, { run: { id: 'run-2', kept: keptSteps('run-1', failed(), spec) } });
  world.settle();
  expect(world.state.phase).toBe('succeeded');
  expect(world.fake.looks.map(({ subject }) => subject.step)).toEqual(['test[1]', 'ship', 'clean']);
  expect(statuses(world)).toMatchObject({ test: 'succeeded', tell: 'omitted', ship: 'succeeded' });
  expect(world.step('test[0]').because).toBe('kept from run-1: done as it was told');
});

test('kept twice, the reason names the run that did it last', () => {
  const first = keptSteps('run-1', failed(), spec);
  const again = keptSteps('run-2', { steps: { ...failed().steps, ...first } }, spec);
  expect(again.build?.because).toBe('kept from run-2: done as it was told');
});

test('an instance that was kept for another item is done again, and one too many is let go', () => {
  const before = keptSteps('run-1', failed(), spec);
  const changed = specOf({
    steps: [step('build'), step('test', { forEach: { items: ['x', 'b'] } })],
  });
  const kept = { 'test[0]': before['test[0]'], 'test[1]': before['test[2]'] };
  const some = Object.fromEntries(
    Object.entries(kept).flatMap(([name, one]) => (one ? [[name, one]] : [])),
  );
  const third = before['test[2]'];
  const world = openWorld(changed, {
    run: { kept: { ...some, ...(third ? { 'test[2]': third } : {}) } },
  });
  world.settle();
  expect(Object.keys(world.state.steps).sort()).toEqual(['build', 'test', 'test[0]', 'test[1]']);
  expect(world.fake.looks.map(({ subject }) => subject.step)).toEqual([
    'build',
    'test[0]',
    'test[1]',
  ]);
});

test('an event that is too large is not kept, and what no database takes is made fit', () => {
  const now = new Date();
  const run = newRun(spec);
  const large = { ...run.origin, event: 'x'.repeat(largestEvent) };
  expect(openState({ ...run, origin: large }, 'd', now).origin.event).toBeNull();
  const small = openState(
    { ...run, origin: { ...run.origin, event: { a: 'b\0' } }, inputs: { c: '\ud800' } },
    'd',
    now,
  );
  expect(small.origin.event).toEqual({ a: 'b\ufffd' });
  expect(small.inputs).toEqual({ c: '\ufffd' });
});
