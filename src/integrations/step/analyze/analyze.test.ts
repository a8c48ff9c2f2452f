import { expect, test } from 'vitest';
import { problem } from '../../../platform/errors/problem.ts';
import type { Json } from '../../../platform/ids/types.ts';
import { contextOf } from '../context.fixture.ts';
import { lookOf, stepContract } from '../contract.ts';
import type { StepLook, StepMove } from '../port.ts';
import { type AnalysisWish, analyzeStep } from './analyze.ts';

const now = new Date('2026-03-02T10:00:00Z');
const settings = { environment: 'production', templates: ['errors'], args: { path: '/pay' } };
const judging = { is: 'judging', analysis: 'run-1/one/1' };
const cancelled = { actor: 'user:bob', because: 'wrong one' };
const seen = (phase: string): Json => ({
  phase,
  because: 'errors: 1 of 5 measurements.',
  detail: { metric: 'errors' },
});
const ok = (value: Json) => ({ ok: true, value }) as const;

function world() {
  const opened = new Map<string, AnalysisWish>();
  const ended: string[] = [];
  const adapter = analyzeStep({
    openAnalysis: async (wish) => {
      opened.set(wish.key, wish);
      return { is: 'opened', analysis: wish.key };
    },
    readAnalysis: async (key) =>
      opened.has(key) ? { phase: 'running', because: key, detail: null } : null,
    cancelAnalysis: async ({ analysis }) => {
      ended.push(analysis);
    },
  });
  return { adapter, opened, ended };
}

const effect = { ...settings, do: 'open', application: 'shop' };

stepContract('analyze', () => {
  const { adapter, opened } = world();
  return {
    adapter,
    settings: [settings],
    facts: ['running', 'successful', 'failed', 'inconclusive', 'error', 'cancelled'].map(seen),
    over: seen('cancelled'),
    values: [
      { is: 'opened', analysis: 'run-1/one/1' },
      { is: 'unfit', because: 'errors is not declared.' },
    ],
    twice: async () => {
      await adapter.run?.(effect, contextOf());
      await adapter.run?.(effect, contextOf());
      return opened.size;
    },
  };
});

const decide = (over: Partial<StepLook>): StepMove =>
  world().adapter.decide(lookOf({ settings, ...over }), now);

test.each([
  ['successful', 'succeeded', 'errors: 1 of 5 measurements'],
  ['failed', 'failed', 'errors: 1 of 5 measurements'],
  ['inconclusive', 'errored', 'no verdict (inconclusive): errors'],
  ['error', 'errored', 'no verdict (error): errors'],
  ['cancelled', 'errored', 'no verdict (cancelled): errors'],
])('an analysis that is %s ends the step %s', (phase, status, because) => {
  const move = decide({ memory: judging, facts: seen(phase) });
  expect(move).toMatchObject({
    ...{ is: 'end', status },
    outputs: { analysis: 'run-1/one/1', phase, detail: { metric: 'errors' } },
  });
  expect(move.because).toContain(because);
});

test('it waits for the analysis, which wakes it, and looks again by itself', () => {
  const first = decide({});
  expect(first).toMatchObject({ is: 'wait', effect });
  const opened = decide({
    memory: { is: 'opening', analysis: null },
    outcome: ok({ is: 'opened', analysis: 'run-1/one/1' }),
  });
  expect(opened).toMatchObject({ memory: judging, wakeAt: now });
  expect(decide({ memory: judging, facts: seen('running') })).toMatchObject({
    because: 'analysis: errors: 1 of 5 measurements',
    wakeAt: new Date(now.getTime() + 60_000),
  });
});

test('a missing judge never passes', () => {
  const memory = { is: 'opening', analysis: null };
  const unfit = ok({ is: 'unfit', because: 'AnalysisTemplate errors is not declared.' });
  expect(decide({ memory, outcome: unfit })).toMatchObject({ status: 'errored' });
  const { subject } = lookOf();
  expect(decide({ subject: { ...subject, application: null } })).toMatchObject({
    status: 'errored',
  });
});

test('a cancel ends the analysis first', () => {
  const asked = decide({ memory: judging, facts: seen('running'), cancelled });
  expect(asked).toMatchObject({
    memory: { is: 'ending' },
    effect: { do: 'cancel', analysis: 'run-1/one/1', actor: 'user:bob', because: 'wrong one' },
  });
  const memory = { is: 'ending', analysis: 'run-1/one/1' };
  const waiting = decide({ memory, facts: seen('running'), cancelled });
  expect(waiting).not.toHaveProperty('effect');
  const done = decide({ memory, facts: seen('running'), cancelled, outcome: ok(null) });
  expect(done).toMatchObject({ status: 'cancelled' });
  const no = { ok: false, problem: problem('TG1704', { detail: 'It was stopped.' }) } as const;
  expect(decide({ memory, facts: seen('running'), cancelled, outcome: no })).toMatchObject({
    status: 'errored',
  });
  expect(decide({ memory: judging, facts: seen('failed'), cancelled })).toMatchObject({
    status: 'cancelled',
    because: expect.stringContaining('the analysis ended failed'),
  });
});

test('the analysis is named after the run, the step and the attempt', async () => {
  const { adapter, opened, ended } = world();
  await adapter.run?.(effect, contextOf());
  expect([...opened.values()]).toMatchObject([
    { key: 'run-1/one/1', templates: ['errors'], args: { path: '/pay' } },
  ]);
  expect(await adapter.load?.(lookOf({ memory: judging }))).toMatchObject({ phase: 'running' });
  expect(await adapter.load?.(lookOf({ memory: null }))).toBeNull();
  const cancel = { do: 'cancel', analysis: 'run-1/one/1', actor: 'user:bob', because: '' };
  await adapter.run?.(cancel, contextOf());
  expect(ended).toEqual(['run-1/one/1']);
});
