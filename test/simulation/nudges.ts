import { effectsChannel, intentsChannel, objectsChannel } from '../../src/engine/channels.ts';
import type { SimulatedDatabase } from './database/database.ts';
import type { NudgeFault } from './faults.ts';
import type { Random } from './random.ts';
import type { Member } from './staff.ts';
import type { Target } from './target.ts';

export type Nudges = { fault: NudgeFault | null; until: number };

export type NudgeDeps = {
  readonly db: SimulatedDatabase;
  readonly now: () => number;
  readonly staff: readonly Member[];
  readonly targets: readonly Target[];
  readonly random: Random;
  readonly hit: (what: `nudge-${NudgeFault}`) => void;
};

/** Carries notifications to whoever listens: in time as a rule, and otherwise as the fault of the moment has it. */
export function simulatedNudges(deps: NudgeDeps): Nudges {
  const { db, now, staff, targets, random, hit } = deps;
  const nudges: Nudges = { fault: null, until: 0 };
  db.onNotify((channel, payload) => {
    const fault = now() < nudges.until ? nudges.fault : null;
    if (fault !== null) hit(`nudge-${fault}`);
    if (fault === 'lost') return;
    const times = fault === 'doubled' ? [0, random.int(1, 500)] : [delayOf(fault, random)];
    for (const delay of times) tell(channel, payload, now() + delay);
  });
  const tell = (channel: string, payload: string, at: number) => {
    if (channel === intentsChannel) targets.find(({ name }) => name === payload)?.poke(at);
    for (const { worker, outbox } of staff) {
      if (channel === objectsChannel) worker.poke(at);
      if (channel === effectsChannel) outbox.poke(at);
    }
  };
  return nudges;
}

/** Reordered ones are each late by another time. */
function delayOf(fault: NudgeFault | null, random: Random): number {
  if (fault === 'late') return random.int(1_000, 20_000);
  return fault === 'reordered' ? random.int(1, 3_000) : random.int(0, 3);
}
