import { expect, test } from 'vitest';
import { problem } from '../../../platform/errors/problem.ts';
import type { StepLook } from '../port.ts';
import { decideContainer } from './decide.ts';
import { mayMove } from './image.ts';

const now = new Date('2026-03-01T10:00:00Z');
const settings = { image: 'shop/tests:7', timeout: 60_000 };
const look = (over: Partial<StepLook> = {}): StepLook => ({
  subject: {
    ...{ run: 'run-1', pipeline: 'p', step: 'build', attempt: 1, application: null },
    ...{ release: null, commit: null, actor: 'user:ada', author: null },
  },
  ...{ settings, memory: null, facts: null, outcome: null, answers: [], cancelled: null },
  since: '2026-03-01T09:59:30Z',
  ...over,
});
const asked = { memory: { is: 'asked' } };
const ended = { is: 'ended', code: 0, isOutOfMemory: false, isLate: false, tail: '' };

test('it asks once for its container, and says until when an engine is waited for', () => {
  expect(decideContainer(look(), now)).toEqual({
    is: 'wait',
    because: 'running shop/tests:7',
    memory: { is: 'asked' },
    wakeAt: null,
    effect: {
      ...settings,
      ...{ command: [], env: {}, cpus: 1, memory: '512Mi', network: 'bridge' },
      until: '2026-03-01T10:00:30.000Z',
    },
  });
});

test.each([
  [ended, 'succeeded', 'it ended with code 0', { exitCode: 0 }],
  [{ ...ended, code: 3, tail: 'red' }, 'failed', 'it ended with code 3: red', { exitCode: 3 }],
  [
    { ...ended, code: 137, isOutOfMemory: true },
    'failed',
    'it was ended for using more than 512Mi of memory',
    { exitCode: 137 },
  ],
  [
    { ...ended, code: 137, isLate: true },
    'errored',
    'it took longer than 1m and was ended',
    { exitCode: 137 },
  ],
  [{ is: 'none', because: 'TG1914 no such image' }, 'errored', 'TG1914 no such image', {}],
] as const)('%j ends it %s', (value, status, because, outputs) => {
  const outcome = { ok: true, value } as const;
  expect(decideContainer(look({ ...asked, outcome }), now)).toEqual({
    ...{ is: 'end', status, because, outputs },
  });
});

test('cancelled, it stops what runs, waits for it, and ends so', () => {
  const cancelled = { cancelled: { actor: 'user:bob', because: 'too late' } };
  expect(decideContainer(look({ ...asked, ...cancelled }), now)).toMatchObject({
    stopEffect: true,
  });
  const outcome = { ok: false, problem: problem('TG1705', { detail: 'stopped' }) } as const;
  expect(decideContainer(look({ ...asked, ...cancelled, outcome }), now)).toMatchObject({
    ...{ is: 'end', status: 'cancelled' },
  });
});

test.each([
  ['busybox', true],
  ['busybox:latest', true],
  ['host:5000/a/b', true],
  ['busybox:1.36', false],
  ['host:5000/a/b:7', false],
  [`a/b@sha256:${'0'.repeat(64)}`, false],
])('whether %s may move: %s', (image, expected) => {
  expect(mayMove(image)).toBe(expected);
});
