import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../platform/db/types.ts';
import { type WatchedTargets, watchTargets } from './reads.ts';

/** Most targets that are watched. */
const mostWatched = 1_000;

export type FleetWatch = {
  /** The targets at the next look. Rejects when the database could not be asked. */
  next(): Promise<WatchedTargets>;
};

/**
 * One look for all who watch: whoever asks while one is under way or due shares it, and when nobody asks nothing is
 * looked at.
 */
export function fleetWatch(db: Database, look: number): FleetWatch {
  const last: { targets: WatchedTargets; at: number; due: Promise<WatchedTargets> | null } = {
    ...{ targets: new Map(), at: Number.NEGATIVE_INFINITY, due: null },
  };
  const take = async (): Promise<WatchedTargets> => {
    try {
      await sleep(Math.max(0, last.at + look - performance.now()));
      last.targets = await watchTargets(db, last.targets, mostWatched);
      return last.targets;
    } finally {
      last.at = performance.now();
      last.due = null;
    }
  };
  return {
    next: () => {
      last.due ??= take();
      return last.due;
    },
  };
}
