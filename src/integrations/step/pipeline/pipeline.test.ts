import { expect, test } from 'vitest';
import { problem } from '../../../platform/errors/problem.ts';
import type { Json } from '../../../platform/ids/types.ts';
import { contextOf } from '../context.fixture.ts';
import { lookOf, stepContract } from '../contract.ts';
import type { StepLook, StepMove } from '../port.ts';
import { childRunId, pipelineStep, type RunWish } from './pipeline.ts';

const now = new Date('2026-03-02T10:00:00Z');
const settings = { name: 'smoke', inputs: { depth: 2 }, wait: true };
const following = { is: 'following', run: 'run-2' };
const cancelled = { actor: 'user:bob', because: 'wrong one' };
const child = (phase: string, outputs: Json = {}): Json => ({
  phase,
  because: 'step test waits.',
  outputs,
});
const ok = (value: Json) => ({ ok: true, value }) as const;

function world() {
  const runs = new Map<string, RunWish>();
  const cancels = new Map<string, string>();
  const adapter = pipelineStep({
    startRun: async (wish) => {
      runs.set(wish.id, wish);
    },
    cancelRun: async ({ run, key }) => {
      cancels.set(key, run);
    },
    readRun: async (id) => (runs.has(id) ? { phase: 'running', because: '', outputs: {} } : null),
  });
  return { adapter, runs, cancels };
}

const effect = { do: 'start', pipeline: 'smoke', inputs: { depth: 2 } };

stepContract('pipeline', () => {
  const { adapter, runs } = world();
  return {
    adapter,
    settings: [settings, { ...settings, wait: false }],
    facts: ['queued', 'running', 'finishing', 'succeeded', 'failed', 'errored', 'cancelled'].map(
      (one) => child(one),
    ),
    over: child('cancelled'),
    values: [{ run: 'run-2' }],
    twice: async () => {
      await adapter.run?.(effect, contextOf());
      await adapter.run?.(effect, contextOf());
      return runs.size;
    },
  };
});

const decide = (over: Partial<StepLook>): StepMove =>
  world().adapter.decide(lookOf({ settings, ...over }), now);

test.each(['succeeded', 'failed', 'errored', 'cancelled'])(
  'a run that %s ends the step so, with what its steps gave',
  (phase) => {
    const outputs = { test: { passed: 12 } };
    expect(decide({ memory: following, facts: child(phase, outputs) })).toMatchObject({
      ...{ is: 'end', status: phase },
      outputs: { run: 'run-2', phase, steps: outputs },
    });
  },
);

test('it waits for the run, and says for what that waits', () => {
  expect(decide({})).toMatchObject({ is: 'wait', effect });
  const memory = { is: 'starting', run: null };
  expect(decide({ memory, outcome: ok({ run: 'run-2' }) })).toMatchObject({ memory: following });
  expect(decide({ memory: following, facts: child('running') })).toMatchObject({
    because: 'run run-2 is running: step test waits',
    wakeAt: new Date(now.getTime() + 60_000),
  });
});

test('one that is not to be waited for is done when it has begun', () => {
  const given = { settings: { ...settings, wait: false }, memory: { is: 'starting', run: null } };
  expect(decide({ ...given, outcome: ok({ run: 'run-2' }) })).toMatchObject({
    status: 'succeeded',
    outputs: { run: 'run-2' },
  });
});

test('a run that could not be begun is no answer', () => {
  const memory = { is: 'starting', run: null };
  const no = { ok: false, problem: problem('TG1903', { detail: 'No pipeline smoke.' }) } as const;
  expect(decide({ memory, outcome: no })).toMatchObject({ status: 'errored' });
  expect(decide({ memory, outcome: no, cancelled })).toMatchObject({ status: 'cancelled' });
});

test('a cancel cancels the run once, and ends when that has cleared up', () => {
  const first = decide({ memory: following, facts: child('running'), cancelled });
  expect(first).toMatchObject({ effect: { do: 'cancel', run: 'run-2', actor: 'user:bob' } });
  const memory = { is: 'cancelling', run: 'run-2' };
  expect(decide({ memory, facts: child('running'), cancelled })).not.toHaveProperty('effect');
  const asked = decide({ memory, facts: child('running'), cancelled, outcome: ok(null) });
  expect(asked).toMatchObject({ is: 'wait', memory: { is: 'cancelled' } });
  const rest = { memory: { is: 'cancelled', run: 'run-2' }, cancelled };
  expect(decide({ ...rest, facts: child('finishing') })).toMatchObject({ is: 'wait' });
  expect(decide({ ...rest, facts: child('cancelled') })).toMatchObject({ status: 'cancelled' });
});

test('outputs that are too large are left out, and the run is still named', () => {
  const move = decide({
    memory: following,
    facts: child('succeeded', { big: 'x'.repeat(13_000) }),
  });
  expect(move).toMatchObject({ status: 'succeeded', outputs: { run: 'run-2', steps: {} } });
});

test('the run has an id that follows from the effect, and its parent', async () => {
  const { adapter, runs, cancels } = world();
  const context = contextOf();
  const id = childRunId(context.key);
  expect(await adapter.run?.(effect, context)).toEqual({ run: id });
  expect(id).toMatch(/^run-[0-9a-f]{18}$/);
  expect(runs.get(id)).toMatchObject({
    pipeline: 'smoke',
    inputs: { depth: 2 },
    parent: { run: 'run-1' },
  });
  expect(await adapter.load?.(lookOf({ memory: { is: 'following', run: id } }))).toMatchObject({
    phase: 'running',
  });
  expect(await adapter.load?.(lookOf())).toBeNull();
  const cancel = { do: 'cancel', run: id, actor: 'user:bob', because: '' };
  await adapter.run?.(cancel, context);
  expect([...cancels.values()]).toEqual([id]);
});
