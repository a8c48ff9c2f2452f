import { expect, test } from 'vitest';
import { explainRun } from './explain.ts';
import { openWorld, specOf, step } from './runs.fixture.ts';

const spec = specOf({
  concurrency: { group: 'g' },
  steps: [step('build'), step('test', { needs: ['build'] }), step('ship', { needs: ['test'] })],
});

test('what is under way comes first, then what is over, then what waits', () => {
  const world = openWorld(spec, { scripts: { test: { effect: true } } });
  world.rivals = [
    { id: 'run-1', seq: 1, phase: 'queued', policy: 'queue' },
    { id: 'run-2', seq: 2, phase: 'queued', policy: 'queue' },
  ];
  world.settle();
  const facts = explainRun(world.decide, world.snapshot(), new Date(world.at.now));
  expect(facts.map(({ fact }) => fact)).toEqual([
    'It is running',
    'It is of group g',
    'test is running',
    'build is succeeded',
    'ship is pending',
    expect.stringMatching(/^It looks again by itself at 2026-03-09/),
    'It was opened at 2026-03-02T10:00:00.000Z',
  ]);
  expect(facts[1]?.because).toBe('nobody is before it; after it: run-2');
});

test('one that is being stopped says by whom, and one that is over that it is', () => {
  const world = openWorld(spec, { scripts: { build: { effect: true } } });
  world.settle();
  world.ask('cancel');
  const told = () => explainRun(world.decide, world.snapshot(), new Date(world.at.now));
  expect(told()[1]).toEqual({
    fact: 'It is being stopped as cancelled',
    because: 'user:ada cancelled the run: so says user:ada',
  });
  world.come('build');
  expect(told()[0]?.fact).toBe('It is over: cancelled');
  expect(told().some(({ fact }) => fact.startsWith('It looks again'))).toBe(false);
});
