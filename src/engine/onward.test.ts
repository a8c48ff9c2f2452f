import { expect, test } from 'vitest';
import { decideOnward } from './onward.ts';
import type { Decision } from './types.ts';

const now = new Date('2026-01-05T10:00:00Z');

type Count = Decision<number, string>;

/** Counts down to what it waits for; each move asks for something. */
const move = (state: number, wakeAt: Date | null = now): Count => ({
  state,
  phase: `at ${state}`,
  terminal: false,
  because: `It is ${state}.`,
  wakeAt: state === 0 ? null : wakeAt,
  events: [{ type: `to.${state}`, actor: 'test', because: 'so', outcome: 'done' }],
  effects: [{ kind: 'tell', payload: state }],
  wake: ['other/one'],
  requests: [{ objectId: 'other/one', action: `ask ${state}`, actor: 'test', because: 'so' }],
  taken: { requests: [state] },
  writes: [`row ${state}`],
});

const countDown = {
  decide: (snapshot: number) => move(snapshot - 1),
  seenAfter: (_snapshot: number, { state }: Count): number | null => state,
  joinWrites: (writes: readonly string[]) => writes.slice(-1),
};

test('moves that lead to each other are one decision: what each asks for, and why the last one waits', () => {
  const decision = decideOnward(countDown, 3, now);
  expect(decision).toMatchObject({ state: 0, phase: 'at 0', because: 'It is 0.', wakeAt: null });
  expect(decision.events?.map(({ type }) => type)).toEqual(['to.2', 'to.1', 'to.0']);
  expect(decision.effects?.map(({ payload }) => payload)).toEqual([2, 1, 0]);
  expect(decision.requests?.map(({ action }) => action)).toEqual(['ask 2', 'ask 1', 'ask 0']);
  expect(decision.taken).toEqual({ effects: [], requests: [2, 1, 0] });
  expect(decision.wake).toEqual(['other/one']);
  expect(decision.writes).toEqual(['row 0']);
});

test('one move is left as it is', () => {
  expect(decideOnward(countDown, 1, now)).toEqual(move(0));
});

test.each([
  ['only reading can tell what comes next', { seenAfter: () => null }],
  ['the time of the next move has not come', { decide: () => move(9, new Date(+now + 1)) }],
])('it goes no further when %s', (_name, over) => {
  const decision = decideOnward({ ...countDown, ...over }, 10, now);
  expect(decision).toMatchObject({ state: 9, effects: [{ payload: 9 }] });
});

test('one that never comes to rest is written, and looks again', () => {
  const decision = decideOnward(countDown, 1_000, now);
  expect(decision).toMatchObject({ state: 980, wakeAt: now });
});
