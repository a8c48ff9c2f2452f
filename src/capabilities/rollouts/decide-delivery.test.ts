import { expect, test } from 'vitest';
import { decideDelivery } from './decide-delivery.ts';
import {
  fresh,
  old,
  request,
  spec,
  start,
  status,
  steadyTarget,
  version,
  words,
} from './fixture.ts';
import { commit, delivery, deliveryState, desired, row } from './fixture-delivery.ts';
import type { DeliverySnapshot, RolloutState } from './types.ts';

const decide = (from: DeliverySnapshot) => decideDelivery(from, start);
const planIn = (decision: ReturnType<typeof decide>) =>
  (decision.open?.[0]?.state as unknown as RolloutState | undefined)?.plan;
const rollout = row();
const active = { active: rollout, state: deliveryState({ active: 'ro-1', activeRelease: fresh }) };

test('desired is stable: nothing is written while the targets have what is declared', () => {
  const decision = decide(delivery({ desired: desired(old) }));
  expect(decision).toMatchObject({ phase: 'steady', terminal: false, wakeAt: null });
  expect(decision.because).toBe(`${old} is desired and stable.`);
  expect(decision.writes ?? []).toEqual([]);
});

test('a target that joined gets the stable release, one that left is emptied, with one event', () => {
  const joined = { name: 'us-1', connected: true, silentAt: null, status: null, intent: null };
  const decision = decide(
    delivery({
      desired: desired(old),
      targets: [steadyTarget('eu-1'), joined, steadyTarget('ap-1')],
    }),
  );
  const written = (decision.writes ?? []).map((one) =>
    one.table === 'intents' ? `${one.target} ${words(one.spec)}` : one.table,
  );
  expect(written).toEqual([`us-1 ${old}:2@100`, 'ap-1 ']);
  expect(decision.events?.map((event) => event.type)).toEqual(['delivery.steady']);
});

test('a release that left over as the only ready one stays until the stable one is ready', () => {
  const late = {
    name: 'us-1',
    connected: true,
    silentAt: null,
    intent: { generation: 3, spec: spec([old, 2, 0], ['r-older', 2, 100]) },
    status: status('us-1', 3, [version('r-older', 2, 100)]),
  };
  const targets = [steadyTarget('eu-1'), late];
  expect(decide(delivery({ desired: desired(old), targets })).writes).toBeUndefined();
  const ready = {
    ...late,
    status: status('us-1', 3, [version(old, 1, 0), version('r-older', 2, 100)]),
  };
  const next = decide(delivery({ desired: desired(old), targets: [steadyTarget('eu-1'), ready] }));
  expect(next.writes).toEqual([
    expect.objectContaining({ target: 'us-1', spec: spec([old, 2, 100]) }),
  ]);
});

test('another release opens a rollout with everything declared fixed in its plan', () => {
  const decision = decide(delivery({ desired: { ...desired(fresh), isNew: true } }));
  expect(decision.state).toMatchObject({
    active: 'ro-next',
    activeRelease: fresh,
    decidedCommit: commit.id,
  });
  const [opened] = decision.open ?? [];
  expect(opened).toMatchObject({ kind: 'rollout', key: 'ro-next', phase: 'pending' });
  const plan = planIn(decision);
  expect(plan).toMatchObject({
    candidate: fresh,
    stable: old,
    replicas: 2,
    fastTrack: false,
    isRollback: false,
    waves: [
      { name: 'wave-1', targets: ['eu-1'], soak: 0 },
      { name: 'rest', targets: ['us-1'], soak: 60_000 },
    ],
  });
  expect(decision.writes?.map((write) => write.table)).toEqual(['releases', 'rollouts']);
  expect(decision.events).toMatchObject([{ type: 'rollout.opened', actor: 'git:Ada' }]);
});

test('trailers and history say what kind of rollout it is', () => {
  const planOf = (from: DeliverySnapshot) => planIn(decide(from));
  expect(
    planOf(delivery({ desired: desired(fresh, { 'Tidegate-Fast-Track': 'true' }) }))?.fastTrack,
  ).toBe(true);
  expect(
    planOf(delivery({ desired: desired(fresh, { 'Tidegate-Fast-Track': 'false' }) }))?.fastTrack,
  ).toBe(false);
  expect(
    planOf(delivery({ desired: desired(fresh, { 'Tidegate-Rollback': 'true' }) }))?.isRollback,
  ).toBe(true);
  expect(planOf(delivery({ desired: desired(fresh), stables: [fresh] }))?.isRollback).toBe(true);
});

const quarantine = {
  application: 'checkout',
  environment: 'production',
  release: fresh,
  rollout: 'ro-0',
  because: 'errorRate 0.05',
  at: start,
};

test('a quarantined release is refused once, with how to try again', () => {
  const first = decide(delivery({ desired: desired(fresh), quarantine }));
  expect(first.open ?? []).toEqual([]);
  expect(first.because).toContain(`${fresh} is quarantined since rollout ro-0: errorRate 0.05`);
  expect(first.because).toContain('Tidegate-Retry');
  expect(first.events).toMatchObject([{ type: 'delivery.refused', outcome: 'refused' }]);
  const second = decide(delivery({ desired: desired(fresh), quarantine, state: first.state }));
  expect(second.events ?? []).toEqual([]);
});

test('Tidegate-Retry lifts the quarantine for one attempt', () => {
  const retry = desired(fresh, { 'Tidegate-Retry': 'true' });
  const decision = decide(delivery({ desired: retry, quarantine }));
  expect(decision.open).toHaveLength(1);
  expect(decision.writes).toContainEqual({ table: 'quarantineLifts', release: fresh });
  const failed = deliveryState({ decidedCommit: commit.id, lastEnded: 'rolledBack' });
  const again = decide(delivery({ desired: retry, quarantine, state: failed }));
  expect(again.open ?? []).toEqual([]);
  expect(again.because).toContain('is quarantined since rollout ro-0');
});

test.each(['aborted', 'rolledBack'] as const)(
  'a commit whose rollout %s is not rolled out again',
  (lastEnded) => {
    const state = deliveryState({ decidedCommit: commit.id, lastEnded });
    const decision = decide(delivery({ desired: desired(fresh), state }));
    expect(decision.open ?? []).toEqual([]);
    expect(decision.because).toContain(`promote ${fresh} again`);
  },
);

test('under way and desired is its candidate: wait, and wake it when an edit may matter to it', () => {
  expect(decide(delivery({ ...active, desired: desired(fresh) }))).toMatchObject({
    phase: 'rolling',
    wake: [],
  });
  const frozen = { ...active, active: row({ phase: 'pending', because: 'Frozen' }) };
  const decision = decide(delivery({ ...frozen, desired: desired(fresh) }));
  expect(decision.wake).toEqual(['rollout/ro-1']);
  expect(decision.because).toBe(`Rollout ro-1 of ${fresh} is under way: Frozen.`);
});

test('under way and Git asks for the stable one again: abort without a revert, once', () => {
  const decision = decide(delivery({ ...active, desired: desired(old) }));
  expect(decision.requests).toMatchObject([
    { objectId: 'rollout/ro-1', action: 'abort', actor: 'git:Ada', payload: { revert: false } },
  ]);
  const again = decide(delivery({ ...active, desired: desired(old), state: decision.state }));
  expect(again.requests ?? []).toEqual([]);
  const back = { ...active, active: row({ phase: 'rollingBack' }) };
  expect(decide(delivery({ ...back, desired: desired(old) })).requests ?? []).toEqual([]);
});

test('under way and another is desired: supersede, queue, or stay when it is quarantined', () => {
  const other = { ...active, desired: desired('r-newer') };
  expect(decide(delivery(other)).requests).toMatchObject([
    { action: 'supersede', actor: 'git:Ada' },
  ]);
  const queue = decide(delivery(other, { onNewRelease: 'queue' }));
  expect(queue.requests ?? []).toEqual([]);
  expect(queue.because).toContain('waits in the queue');
  const bad = decide(delivery({ ...other, quarantine: { ...quarantine, release: 'r-newer' } }));
  expect(bad.requests ?? []).toEqual([]);
  expect(bad.because).toContain('desired but quarantined');
  expect(decide(delivery({ ...active, desired: null, problem: 'x.yaml:1:1' })).because).toContain(
    'Git declares no release that can be read',
  );
});

test.each([
  ['in the queue', { desired: desired('r-newer') }, 'queue'],
  [
    'quarantined',
    { desired: desired('r-newer'), quarantine: { ...quarantine, release: 'r-newer' } },
    'supersede',
  ],
  ['not to be read', { desired: null, problem: 'x.yaml:1:1' }, 'supersede'],
] as const)(
  'a freeze that is lifted is told to what waits, also when the desired one is %s',
  (_what, over, onNewRelease) => {
    const waiting = { ...active, active: row({ phase: 'paused' }), ...over };
    expect(decide(delivery(waiting, { onNewRelease })).wake).toEqual(['rollout/ro-1']);
  },
);

test.each([
  ['succeeded', fresh, { desired: desired(fresh) }, `${fresh} is desired and stable; `],
  ['rolledBack', old, { desired: desired(fresh), quarantine }, `${fresh} is quarantined since`],
  ['aborted', old, { desired: desired(old) }, `${old} is desired and stable.`],
] as const)(
  'a rollout that %s leaves %s stable, and what follows is said',
  (phase, stable, over, words) => {
    const ended = { ...active, active: row({ phase, terminal: true }) };
    const decision = decide(delivery({ ...ended, ...over }));
    expect(decision.state).toMatchObject({
      active: null,
      activeRelease: null,
      stable,
      lastEnded: phase,
    });
    expect(decision).toMatchObject({ phase: 'steady', wakeAt: null });
    expect(decision.because).toContain(words);
  },
);

test('what waited for a rollout to end opens with its end', () => {
  const ended = { ...active, active: row({ phase: 'superseded', terminal: true }) };
  const decision = decide(delivery({ ...ended, desired: desired('r-newer') }));
  expect(decision.state).toMatchObject({ active: 'ro-next', stable: old, lastEnded: 'superseded' });
  expect(planIn(decision)).toMatchObject({ candidate: 'r-newer', stable: old });
});

test('a release that became stable and was not read is read before anything else', () => {
  const ended = { ...active, active: row({ phase: 'succeeded', terminal: true }) };
  const decision = decide(delivery({ ...ended, desired: desired('r-newer') }));
  expect(decision.state).toMatchObject({ active: null, stable: fresh });
  expect(decision).toMatchObject({ wakeAt: start });
  expect(decision.open ?? []).toEqual([]);
});

test('a rollout whose row is gone is let go of', () => {
  const decision = decide(delivery({ ...active, active: null, desired: desired(old) }));
  expect(decision.state).toMatchObject({ active: null, stable: old, lastEnded: null });
});

test.each([
  ['the application is gone', { application: null }, 'not declared any more'],
  ['the environment left its path', { path: ['staging'] }, 'not on the path'],
  ['the Release document was deleted', { desired: null }, 'was deleted'],
] as const)('removed everywhere when %s', (_name, how, words) => {
  const { path, ...over } = { path: undefined, ...how };
  const environments = path?.map((name) => ({ name, env: {} }));
  const from = delivery({ desired: desired(old), ...over }, environments ? { environments } : {});
  const decision = decide(from);
  expect(decision.because).toContain(words);
  expect(decision.state.stable).toBeNull();
  expect(decision.phase).toBe('empty');
  expect(decision.writes).toMatchObject([
    { target: 'eu-1', spec: { versions: [] } },
    { target: 'us-1', spec: { versions: [] } },
  ]);
  expect(decision.events).toMatchObject([{ type: 'delivery.removed' }]);
  const empty = { ...from, state: decision.state, targets: [], application: null };
  expect(decide(empty).events ?? []).toEqual([]);
});

test('removed while a rollout is under way: it is aborted first', () => {
  const decision = decide(delivery({ ...active, application: null }));
  expect(decision.requests).toMatchObject([{ action: 'abort', payload: { revert: false } }]);
  expect(decision.writes ?? []).toEqual([]);
});

test('a Release document with a problem keeps the last good one, and says so', () => {
  const decision = decide(delivery({ desired: desired(old), problem: 'a.yaml:3:5: TG1001 bad' }));
  expect(decision.because).toContain('the last good one counts: a.yaml:3:5: TG1001 bad');
  const never = decide(delivery({ desired: null, problem: 'a.yaml:3:5: TG1001 bad' }));
  expect(never.because).toContain('declares no release of checkout that can be read');
  expect(never.writes ?? []).toEqual([]);
});

test('a request that it has no use for is taken, so that it does not come back', () => {
  const decision = decide(
    delivery({ desired: desired(old), requests: [request('abort', { id: 4 })] }),
  );
  expect(decision.taken?.requests).toEqual([4]);
});

test('without its environment nothing opens, and what runs is left', () => {
  const decision = decide(delivery({ desired: desired(fresh), environment: null }));
  expect(decision.because).toContain('what runs is left as it is');
  expect(decision.open ?? []).toEqual([]);
  expect(decide(delivery({ desired: desired(old), environment: null })).writes ?? []).toEqual([]);
});
