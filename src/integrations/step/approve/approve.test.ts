import { expect, test } from 'vitest';
import type { Json } from '../../../platform/ids/types.ts';
import { lookOf, stepContract } from '../contract.ts';
import type { StepAnswer, StepLook, StepMove } from '../port.ts';
import { approveStep } from './approve.ts';

const now = new Date('2026-03-02T10:00:00Z');
const adapter = approveStep();

const answer = (actor: string, over: Partial<StepAnswer> = {}): StepAnswer => ({
  action: 'approve',
  actor: `user:${actor}`,
  role: 'deployer',
  because: 'looks good',
  at: '2026-03-02T09:59:30Z',
  ...over,
});

const settings = (over: { readonly [name: string]: Json } = {}): Json => ({
  approvers: ['carol', 'user:dan'],
  roles: [],
  count: 1,
  expires: 3_600_000,
  allowSelf: false,
  requireReason: false,
  ...over,
});

stepContract('approve', () => ({
  adapter,
  settings: [settings(), settings({ count: 2, roles: ['admin'] }), settings({ approvers: [] })],
  answers: [
    answer('carol'),
    answer('dan'),
    answer('eve'),
    answer('root', { role: 'admin' }),
    answer('dan', { action: 'reject' }),
  ],
  news: ['answers'],
  twice: null,
}));

const decide = (over: Partial<StepLook>, at = now): StepMove =>
  adapter.decide(lookOf({ settings: settings(), ...over }), at);

test('says who is still awaited, and until when', () => {
  expect(decide({}).because).toBe(
    'waiting for 1 of 1 approval from carol or dan, until 10:59:00 UTC',
  );
  const two = settings({ count: 2, roles: ['admin'], message: 'Ship 1.2?' });
  const first = decide({ settings: two, answers: [answer('carol')] });
  expect(first.because).toBe(
    'waiting for 1 of 2 approvals from dan or role admin (carol approved), until 10:59:00 UTC (Ship 1.2?)',
  );
  expect(first).toMatchObject({ is: 'wait', wakeAt: new Date('2026-03-02T10:59:00Z') });
});

test('a quorum is of different people, over several looks, and tells who and why', () => {
  const two = settings({ count: 2 });
  const first = decide({ settings: two, answers: [answer('carol'), answer('carol')] });
  if (first.is !== 'wait') throw new Error('it ended');
  const again = decide({ settings: two, memory: first.memory, answers: [answer('carol')] });
  expect(again).toMatchObject({ is: 'wait', memory: first.memory });
  const second = decide({ settings: two, memory: first.memory, answers: [answer('dan')] });
  expect(second).toMatchObject({
    status: 'succeeded',
    because: 'approved by carol, dan',
    outputs: {
      approvals: [
        { actor: 'user:carol', because: 'looks good', role: 'deployer' },
        { actor: 'user:dan' },
      ],
    },
  });
});

test.each([
  ['who is not named', answer('eve'), {}, 'eve is not among those who may answer: carol or dan.'],
  ['who is of another role', answer('eve', { role: 'viewer' }), { approvers: [] }, 'any deployer'],
  ['who began the run', answer('ada'), { approvers: ['ada'] }, 'cannot approve it'],
  ['who wrote the commit', answer('grace'), { roles: ['deployer'] }, 'cannot approve it'],
  ['who gives no reason', answer('carol', { because: ' ' }), { requireReason: true }, 'a reason'],
])('the approval of somebody %s does not count, and says why', (_what, one, over, words) => {
  const look = lookOf({ settings: settings(over) });
  expect(adapter.refuse?.(look, one)).toContain(words);
  expect(decide({ settings: settings(over), answers: [one] }).is).toBe('wait');
});

test('an approval that came already is refused; a rejection of the same person is not', () => {
  const memory = { approvals: [{ actor: 'user:carol', role: 'deployer', at: '', because: '' }] };
  const look = lookOf({ settings: settings({ count: 2 }), memory });
  expect(adapter.refuse?.(look, answer('carol'))).toBe('carol approved it already.');
  expect(adapter.refuse?.(look, answer('carol', { action: 'reject' }))).toBeNull();
  expect(adapter.refuse?.(look, answer('dan'))).toBeNull();
  expect(adapter.refuse?.(lookOf(), answer('dan'))).toContain('cannot be read');
});

test.each([
  ['name', 'Grace', 'grace', true],
  ['address', 'G. Hopper <grace@example.com>', 'grace', true],
  ['whole address', 'G. Hopper <grace@example.com>', 'grace@example.com', true],
  ['other name', 'Grace Hopper <ghopper@example.com>', 'grace', false],
  ['none', null, 'grace', false],
])('an author is known by %s', (_what, author, name, isSelf) => {
  const look = lookOf({ settings: settings({ approvers: [name] }) });
  const by = { ...look, subject: { ...look.subject, author } };
  expect(adapter.refuse?.(by, answer(name)) !== null).toBe(isSelf);
});

test('self-approval counts where it is allowed, and who began the run may always reject it', () => {
  const open = settings({ approvers: ['ada'], allowSelf: true });
  expect(decide({ settings: open, answers: [answer('ada')] })).toMatchObject({
    status: 'succeeded',
  });
  const closed = settings({ approvers: ['ada', 'carol'] });
  const no = decide({ settings: closed, answers: [answer('ada', { action: 'reject' })] });
  expect(no).toMatchObject({ status: 'failed' });
});

test('a rejection fails it, with its reason, unless there was a quorum before', () => {
  const no = answer('dan', { action: 'reject', because: 'Not on a Friday.' });
  expect(
    decide({ settings: settings({ count: 2 }), answers: [answer('carol'), no] }),
  ).toMatchObject({
    status: 'failed',
    because: 'dan rejected it: Not on a Friday',
    outputs: { approvals: [{ actor: 'user:carol' }], rejection: { actor: 'user:dan' } },
  });
  expect(decide({ answers: [answer('carol'), no] })).toMatchObject({ status: 'succeeded' });
  expect(decide({ answers: [answer('eve', { action: 'reject' })] })).toMatchObject({ is: 'wait' });
});

test('nobody in time is no answer; an approval in time counts though it is looked at late', () => {
  const late = new Date('2026-03-02T12:00:00Z');
  expect(decide({}, late)).toMatchObject({ status: 'errored' });
  expect(decide({}, late).because).toContain('carol or dan');
  expect(decide({ answers: [answer('carol')] }, late)).toMatchObject({ status: 'succeeded' });
  const after = answer('carol', { at: '2026-03-02T11:30:00Z' });
  expect(decide({ answers: [after] }, late)).toMatchObject({ status: 'errored' });
});

test('a cancelled one ends at once, with the approvals that came', () => {
  const cancelled = { actor: 'user:bob', because: 'wrong one' };
  const two = settings({ count: 2 });
  expect(decide({ settings: two, answers: [answer('carol')], cancelled })).toMatchObject({
    status: 'cancelled',
    because: 'user:bob stopped it: wrong one',
    outputs: { approvals: [{ actor: 'user:carol' }] },
  });
});
