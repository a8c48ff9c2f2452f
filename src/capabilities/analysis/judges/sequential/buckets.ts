import type { HistogramArm, MinimumChange } from '../types.ts';

/** Counts per bucket, not cumulative: bucket i holds what is above `le[i - 1]` and not above `le[i]`, the last all else. */
export type Buckets = readonly number[];

/** More bounds than any client library makes; what is kept of the looks must stay bounded. */
const mostBounds = 300;

/** Null when the counts cannot be those of a histogram: negative, falling, broken, or of bounds that do not rise. */
export function bucketsOf({ le, counts }: HistogramArm): Buckets | null {
  if (le.length === 0 || le.length > mostBounds || counts.length !== le.length + 1) return null;
  for (let at = 0; at < le.length; at += 1) {
    const bound = le[at] ?? Number.NaN;
    if (!Number.isFinite(bound) || (at > 0 && bound <= (le[at - 1] ?? 0))) return null;
  }
  const buckets: number[] = [];
  let below = 0;
  for (const count of counts) {
    if (!Number.isSafeInteger(count) || count < below) return null;
    buckets.push(count - below);
    below = count;
  }
  return buckets;
}

export const sameBounds = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((bound, at) => bound === b[at]);

export function countOf(buckets: Buckets): number {
  let sum = 0;
  for (const count of buckets) sum += count;
  return sum;
}

/** Observations above bound `at`. */
export function above(buckets: Buckets, at: number): number {
  let sum = 0;
  for (let next = at + 1; next < buckets.length; next += 1) sum += buckets[next] ?? 0;
  return sum;
}

/**
 * Position of the bound whose share of observations at or below it is nearest to `share`, the last bound aside, since
 * it has none beyond it to compare with. Null without observations or such a bound.
 */
export function nearestBound(buckets: Buckets, share: number): number | null {
  const total = countOf(buckets);
  if (total === 0 || buckets.length < 3) return null;
  let best = 0;
  let distance = Number.POSITIVE_INFINITY;
  let below = 0;
  for (let at = 0; at < buckets.length - 2; at += 1) {
    below += buckets[at] ?? 0;
    const off = Math.abs(below / total - share);
    if (off >= distance) continue;
    best = at;
    distance = off;
  }
  return best;
}

/** Value below which `share` of the observations lie, by a straight line within the bucket; null without any. */
export function quantileOf(le: readonly number[], buckets: Buckets, share: number): number | null {
  const total = countOf(buckets);
  if (total === 0) return null;
  let below = 0;
  for (let at = 0; at < le.length; at += 1) {
    const count = buckets[at] ?? 0;
    const bound = le[at] ?? 0;
    if (below + count >= share * total && count > 0) {
      const low = at > 0 ? (le[at - 1] ?? 0) : Math.min(0, bound);
      return low + ((bound - low) * (share * total - below)) / count;
    }
    below += count;
  }
  return le.at(-1) ?? null;
}

/** A bound and the one beyond it that a value there would pass if it were worse by the minimum change. */
export type Shift = { readonly from: number; readonly to: number; readonly widened: boolean };

/**
 * The highest bound that is not above bound `from` made worse, so that whoever is worse by the minimum change has at
 * least as much above it as the other side has above `from`. Where buckets are wider than the change that would be
 * `from` itself, which nobody can be shown to differ from: then it is the next one, and `widened` says that only a
 * larger change can be ruled out. Null at the last bound.
 */
export function shiftOf(le: readonly number[], from: number, change: MinimumChange): Shift | null {
  const bound = le[from] ?? 0;
  const worse = change.is === 'absolute' ? bound + change.by : bound + change.by * Math.abs(bound);
  // Bounds such as 0.1 * 1.1 must not miss their neighbour by a rounding error.
  const reached = worse + 1e-12 * Math.abs(worse);
  let to = from;
  while (to + 1 < le.length && (le[to + 1] ?? 0) <= reached) to += 1;
  if (to > from) return { from, to, widened: false };
  return from + 1 < le.length ? { from, to: from + 1, widened: true } : null;
}

/** The same observations with their sign changed, for metrics of which less is worse. */
export const mirroredBounds = (le: readonly number[]): readonly number[] =>
  le.map((bound) => -bound).reverse();
export const mirroredBuckets = (buckets: Buckets): Buckets => [...buckets].reverse();
