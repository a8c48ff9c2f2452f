import { expect, test } from 'vitest';
import { contextOf } from './context.fixture.ts';
import { lookOf, stepContract } from './contract.ts';
import { fakeStep } from './fake.ts';

const now = new Date('2026-03-02T10:00:00Z');

stepContract('fake', () => {
  const adapter = fakeStep('http');
  adapter.script('one', { effect: true, wait: 120_000 });
  return { adapter, settings: [{ url: 'http://a' }], values: [1], twice: null };
});

test('untold it succeeds at once with its settings', () => {
  const step = fakeStep('http');
  expect(step.decide(lookOf({ settings: { a: 1 } }), now)).toMatchObject({
    ...{ status: 'succeeded', outputs: { a: 1 } },
  });
  expect(step.looks).toHaveLength(1);
});

test('it waits, does and ends as it was told, each step by its own script', async () => {
  const step = fakeStep('http');
  step.script('one', { effect: true, end: { status: 'failed', because: 'red', outputs: {} } });
  step.script('two', { wait: null });
  const asked = step.decide(lookOf({ settings: { a: 1 } }), now);
  expect(asked).toMatchObject({ is: 'wait', memory: 'asked', effect: { a: 1 } });
  step.onRun(async () => 'did it');
  expect(await step.run?.({ a: 1 }, contextOf())).toBe('did it');
  expect(step.ran).toEqual([{ payload: { a: 1 }, key: 'run/run-1/4/0', step: 'one' }]);
  const done = lookOf({ memory: 'asked', outcome: { ok: true, value: 'did it' } });
  expect(step.decide(done, now)).toMatchObject({ status: 'failed', because: 'red' });
  const { subject } = lookOf();
  const two = lookOf({ subject: { ...subject, step: 'two' } });
  expect(step.decide(two, now)).toMatchObject({ is: 'wait' });
});
