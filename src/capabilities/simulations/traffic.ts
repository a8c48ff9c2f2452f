import { latencyBounds } from '../../contract/counters.ts';
import type { Json } from '../../platform/ids/types.ts';
import { normalCdf } from '../../platform/statistics/normal.ts';
import type { Judges } from '../backtests/types.ts';
import { binomial } from './binomial.ts';
import type { Random } from './random.ts';
import type { Load, Side } from './types.ts';

/** Requests counted since the beginning, as a router counts them; `buckets` by bound, the last one beyond all. */
export type Counts = {
  readonly requests: number;
  readonly errors: number;
  readonly buckets: readonly number[];
};
export type Seen = { readonly at: number; readonly candidate: Counts; readonly stable: Counts };

export type Traffic = {
  /** Lets time pass until `at` (ms) while the candidate has this share of the requests. */
  readonly pass: (at: number, share: number) => void;
  readonly seen: () => Seen;
};

/** Few requests are put into their buckets one by one, many by the bucket. */
const few = 32;

/** How far latencies spread: the standard deviation of their natural logarithm. */
const spread = 0.6;

const noRequests: Counts = { requests: 0, errors: 0, buckets: [] };

/**
 * Requests come evenly and go to a side at random; each fails with the probability of its side, and takes as long as
 * the log-normal of its side says. The stable release has served for an hour before the rollout begins (at 0). A fresh
 * copy of it (`isFresh`) stands in its place then: it has served nobody, and gets what a rollout gives to a copy.
 */
export function createTraffic(random: Random, load: Load, isFresh = false): Traffic {
  const hour = Math.round(load.perSecond * 3_600);
  const history = isFresh ? noRequests : sample(random, hour, load.stable);
  let seen: Seen = { at: 0, candidate: noRequests, stable: history };
  let owed = random();
  return {
    seen: () => seen,
    pass: (at, share) => {
      const due = owed + (load.perSecond * (at - seen.at)) / 1_000;
      const requests = Math.floor(due);
      owed = due - requests;
      const own = binomial(random, requests, share);
      const others = requests - own;
      const compared = isFresh ? binomial(random, others, copyShare(share)) : others;
      seen = {
        at,
        candidate: added(seen.candidate, sample(random, own, load.candidate)),
        stable: added(seen.stable, sample(random, compared, load.stable)),
      };
    },
  };
}

/** The copy's part of what the candidate does not get: as much as the candidate, and not more than the stable release. */
const copyShare = (candidate: number): number =>
  candidate >= 1 ? 0 : Math.min(candidate / (1 - candidate), 1 / 2);

function sample(random: Random, requests: number, { errorRate, cumulative }: Side): Counts {
  const errors = binomial(random, requests, errorRate);
  return { requests, errors, buckets: spreadOut(random, requests, cumulative) };
}

function spreadOut(random: Random, requests: number, cumulative: readonly number[]): number[] {
  const buckets = cumulative.map(() => 0);
  if (requests === 0 || buckets.length === 0) return buckets;
  if (requests <= few) {
    for (let one = 0; one < requests; one += 1) {
      const level = random();
      const at = cumulative.findIndex((share) => level < share);
      const bucket = at < 0 ? buckets.length - 1 : at;
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    return buckets;
  }
  let left = requests;
  let below = 0;
  for (const [at, share] of cumulative.entries()) {
    const own = below >= 1 ? left : binomial(random, left, (share - below) / (1 - below));
    buckets[at] = own;
    left -= own;
    below = share;
    if (left === 0) break;
  }
  return buckets;
}

const added = (a: Counts, b: Counts): Counts => ({
  requests: a.requests + b.requests,
  errors: a.errors + b.errors,
  buckets: b.buckets.map((count, at) => count + (a.buckets[at] ?? 0)),
});

/** Shares of a log-normal with this median (seconds) up to each bound; the last is 1. */
export function cumulativeOf(median: number): readonly number[] {
  return [...latencyBounds.map((bound) => normalCdf(Math.log(bound / median) / spread)), 1];
}

/** What the router would answer to a metric that looked at `before`; null without a request to the candidate. */
export function routerAnswer(
  before: Seen | null,
  now: Seen,
  figures: Judges['figures'],
): { readonly [name: string]: Json } | null {
  const seconds = before === null ? null : (now.at - before.at) / 1_000;
  const of = (side: 'candidate' | 'stable'): Json =>
    figures([since(before?.[side] ?? noRequests, now[side])], seconds);
  const result = of('candidate');
  return result === null ? null : { result, stable: of('stable') };
}

/** What came to be counted between the two. */
function since(before: Counts, now: Counts) {
  let total = 0;
  const counts = now.buckets.map((count, at) => {
    total += count - (before.buckets[at] ?? 0);
    return total;
  });
  return {
    requests: now.requests - before.requests,
    errors: now.errors - before.errors,
    latency: counts.length > 0 ? { le: latencyBounds, counts } : null,
  };
}
