import { time } from '../../platform/text/times.ts';
import type { Work } from './decide-work.ts';

/** ms since the epoch: when the run's time is over; null before it begins. */
export function deadlineOf({ head, snapshot }: Work): number | null {
  const from = head.phase === 'finishing' ? head.finishingAt : head.startedAt;
  return from === null ? null : time(from) + snapshot.spec.timeout;
}
