import fc from 'fast-check';
import { expect, test } from 'vitest';
import { problem } from '../platform/errors/problem.ts';
import { backoffDelay, chanceOf, effectBackoff, reconcileBackoff } from './backoff.ts';
import type { ClaimedObject, Write } from './engine-store.ts';
import { idlePause, isUnchanged, nextBatch, planFailure, planWrite } from './plan-write.ts';
import type { Decision } from './types.ts';

const now = new Date('2026-03-01T12:00:00.000Z');

const claimed: ClaimedObject = {
  id: 'rollout/ro-1',
  kind: 'rollout',
  key: 'ro-1',
  generation: 4,
  schema: 2,
  phase: 'progressing',
  terminal: false,
  because: 'waiting for eu-1',
  state: { wave: 1, targets: ['eu-1'] },
  news: 9,
  failures: 0,
  lease: 'worker-a#1',
};

const same: Decision<unknown, unknown> = {
  state: { targets: ['eu-1'], wave: 1, note: undefined },
  phase: claimed.phase,
  terminal: false,
  because: claimed.because,
  wakeAt: new Date(now.getTime() + 5_000),
};

const seen = { ...claimed, state: claimed.state };
const plain = { now, more: false };
const write = (decision: Decision<unknown, unknown>, inbox = plain, object = claimed) =>
  planWrite(object, seen, { schema: 2 }, decision, inbox);

test('a decision that says what the row says writes no more than when to look again', () => {
  expect(write(same)).toEqual({ type: 'unchanged', object: claimed, wakeAt: same.wakeAt });
});

const event = {
  type: 'rollout.held',
  actor: 'tidegate',
  because: 'soak',
  outcome: 'done',
} as const;
const request = { objectId: 'a/b', action: 'abort', actor: 'user:x', because: '' };
test.each<[string, Partial<Decision<unknown, unknown>>]>([
  ['another phase', { phase: 'paused' }],
  ['another because', { because: 'waiting for eu-2' }],
  ['an end', { terminal: true }],
  ['another state', { state: { wave: 2, targets: ['eu-1'] } }],
  ['an event', { events: [event] }],
  ['an effect', { effects: [{ kind: 'git.commit', payload: {} }] }],
  ['an opening', { open: [{ kind: 'a', key: 'b', phase: 'new', state: {} }] }],
  ['a wake-up', { wake: ['a/b'] }],
  ['a request', { requests: [request] }],
  ['a taken outcome', { taken: { effects: [1] } }],
  ['a taken request', { taken: { requests: [1] } }],
  ['rows of its own', { writes: [{}] }],
])('%s is written in full', (_, change) => {
  expect(write({ ...same, ...change })).toMatchObject({ type: 'decided', schema: 2 });
});

test('the same state is written in full after a failure and after an upgrade', () => {
  expect(write(same, plain, { ...claimed, failures: 1 }).type).toBe('decided');
  expect(write(same, plain, { ...claimed, schema: 1 }).type).toBe('decided');
});

test('a terminal object sleeps until news, whatever the decision wanted', () => {
  expect(write({ ...same, terminal: true })).toMatchObject({ wakeAt: null });
});

test('an inbox that was too long is looked at again at once when some of it was taken', () => {
  const more = { now, more: true };
  expect(write({ ...same, taken: { requests: [3] } }, more)).toMatchObject({ wakeAt: now });
  expect(write({ ...same, phase: 'paused' }, more)).toMatchObject({ wakeAt: same.wakeAt });
});

test('a change of nothing never asks to be looked at again at once', () => {
  fc.assert(
    fc.property(fc.integer({ min: -100_000, max: 100_000 }), (offset) => {
      const wakeAt = new Date(now.getTime() + offset);
      const { wakeAt: next } = write({ ...same, wakeAt }) as { wakeAt: Date };
      expect(next.getTime()).toBe(now.getTime() + Math.max(offset, idlePause));
    }),
  );
});

test('state is compared as JSON: the order of keys and undefined fields are no change, anything else is', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (state, other) => {
      const stored = JSON.parse(JSON.stringify({ ...state, extra: other }));
      const object = { ...claimed, state: stored };
      const turned = Object.fromEntries(Object.entries(stored).reverse());
      expect(isUnchanged(object, { ...same, state: { ...turned, none: undefined } })).toBe(true);
      expect(isUnchanged(object, { ...same, state: { ...stored, extra: [other] } })).toBe(false);
    }),
  );
});

test('a failure keeps the state, says why, and comes back later', () => {
  const why = problem('TG1703', { detail: 'the router is away' });
  const failed = planFailure({ ...claimed, failures: 2 }, why, reconcileBackoff);
  expect(failed).toMatchObject({
    type: 'failed',
    because: 'Failed 3 times in a row, trying again: the router is away',
    problem: why,
  });
});

test('a state of a newer version is tried again within 5 s, since a newer worker may be there by then', () => {
  const newer = problem('TG1702', { detail: 'schema 9' });
  for (const failures of [0, 5, 50]) {
    const failed = planFailure({ ...claimed, failures }, newer, reconcileBackoff);
    expect(failed).toMatchObject({ type: 'failed' });
    expect((failed as { delay: number }).delay).toBeLessThanOrEqual(5_000);
  }
});

test('backoff grows, stays within its bounds, and is the same for the same seed', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 5_000 }), (seed, failures) => {
      for (const backoff of [reconcileBackoff, effectBackoff]) {
        const whole = Math.min(backoff.first * 2 ** (failures - 1), backoff.most);
        const delay = backoffDelay(failures, seed, backoff);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(whole / 2));
        expect(delay).toBeLessThanOrEqual(backoff.most);
        expect(backoffDelay(failures, seed, backoff)).toBe(delay);
      }
    }),
  );
});

test('jitter spreads: of a thousand objects about a tenth falls into each tenth', () => {
  const tenths = new Array<number>(10).fill(0);
  for (let n = 0; n < 1_000; n += 1) {
    const tenth = Math.floor(chanceOf(`rollout/ro-${n}`) * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  expect(Math.min(...tenths)).toBeGreaterThan(60);
  expect(Math.max(...tenths)).toBeLessThan(140);
});

test('every ready write goes into one transaction, and one whose rows are written alone goes alone', () => {
  const sorts = fc.constantFrom('unchanged', 'decided', 'alone', 'together');
  const together = { schema: 2, applyAll: async () => {} };
  fc.assert(
    fc.property(fc.array(sorts), fc.integer({ min: 1, max: 5 }), (ready, most) => {
      const writes = ready.map((sort) =>
        sort === 'unchanged'
          ? write(same)
          : planWrite(
              claimed,
              seen,
              sort === 'together' ? together : { schema: 2 },
              { ...same, phase: 'x', writes: sort === 'decided' ? [] : [{}] },
              plain,
            ),
      );
      const batches: ReturnType<typeof nextBatch>[] = [];
      for (let left: readonly Write[] = writes; left.length > 0; ) {
        const { batch, rest } = nextBatch(left, most);
        batches.push({ batch, rest });
        left = rest;
      }
      const all = batches.flatMap(({ batch }) => batch);
      expect(new Set(all)).toEqual(new Set(writes));
      expect(all).toHaveLength(writes.length);
      for (const { batch, rest: rests } of batches) {
        expect(batch.length).toBeLessThanOrEqual(most);
        const isAlone = (one: Write) =>
          one.type === 'decided' && one.writer !== together && one.decision.writes?.length;
        expect(batch.length === 1 || !batch.some(isAlone)).toBe(true);
        const room = batch.length < most && !batch.some(isAlone);
        expect(room && rests.some((one) => !isAlone(one))).toBe(false);
      }
    }),
  );
});
