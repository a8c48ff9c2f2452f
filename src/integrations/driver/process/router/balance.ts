import type { Upstream } from './types.ts';

/**
 * Smooth weighted round robin, as nginx has it: in every 100 picks each release comes exactly as often as its
 * percentage says, and as evenly spread as can be. Chance would be off by several percent over 1,000 requests.
 */
export type WeightedPicker = {
  /** Null when nothing has weight. */
  readonly pick: () => string | null;
};

export function weightedPicker(weights: { readonly [release: string]: number }): WeightedPicker {
  const entries = Object.entries(weights)
    .filter(([, weight]) => weight > 0)
    .map(([release, weight]) => ({ release, weight: Math.round(weight * 1e6), current: 0 }));
  const total = entries.reduce((sum, entry) => sum + entry.weight, 0);
  return {
    pick: () => {
      let best: (typeof entries)[number] | null = null;
      for (const entry of entries) {
        entry.current += entry.weight;
        if (best === null || entry.current > best.current) best = entry;
      }
      if (best === null) return null;
      best.current -= total;
      return best.release;
    },
  };
}

/** A replica that takes requests, with what it has to do now. */
export type Lane = {
  readonly upstream: Upstream;
  inFlight: number;
  /** Number of the last request given to it: ties go to who waited longest. */
  lastUsed: number;
};

/** The lane with the fewest requests in flight, by turns among equals. Null when there is none but `except`. */
export function leastBusy(lanes: readonly Lane[], except: Lane | null): Lane | null {
  let best: Lane | null = null;
  for (const lane of lanes) {
    if (lane === except) continue;
    const better =
      best === null ||
      lane.inFlight < best.inFlight ||
      (lane.inFlight === best.inFlight && lane.lastUsed < best.lastUsed);
    if (better) best = lane;
  }
  return best;
}
