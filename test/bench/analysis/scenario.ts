import { quantileOf } from '../../../src/capabilities/analysis/judges/sequential/buckets.ts';
import {
  type HistogramEvidence,
  judgeHistograms,
} from '../../../src/capabilities/analysis/judges/sequential/histograms.ts';
import {
  judgeRates,
  type RateEvidence,
} from '../../../src/capabilities/analysis/judges/sequential/rates.ts';
import type { SequentialSettings } from '../../../src/capabilities/analysis/judges/types.ts';
import {
  arrivals,
  binomial,
  bounds,
  type Chance,
  draw,
  logNormal,
  logNormalShares,
} from './sample.ts';

/** Seconds between our looks, and of an interval of the peers. */
export const lookSeconds = 5;
export const looksPerInterval = 6;

/** Traffic to a candidate and a stable version. */
export type Traffic = {
  /** Requests per second in all, and the candidate's share of them. */
  readonly rate: number;
  readonly weight: number;
};

/** What one look of 5 s came to. */
export type Seen = {
  /** Requests of the candidate. */
  readonly exposed: number;
  /** E-value of harm so far. */
  readonly harm: number;
};

/** One metric of both sides over 30 s; null without a request. */
export type Point = { readonly candidate: number | null; readonly stable: number | null };

/** A run of one rollout, one look after the other; `points` are the metrics that peers may use, after each sixth. */
export type Rollout = { look(): Seen; points(): readonly Point[] };

export const settings: SequentialSettings = {
  harm: 'increase',
  falseAlarm: 0.05,
  missedHarm: 0.05,
  minimumChange: { is: 'absolute', by: 0.005 },
  minimumSample: 0,
};

/** Errors of both sides, with the shares that they have in each look. */
export function errorRollout(
  chance: Chance,
  { rate, weight }: Traffic,
  shares: (look: number) => { readonly candidate: number; readonly stable: number },
): Rollout {
  let evidence: RateEvidence | null = null;
  let at = 0;
  let sums = [0, 0, 0, 0];
  return {
    look: () => {
      const share = shares(at);
      at += 1;
      const own = arrivals(chance, rate * lookSeconds * weight);
      const other = arrivals(chance, rate * lookSeconds * (1 - weight));
      const candidate = { total: own, events: binomial(chance, own, share.candidate) };
      const stable = { total: other, events: binomial(chance, other, share.stable) };
      const now = [own, candidate.events, other, stable.events];
      sums = sums.map((sum, index) => sum + (now[index] ?? 0));
      const result = judgeRates(evidence, { candidate, stable }, settings);
      evidence = result.evidence;
      return { exposed: own, harm: result.harm.value };
    },
    points: () => {
      const [own = 0, ownErrors = 0, other = 0, otherErrors = 0] = sums;
      sums = [0, 0, 0, 0];
      return [
        {
          candidate: own > 0 ? ownErrors / own : null,
          stable: other > 0 ? otherErrors / other : null,
        },
      ];
    },
  };
}

/** 15 % is what the bounds can tell apart. */
export const latencySettings: SequentialSettings = {
  ...settings,
  minimumChange: { is: 'relative', by: 0.15 },
};

/** Spread of the logarithm of a latency, and the stable side's median in seconds. */
const sigma = 0.6;
const median = 0.1;
/** Metrics that peers may use. */
const quantiles = [0.5, 0.95];

/** Shares of the latency buckets, the candidate's being `times` as long. */
export const latencyShares = (times: number): readonly number[] =>
  logNormalShares(median * times, sigma);

/** Log-normal latencies, those of the candidate `times` as long. */
export function latencyRollout(chance: Chance, { rate, weight }: Traffic, times: number): Rollout {
  const slow = logNormal(median * times, sigma);
  const usual = logNormal(median, sigma);
  const none = () => new Array<number>(bounds.length + 1).fill(0);
  let evidence: HistogramEvidence | null = null;
  let sums = [none(), none()];
  return {
    look: () => {
      const own = arrivals(chance, rate * lookSeconds * weight);
      const other = arrivals(chance, rate * lookSeconds * (1 - weight));
      const counts = [draw(chance, slow, own), draw(chance, usual, other)];
      sums = sums.map((sum, side) => sum.map((count, at) => count + (counts[side]?.[at] ?? 0)));
      const [candidate = [], stable = []] = counts.map(cumulated);
      const look = {
        candidate: { le: bounds, counts: candidate },
        stable: { le: bounds, counts: stable },
      };
      const result = judgeHistograms(evidence, look, latencySettings);
      evidence = result.evidence;
      return { exposed: own, harm: result.harm.value };
    },
    points: () => {
      const [own = [], other = []] = sums;
      sums = [none(), none()];
      return quantiles.map((quantile) => ({
        candidate: quantileOf(bounds, own, quantile),
        stable: quantileOf(bounds, other, quantile),
      }));
    },
  };
}

export function cumulated(counts: readonly number[]): number[] {
  let sum = 0;
  return counts.map((count) => {
    sum += count;
    return sum;
  });
}
