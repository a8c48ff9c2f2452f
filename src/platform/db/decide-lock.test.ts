import { expect, test } from 'vitest';
import { decideLock, type LockDecision, type LockFacts } from './decide-lock.ts';

const table: readonly (readonly [string, LockFacts, LockDecision['lock'], string])[] = [
  ['no postmaster.pid', { pid: null, state: null, inside: [] }, 'free', 'no lock'],
  ['a process that is gone', { pid: 7, state: null, inside: [] }, 'free', '7 is gone'],
  ['gone, with backends left', { pid: 7, state: null, inside: [8] }, 'free', '7 is gone'],
  ['a process that sleeps', { pid: 7, state: 'S', inside: [7, 8] }, 'held', '7 lives'],
  ['a process that runs', { pid: 7, state: 'R', inside: [7] }, 'held', '7 lives'],
  ['a process that waits for a disk', { pid: 7, state: 'D', inside: [7] }, 'held', '7 lives'],
  ['a stopped process', { pid: 7, state: 'T', inside: [7] }, 'held', '7 lives'],
  ['a process of something else', { pid: 7, state: 'S', inside: [] }, 'held', '7 lives'],
  ['a zombie with backends left', { pid: 7, state: 'Z', inside: [8, 9] }, 'held', 'on: 8, 9'],
  ['a zombie', { pid: 7, state: 'Z', inside: [] }, 'stale', '7 has ended'],
  ['a process that just ends', { pid: 7, state: 'X', inside: [] }, 'stale', '7 has ended'],
];

test.for(table)('%s', ([, facts, lock, why]) => {
  const decision = decideLock(facts);
  expect(decision.lock).toBe(lock);
  expect(decision.because).toContain(why);
});
