import type { HealthContract } from '../../../capabilities/releases/types.ts';
import type { Prober } from './probe.ts';
import { countFailure } from './restart.ts';
import type { Upstream } from './router/types.ts';
import type { ReplicaProcess } from './spawn.ts';
import type { Replica, ReplicaState } from './types.ts';

/** One replica with its process, as its application keeps it. Plain bookkeeping: what to do is decided elsewhere. */
export type Slot = {
  readonly release: string;
  readonly index: number;
  state: ReplicaState;
  since: number;
  startedAt: number;
  port: number;
  health: HealthContract;
  failures: number;
  reason: string;
  alive: boolean;
  again: boolean;
  killed: boolean;
  process: ReplicaProcess | null;
  prober: Prober | null;
};

export const slotKey = (of: Pick<Slot, 'release' | 'index'>) => `${of.release}/${of.index}`;

export function newSlot(release: string, index: number, health: HealthContract): Slot {
  const times = { since: 0, startedAt: 0 };
  const flags = { alive: true, again: false, killed: false };
  const empty = { failures: 0, reason: '', process: null, prober: null, port: 0 };
  return { release, index, state: 'down', ...times, health, ...flags, ...empty };
}

export function enter(slot: Slot, state: ReplicaState, now: number): void {
  if (slot.state === state) return;
  slot.state = state;
  slot.since = now;
}

/** Its process is gone. An end that was asked for is no failure; one that `again` announced was counted already. */
export function markGone(slot: Slot, reason: string, now: number): void {
  const expected = slot.state === 'draining' || slot.state === 'stopping';
  if (!expected) markFailed(slot, reason, now);
  slot.prober?.stop();
  slot.prober = null;
  slot.process = null;
  slot.again = false;
  slot.killed = false;
  slot.alive = true;
  enter(slot, 'down', now);
}

export function markFailed(slot: Slot, reason: string, now: number): void {
  slot.failures = countFailure(slot.failures, slot.state === 'ready' ? slot.since : null, now);
  slot.reason = reason;
}

export function observe(slot: Slot, inFlight: number): Replica {
  const { release, index, state, since, startedAt, health } = slot;
  const { failures, reason, alive, again, killed } = slot;
  const flags = { alive, again, killed };
  return { release, index, state, since, startedAt, inFlight, health, failures, reason, ...flags };
}

export const upstreamOf = ({ release, index, port }: Slot): Upstream => ({ release, index, port });
