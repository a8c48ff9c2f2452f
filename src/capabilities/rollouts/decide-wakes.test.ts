import { expect, test } from 'vitest';
import { decideDelivery } from './decide-delivery.ts';
import { fresh, old, snapshot, start } from './fixture.ts';
import { delivery, deliveryState, desired, row } from './fixture-delivery.ts';
import { World } from './fixture-world.ts';
import type { DeliverySnapshot, RolloutState } from './types.ts';

const trailers = { 'Tidegate-Run': 'run-1' };
const quarantine = {
  application: 'checkout',
  environment: 'production',
  release: fresh,
  rollout: 'ro-0',
  because: 'errors',
  at: start,
};
const decide = (over: Partial<DeliverySnapshot>) => decideDelivery(delivery(over), start);

test('a rollout that the step of a run asked for wakes the run when it opens and when it is over', () => {
  const opened = decide({ desired: desired(fresh, trailers) });
  expect(opened.wake).toEqual(['run/run-1']);
  const state = opened.open?.[0]?.state as unknown as RolloutState | undefined;
  expect(state?.plan.wakes).toEqual(['run/run-1']);
  const world = new World(snapshot({ wakes: ['run/run-1'] }));
  world.settle();
  expect(world.last?.wake).toEqual([]);
  const end = world.advance(60_000).settle() && world.advance(60_000).settle();
  expect(end).toMatchObject({
    phase: 'succeeded',
    wake: ['delivery/checkout@production', 'run/run-1'],
  });
});

test.each<readonly [string, Partial<DeliverySnapshot>]>([
  ['refused', { desired: desired(fresh, trailers), quarantine }],
  ['stable already', { desired: desired(old, trailers) }],
])('a commit of a run whose release is %s wakes it, once', (_what, over) => {
  const first = decide(over);
  expect(first.wake).toEqual(['run/run-1']);
  expect(decide({ ...over, state: first.state }).wake ?? []).toEqual([]);
});

test('a commit that waits for another rollout tells nothing yet', () => {
  const state = deliveryState({ active: 'ro-1', activeRelease: 'r-third' });
  const active = row({ release: 'r-third' });
  const waiting = decide({ desired: desired(fresh, trailers), state, active });
  expect(waiting.wake ?? []).toEqual([]);
});

test.each(['', 'x', 'run-', 'run-1/../2', 'rollout/ro-1', `run-${'1'.repeat(200)}`])(
  'a trailer that names no run wakes nothing: %j',
  (name) => {
    const opened = decide({ desired: desired(fresh, { 'Tidegate-Run': name }) });
    expect(opened.wake ?? []).toEqual([]);
    expect(opened.open?.[0]?.state).not.toHaveProperty('plan.wakes');
    expect(opened.state).not.toHaveProperty('toldCommit');
  },
);
