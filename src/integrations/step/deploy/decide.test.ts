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
const decide = (over: Partial<StepLook>): StepMove =>
  decideDeploy(lookOf({ settings, ...over }), now);
const follow = (found: Json, over: Partial<StepLook> = {}): StepMove =>
  decide({ memory: memory(), facts: found, ...over });
const ok = (value: Json) => ({ ok: true, value }) as const;

test('it asks for one promotion, of what its settings say', () => {
  const move = decide({ settings: { ...settings, release: 'r-new', fast: true, because: 'now' } });
  expect(move).toMatchObject({
    is: 'wait',
    wakeAt: null,
    effect: {
      ...{ do: 'promote', application: 'shop', environment: 'production' },
      ...{ release: 'r-new', fast: true, because: 'now' },
    },
  });
  if (move.is !== 'wait') throw new Error('it ended');
  const again = decide({ memory: move.memory });
  expect(again).toMatchObject({ is: 'wait', memory: move.memory });
  expect(again).not.toHaveProperty('effect');
});

test('it needs an application', () => {
  const { subject } = lookOf();
  expect(decide({ subject: { ...subject, application: null } })).toMatchObject({
    status: 'errored',
  });
});

test('it follows the promotion that was opened; one that was refused fails it', () => {
  const asking = memory({ is: 'promoting', promotion: null, release: null });
  const opened = ok({ is: 'opened', promotion: 'pr-1', release: fresh });
  expect(decide({ memory: asking, outcome: opened })).toMatchObject({
    is: 'wait',
    memory: { is: 'following', promotion: 'pr-1', release: fresh },
    wakeAt: now,
  });
  const refused = ok({ is: 'refused', because: 'r-new is quarantined.' });
  expect(decide({ memory: asking, outcome: refused })).toMatchObject({
    status: 'failed',
    because: 'r-new is quarantined',
  });
  const broken = { ok: false, problem: problem('TG1202', { detail: 'No such release.' }) } as const;
  expect(decide({ memory: asking, outcome: broken })).toMatchObject({ status: 'errored' });
});

test.each<readonly [string, Json, string]>([
  ['not begun', facts({ promotion: null }), 'promotion pr-1 is about to begin'],
  [
    'being committed',
    facts({ promotion: committed({ phase: 'committing', because: 'Committing.' }) }),
    'Committing',
  ],
  ['committed', facts({}), `commit ${commit.slice(0, 12)} is about to be rolled out: Looking`],
  ['rolling out', facts({ rollout: rollout() }), 'rollout ro-1: Paused for 10m'],
  [
    'queued behind another rollout',
    facts({ delivery: delivery({ active: rollout({ id: 'ro-0', release: 'r-other' }) }) }),
    'Looking',
  ],
])('it waits while the promotion is %s, and looks again by itself', (_what, found, because) => {
  const move = follow(found);
  expect(move).toMatchObject({ is: 'wait' });
  expect(move.because).toContain(because);
  const wakeAt = move.is === 'wait' ? move.wakeAt : null;
  expect(wakeAt?.getTime()).toBeGreaterThan(now.getTime());
  expect(wakeAt?.getTime()).toBeLessThanOrEqual(now.getTime() + 60_000);
});

test.each<readonly [string, Json, string, string]>([
  [
    'the promotion failed',
    facts({ promotion: committed({ phase: 'failed', because: 'Git moved on.' }) }),
    'failed',
    'nothing was changed: Git moved on',
  ],
  [
    'its rollout succeeded',
    facts({
      rollout: rollout({ phase: 'succeeded', terminal: true, because: 'r-new is stable.' }),
    }),
    'succeeded',
    'r-new is stable',
  ],
  [
    'its rollout was rolled back',
    facts({ rollout: rollout({ phase: 'rolledBack', terminal: true, because: 'Errors.' }) }),
    'failed',
    'rollout ro-1 was rolled back: Errors',
  ],
  [
    'its rollout was aborted',
    facts({
      rollout: rollout({ phase: 'aborted', terminal: true, because: 'user:eve aborted it.' }),
    }),
    'failed',
    'rollout ro-1 was aborted: user:eve aborted it',
  ],
  [
    'its rollout was superseded',
    facts({
      rollout: rollout({
        phase: 'superseded',
        terminal: true,
        because: 'commit 123 asks for r-newer.',
      }),
    }),
    'failed',
    'rollout ro-1 was superseded: commit 123 asks for r-newer',
  ],
  [
    'its rollout ended as nobody knows',
    facts({ rollout: rollout({ phase: 'vanished', terminal: true }) }),
    'errored',
    'vanished',
  ],
  [
    'the delivery refused it',
    facts({ delivery: delivery({ refusedCommit: commit, because: 'r-new is quarantined.' }) }),
    'failed',
    'refused: r-new is quarantined',
  ],
  [
    'Git declared it, and it was refused',
    facts({
      desired: declared({ commit: 'other' }),
      delivery: delivery({ refusedCommit: 'other' }),
    }),
    'failed',
    'refused',
  ],
  [
    'Git declared it, and it is stable',
    facts({ delivery: delivery({ stable: fresh }) }),
    'succeeded',
    'r-new is stable in production already',
  ],
  [
    'another commit won',
    facts({ desired: declared({ release: 'r-newer', commit: 'f'.repeat(40), isRead: true }) }),
    'failed',
    'commit ffffffffffff (Ship more) by Eve asks for r-newer instead',
  ],
])('it ends when %s', (_what, found, status, because) => {
  const move = follow(found);
  expect(move).toMatchObject({ is: 'end', status });
  expect(move.because).toContain(because);
  expect(move).toMatchObject({
    outputs: { promotion: 'pr-1', release: fresh, application: 'shop' },
  });
});

test('what Git declared before the promotion was read does not beat it', () => {
  const old = declared({ release: 'r-old', commit: 'e'.repeat(40), isRead: false });
  expect(follow(facts({ desired: old }))).toMatchObject({ is: 'wait' });
});

test('a rollout of the same release that is under way already is awaited, and looked at sooner', () => {
  const active = rollout({ id: 'ro-0', commit: 'b'.repeat(40), isOwn: false });
  const move = follow(facts({ delivery: delivery({ active }) }));
  expect(move).toMatchObject({ is: 'wait', memory: { rollout: 'ro-0' } });
  expect(move.because).toContain('ro-0 (begun by commit bbbbbbbbbbbb)');
  expect(move).toMatchObject({ wakeAt: new Date(now.getTime() + 10_000) });
});

test('a rollout of another run that was over before says nothing; the delivery does', () => {
  const before = rollout({ isOwn: false, phase: 'aborted', terminal: true });
  expect(follow(facts({ rollout: before }))).toMatchObject({ is: 'wait' });
  const stable = facts({ rollout: before, delivery: delivery({ stable: fresh }) });
  expect(follow(stable)).toMatchObject({ status: 'succeeded' });
  const refused = facts({ rollout: before, delivery: delivery({ refusedCommit: commit }) });
  expect(follow(refused)).toMatchObject({ status: 'failed' });
  const awaited = memory({ rollout: 'ro-1' });
  expect(follow(stable, { memory: awaited })).toMatchObject({ status: 'failed' });
});

test('a stable release that another rollout is about to replace is waited for', () => {
  const active = rollout({ id: 'ro-0', release: 'r-other' });
  const move = follow(facts({ delivery: delivery({ stable: fresh, active }) }));
  expect(move).toMatchObject({ is: 'wait' });
});

test('the outputs say what was deployed and where it answers', () => {
  const found = facts({
    rollout: rollout({ phase: 'succeeded', terminal: true }),
    urls: { 'eu-1': 'http://127.0.0.1:1' },
  });
  expect(follow(found)).toMatchObject({
    outputs: {
      ...{ application: 'shop', promotion: 'pr-1', release: fresh, commit, rollout: 'ro-1' },
      urls: { 'eu-1': 'http://127.0.0.1:1' },
    },
  });
});
