import { expect, test } from 'vitest';
import { problem } from '../../../platform/errors/problem.ts';
import type { StepLook } from '../port.ts';
import { decideShell, type ProgramEnd } from './decide.ts';

const now = new Date('2026-03-01T10:00:00Z');
const look = (over: Partial<StepLook> = {}): StepLook => ({
  subject: {
    ...{ run: 'run-1', pipeline: 'p', step: 'build', attempt: 1, application: null },
    ...{ release: null, commit: null, actor: 'user:ada', author: null },
  },
  settings: {
    script: 'make',
    env: { N: 3, KEY: { secret: 'token' } },
    checkout: true,
    timeout: 60_000,
  },
  ...{ memory: null, facts: null, outcome: null, answers: [], cancelled: null },
  since: '2026-03-01T09:59:00Z',
  ...over,
});
const asked = { memory: { is: 'asked' } };
const came = (end: Partial<ProgramEnd>): Partial<StepLook> => ({
  ...asked,
  outcome: {
    ok: true,
    value: { code: 0, signal: null, isLate: false, tail: '', outputs: {}, ...end },
  },
});
const cancelled = { cancelled: { actor: 'user:bob', because: 'too late' } };

test('it asks once for its program, with what is declared', () => {
  expect(decideShell(look(), now)).toEqual({
    is: 'wait',
    because: 'running the script',
    memory: { is: 'asked' },
    wakeAt: null,
    effect: {
      ...{ script: 'make', checkout: true, timeout: 60_000 },
      env: { N: '3', KEY: { secret: 'token' } },
    },
  });
  const settings = { command: ['npm', 'test'] };
  expect(decideShell(look({ settings }), now)).toMatchObject({
    because: 'running npm',
    effect: { command: ['npm', 'test'], env: {}, checkout: false, timeout: 3_600_000 },
  });
  const waiting = decideShell(look(asked), now);
  expect(waiting).toMatchObject({ is: 'wait', wakeAt: null });
  expect(waiting).not.toHaveProperty('effect');
});

test.each([
  [
    { code: 0, outputs: { image: 'x' } },
    'succeeded',
    'it ended with code 0',
    { image: 'x', exitCode: 0 },
  ],
  [{ code: 2, tail: 'red' }, 'failed', 'it ended with code 2: red', { exitCode: 2 }],
  [{ code: null, signal: 'SIGSEGV' }, 'failed', 'it was ended by SIGSEGV', { exitCode: null }],
  [{ code: 0, isLate: true }, 'errored', 'it took longer than 1m and was ended', { exitCode: 0 }],
  [
    { code: null, signal: 'SIGKILL', isLate: true, tail: 'x' },
    'errored',
    'it took longer than 1m and was ended: x',
    { exitCode: null },
  ],
] as const)('%j ends it %s', (end, status, because, outputs) => {
  expect(decideShell(look(came(end)), now)).toEqual({ is: 'end', status, because, outputs });
});

test('what could not be started has no answer', () => {
  const outcome = {
    ok: false,
    problem: problem('TG1912', { detail: 'There is no program x.' }),
  } as const;
  expect(decideShell(look({ ...asked, outcome }), now)).toMatchObject({
    is: 'end',
    status: 'errored',
    because: expect.stringContaining('TG1912'),
  });
});

test('cancelled, it stops what runs, waits for it, and ends so', () => {
  expect(decideShell(look(cancelled), now)).toMatchObject({ is: 'end', status: 'cancelled' });
  expect(decideShell(look({ ...asked, ...cancelled }), now)).toMatchObject({
    is: 'wait',
    stopEffect: true,
  });
  const outcome = { ok: false, problem: problem('TG1705', { detail: 'stopped' }) } as const;
  expect(decideShell(look({ ...asked, ...cancelled, outcome }), now)).toMatchObject({
    is: 'end',
    status: 'cancelled',
    because: 'user:bob stopped it: too late',
  });
});

test.each([
  ['settings', { settings: { script: 7 } }],
  ['memory', { memory: { is: 'other' } }],
  ['an outcome', { ...asked, outcome: { ok: true, value: 'x' } as const }],
])('%s of another shape is an error and throws nothing', (_name, over) => {
  expect(decideShell(look(over), now)).toMatchObject({ is: 'end', status: 'errored' });
});
