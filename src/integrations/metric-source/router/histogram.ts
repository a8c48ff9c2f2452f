import type { Histogram } from '../../../contract/counters.ts';

/**
 * The value (seconds) below which a share of the requests lies, taken as evenly spread within its bucket, as
 * Prometheus' histogram_quantile does. Beyond the last bound it is that bound. Null without a request.
 */
export function quantile({ le, counts }: Histogram, share: number): number | null {
  const total = counts.at(-1) ?? 0;
  if (total <= 0) return null;
  const rank = share * total;
  const at = counts.findIndex((count) => count >= rank && count > 0);
  const upper = le[at];
  if (upper === undefined) return le.at(-1) ?? null;
  const lower = at === 0 ? 0 : (le[at - 1] ?? 0);
  const before = at === 0 ? 0 : (counts[at - 1] ?? 0);
  const inBucket = (counts[at] ?? 0) - before;
  return inBucket <= 0 ? upper : lower + (upper - lower) * ((rank - before) / inBucket);
}

/** One histogram of several; null when their bounds differ. */
export function sumHistograms(all: readonly Histogram[]): Histogram | null {
  const [first] = all;
  if (!first) return null;
  const same = all.every(
    ({ le, counts }) =>
      counts.length === first.counts.length &&
      le.length === first.le.length &&
      le.every((bound, index) => bound === first.le[index]),
  );
  if (!same) return null;
  const counts = first.counts.map((_, index) =>
    all.reduce((sum, histogram) => sum + (histogram.counts[index] ?? 0), 0),
  );
  return { le: first.le, counts };
}
