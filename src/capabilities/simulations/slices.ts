import { setImmediate as breathe } from 'node:timers/promises';

/** Longest time (ms) that work holds up whatever else the process does. */
const slice = 8;

/** Drives work to its end with pauses in between; null when it was stopped before. */
export async function inSlices<T>(
  work: Generator<undefined, T>,
  stop: AbortSignal,
): Promise<T | null> {
  for (;;) {
    const until = performance.now() + slice;
    while (performance.now() < until) {
      const next = work.next();
      if (next.done) return next.value;
    }
    await breathe();
    if (stop.aborted) return null;
  }
}

/** Lets one caller in at a time, in the order in which they came; false when too many wait already. */
export function oneAtATime(most: number): {
  readonly enter: () => Promise<boolean>;
  readonly leave: () => void;
} {
  const waiting: (() => void)[] = [];
  let busy = false;
  return {
    enter: async () => {
      if (!busy) {
        busy = true;
        return true;
      }
      if (waiting.length >= most) return false;
      await new Promise<void>((resolve) => waiting.push(resolve));
      return true;
    },
    leave: () => {
      const next = waiting.shift();
      if (next) next();
      else busy = false;
    },
  };
}
