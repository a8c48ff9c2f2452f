import type { Point } from './scenario.ts';

/** Gives after each interval a score; it fails the release at the first that is above its limit. */
export type Peer = (point: Point) => number;

/** Intervals over the limit that fail the release. */
const failureLimit = 3;

/**
 * `threshold`: fails when the candidate's metric was over a limit in three intervals. The score is the third largest
 * metric so far.
 */
export function thresholdPeer(): Peer {
  const largest: number[] = [];
  return ({ candidate }) => {
    if (candidate !== null) {
      largest.push(candidate);
      largest.sort((a, b) => b - a);
      largest.length = Math.min(largest.length, failureLimit);
    }
    return largest.length < failureLimit
      ? Number.NEGATIVE_INFINITY
      : (largest[failureLimit - 1] ?? 0);
  };
}

/** Points of both sides before the first judgement, and the normal quantile of its two-sided 98 % interval. */
const firstPoints = 10;
const z = 2.326;

/**
 * `mannWhitney`: fails when the 98 % confidence interval of the shift between both sides' intervals (Hodges and
 * Lehmann) lies above a share of the stable median, the tolerance. The score is the least tolerance that would hold.
 */
export function mannWhitneyPeer(): Peer {
  const own: number[] = [];
  const other: number[] = [];
  let differences: number[] = [];
  return ({ candidate, stable }) => {
    const news: number[] = [];
    if (candidate !== null) {
      for (const one of other) news.push(candidate - one);
      own.push(candidate);
    }
    if (stable !== null) {
      for (const one of own) news.push(one - stable);
      other.push(stable);
    }
    differences = merged(
      differences,
      news.sort((a, b) => a - b),
    );
    if (own.length < firstPoints || other.length < firstPoints) return Number.NEGATIVE_INFINITY;
    const pairs = own.length * other.length;
    const spread = Math.sqrt((pairs * (own.length + other.length + 1)) / 12);
    const lower = differences[Math.max(1, Math.floor(pairs / 2 - z * spread)) - 1] ?? 0;
    const middle = [...other].sort((a, b) => a - b)[Math.floor(other.length / 2)] ?? 0;
    if (middle > 0) return lower / middle;
    return lower > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  };
}

function merged(a: readonly number[], b: readonly number[]): number[] {
  const all = new Array<number>(a.length + b.length);
  let i = 0;
  let j = 0;
  for (let at = 0; at < all.length; at += 1) {
    const left = a[i] ?? Number.POSITIVE_INFINITY;
    const right = b[j] ?? Number.POSITIVE_INFINITY;
    if (left <= right) {
      all[at] = left;
      i += 1;
    } else {
      all[at] = right;
      j += 1;
    }
  }
  return all;
}

/** The least limit that at most `share` of these runs without harm pass; each is given by its highest score. */
export function calibrated(highest: readonly number[], share: number): number {
  const sorted = [...highest].sort((a, b) => b - a);
  return sorted[Math.floor(share * sorted.length)] ?? Number.POSITIVE_INFINITY;
}
