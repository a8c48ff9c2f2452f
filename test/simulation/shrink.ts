import type { FaultEvent } from './faults.ts';
import type { Violation } from './invariants/types.ts';

/**
 * The shortest list of happenings that still breaks the same invariant: halves, quarters … are left out as long as it
 * still breaks, and at last single ones. Every try is a run of its own, from the same seed.
 */
export async function shrink(
  plan: readonly FaultEvent[],
  violation: Violation,
  run: (plan: readonly FaultEvent[]) => Promise<Violation | null>,
): Promise<readonly FaultEvent[]> {
  let shortest = plan;
  let size = Math.ceil(plan.length / 2);
  while (size > 0) {
    const shorter = await withoutSome(shortest, size, async (rest) => {
      const found = await run(rest);
      return found?.invariant === violation.invariant;
    });
    if (shorter) shortest = shorter;
    else size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return shortest;
}

async function withoutSome(
  plan: readonly FaultEvent[],
  size: number,
  breaks: (rest: readonly FaultEvent[]) => Promise<boolean>,
): Promise<readonly FaultEvent[] | null> {
  for (let from = 0; from < plan.length; from += size) {
    const rest = plan.toSpliced(from, size);
    if (await breaks(rest)) return rest;
  }
  return null;
}
