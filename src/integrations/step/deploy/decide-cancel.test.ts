import { expect, test } from 'vitest';
import { problem } from '../../../platform/errors/problem.ts';
import type { Json } from '../../../platform/ids/types.ts';
import { lookOf } from '../contract.ts';
import type { StepLook, StepMove } from '../port.ts';
import { decideDeploy } from './decide.ts';
import {
  commit,
  committed,
  declared,
  delivery,
  facts,
  fresh,
  memory,
  rollout,
  settings,
} from './deploy.fixture.ts';

const now = new Date('2026-03-02T10:00:00Z');
const cancelled = { actor: 'user:bob', because: 'wrong one' };
const decide = (over: Partial<StepLook>): StepMove =>
  decideDeploy(lookOf({ settings, ...over }), now);
const follow = (found: Json, over: Partial<StepLook> = {}): StepMove =>
  decide({ memory: memory(), facts: found, ...over });
const ok = (value: Json) => ({ ok: true, value }) as const;

test('a cancel aborts the rollout once, and ends when that has ended', () => {
  const found = facts({ rollout: rollout() });
  const first = follow(found, { cancelled });
  expect(first).toMatchObject({
    memory: { is: 'aborting', rollout: 'ro-1' },
    effect: { do: 'abort', rollout: 'ro-1', actor: 'user:bob', because: 'wrong one' },
  });
  const aborting = memory({ is: 'aborting', rollout: 'ro-1' });
  const waiting = decide({ memory: aborting, facts: found, cancelled });
  expect(waiting).toMatchObject({ is: 'wait', wakeAt: null });
  expect(waiting).not.toHaveProperty('effect');
  const left = decide({
    memory: aborting,
    facts: found,
    cancelled,
    outcome: ok({ rollout: 'ro-1' }),
  });
  expect(left).toMatchObject({ memory: { is: 'aborted' }, wakeAt: now });
  const aborted = memory({ is: 'aborted', rollout: 'ro-1' });
  const still = decide({ memory: aborted, facts: found, cancelled });
  expect(still).toMatchObject({ is: 'wait', wakeAt: new Date(now.getTime() + 10_000) });
  expect(still).not.toHaveProperty('effect');
  const over = facts({ rollout: rollout({ phase: 'aborted', terminal: true, because: 'Back.' }) });
  expect(decide({ memory: aborted, facts: over, cancelled })).toMatchObject({
    status: 'cancelled',
    because: 'user:bob stopped it: wrong one; rollout ro-1 ended aborted: Back',
    outputs: { rollout: 'ro-1' },
  });
});

test('an abort that could not be asked for is no clean end', () => {
  const outcome = { ok: false, problem: problem('TG1704', { detail: 'It was stopped.' }) } as const;
  const aborting = memory({ is: 'aborting', rollout: 'ro-1' });
  expect(decide({ memory: aborting, cancelled, outcome })).toMatchObject({ status: 'errored' });
});

test.each<readonly [string, Json, Json, string]>([
  [
    'it is to be left',
    { ...settings, onCancel: 'leave' },
    facts({ rollout: rollout() }),
    'left to itself',
  ],
  [
    'the promotion failed',
    settings,
    facts({ promotion: committed({ phase: 'failed' }) }),
    'nothing was changed',
  ],
  [
    'the rollout is of another commit',
    settings,
    facts({ delivery: delivery({ active: rollout({ commit: 'b', isOwn: false }) }) }),
    'begun by another commit',
  ],
  ['it was refused', settings, facts({ delivery: delivery({ refusedCommit: commit }) }), 'refused'],
  [
    'it is stable already',
    settings,
    facts({ delivery: delivery({ stable: fresh }) }),
    'stable already',
  ],
  [
    'another commit won',
    settings,
    facts({ desired: declared({ release: 'r-newer', isRead: true }) }),
    'another commit had won',
  ],
])('a cancel ends at once when %s', (_what, given, found, words) => {
  const move = follow(found, { settings: given, cancelled });
  expect(move).toMatchObject({ is: 'end', status: 'cancelled' });
  expect(move.because).toContain(words);
});

test('a cancel waits a minute for a rollout that it can abort, and then leaves the commit', () => {
  const first = follow(facts({}), { cancelled });
  expect(first).toMatchObject({ is: 'wait', memory: { since: now.toISOString() } });
  const long = memory({ since: new Date(now.getTime() - 60_000).toISOString() });
  expect(decide({ memory: long, facts: facts({}), cancelled })).toMatchObject({
    status: 'cancelled',
    because: expect.stringContaining('the commit stays as it is'),
  });
});

test('a cancel before anything was asked ends; one while it is being asked stops that', () => {
  expect(decide({ cancelled })).toMatchObject({ status: 'cancelled' });
  const asking = memory({ is: 'promoting', promotion: null, release: null });
  expect(decide({ memory: asking, cancelled })).toMatchObject({ is: 'wait', stopEffect: true });
  const opened = ok({ is: 'opened', promotion: 'pr-1', release: fresh });
  expect(decide({ memory: asking, outcome: opened, cancelled })).toMatchObject({ is: 'wait' });
  const refused = ok({ is: 'refused', because: 'No.' });
  expect(decide({ memory: asking, outcome: refused, cancelled })).toMatchObject({
    status: 'cancelled',
  });
});
