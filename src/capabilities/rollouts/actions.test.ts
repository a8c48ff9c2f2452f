import { expect, test } from 'vitest';
import {
  allowedActions,
  forbiddenFor,
  isRolloutAction,
  refusalOf,
  rolloutActions,
} from './actions.ts';
import { snapshot, start, strategy } from './fixture.ts';
import type { RolloutState } from './types.ts';

const steps = strategy({
  canary: { steps: [{ setWeight: 10 }, { pause: {} }, { approval: {} }, { setWeight: 50 }] },
});
const at = (over: Partial<RolloutState>): RolloutState => ({
  ...snapshot({ strategy: steps }).state,
  begun: true,
  phase: 'progressing',
  ...over,
});
const ada = { actor: 'user:ada', isAdmin: false };
const held = { actor: 'user:ada', because: '', at: start.toISOString() };
const allowed = (state: RolloutState) =>
  allowedActions(state)
    .filter((one) => one.allowed)
    .map((one) => one.action);

test.each([
  ['moving traffic', at({}), ['promoteFull', 'abort', 'pause', 'overrideFreeze', 'supersede']],
  [
    'pending',
    at({ begun: false, phase: 'pending', step: 1 }),
    ['promoteFull', 'abort', 'pause', 'overrideFreeze', 'supersede'],
  ],
  [
    'in a pause',
    at({ step: 1, phase: 'paused' }),
    ['promote', 'promoteFull', 'abort', 'pause', 'overrideFreeze', 'supersede'],
  ],
  [
    'at an approval',
    at({ step: 2, phase: 'paused' }),
    ['promoteFull', 'abort', 'approve', 'pause', 'overrideFreeze', 'supersede'],
  ],
  ['held', at({ step: 1, held }), ['abort', 'resume', 'overrideFreeze', 'supersede']],
  [
    'soaking',
    at({ step: 4, phase: 'soaking' }),
    ['promote', 'promoteFull', 'abort', 'pause', 'overrideFreeze', 'supersede'],
  ],
  ['completing', at({ phase: 'completing' }), ['abort', 'supersede']],
  ['going back', at({ phase: 'rollingBack' }), ['abort', 'supersede']],
  ['over', at({ phase: 'succeeded' }), []],
] as const)('%s', (_name, state, expected) => {
  expect(allowed(state)).toEqual(expected);
});

test('every action has a label and a reason, allowed or not', () => {
  for (const view of allowedActions(at({ phase: 'rolledBack' }), ada)) {
    expect(view).toMatchObject({ allowed: false, reason: 'It is over: rolledBack.' });
    expect(view.label).not.toBe('');
  }
  expect(rolloutActions).toHaveLength(8);
  expect(isRolloutAction('abort')).toBe(true);
  expect(isRolloutAction('toString')).toBe(false);
});

test('refusals say what stands in the way', () => {
  expect(refusalOf(at({ full: { actor: 'a', because: '' } }), 'promoteFull', null)).toBe(
    'It is being promoted fully already.',
  );
  expect(
    refusalOf(at({ freezeOverride: { actor: 'a', because: '' } }), 'overrideFreeze', null),
  ).toBe('Freeze windows are overridden already.');
  expect(refusalOf(at({}), 'resume', null)).toBe('Nobody paused it.');
  expect(
    refusalOf(at({ trouble: { kind: 'inconclusive', since: '', because: '' } }), 'promote', null),
  ).toBeNull();
});

test('a freeze is overridden by an admin or an approver of the environment, and by nobody else', () => {
  const of = (approvers: readonly string[]) => {
    const state = at({});
    return { ...state, plan: { ...state.plan, approvers } };
  };
  const asked = (approvers: readonly string[], isAdmin = false) =>
    forbiddenFor(of(approvers), 'overrideFreeze', { ...ada, isAdmin });
  expect(asked([])).toBe('Overriding a freeze of production needs role admin.');
  expect(asked(['bob'])).toBe(
    'Overriding a freeze of production needs role admin, or one of its approvers: bob.',
  );
  expect([asked([], true), asked(['bob'], true), asked(['ada'])]).toEqual([null, null, null]);
  expect(forbiddenFor(of([]), 'abort', ada)).toBeNull();
  const button = (isAdmin: boolean) =>
    allowedActions(of([]), { ...ada, isAdmin }).find((one) => one.action === 'overrideFreeze');
  expect([button(false)?.allowed, button(true)?.allowed]).toEqual([false, true]);
});
