import { type FaultEvent, unrest } from '../faults.ts';
import { randomOf } from '../random.ts';
import { runDeeds } from './deeds.ts';

/** What people do with runs in one seed; from chance of its own, so that the rest of a seed's plan stays as it is. */
export function runPlanOf(seed: number, first: number): readonly FaultEvent[] {
  const random = randomOf(seed, 'runs');
  return Array.from({ length: random.int(3, 7) }, (_, n): FaultEvent => {
    const does = n === 0 ? 'start' : random.pick(runDeeds);
    const at = n === 0 ? 300 : 300 + Math.floor(random.next() * (unrest - 3_000));
    return { id: first + n, at, what: { is: 'run', does, n: random.int(0, 99) } };
  });
}
