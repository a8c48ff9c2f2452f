import type { Counters } from '../../../../capabilities/fleet/types.ts';
import { latencyBounds } from '../../../../contract/counters.ts';

export type Recorder = {
  /** Counts one request. `seconds` from its arrival to the end of its response. */
  readonly record: (seconds: number, failed: boolean) => void;
  readonly read: () => Counters;
};

/** Requests of one version since `epoch`. Counts per bound are kept apart and summed up when read. */
export function createRecorder(epoch: string): Recorder {
  const buckets = new Array<number>(latencyBounds.length + 1).fill(0);
  let requests = 0;
  let errors = 0;
  let sumSeconds = 0;
  return {
    record: (seconds, failed) => {
      requests += 1;
      if (failed) errors += 1;
      sumSeconds += seconds;
      const at = latencyBounds.findIndex((bound) => seconds <= bound);
      const index = at === -1 ? latencyBounds.length : at;
      buckets[index] = (buckets[index] ?? 0) + 1;
    },
    read: () => {
      let total = 0;
      const counts = buckets.map((count) => {
        total += count;
        return total;
      });
      return { epoch, requests, errors, latency: { le: latencyBounds, counts, sumSeconds } };
    },
  };
}
