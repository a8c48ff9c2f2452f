/** A point of a series; null and NaN are points without a value, such as a minute in which nothing was counted. */
export type Point = number | null;

/**
 * How much different is too much, beside the test. `meanRatio` is the candidate's mean ÷ the baseline's; `cles` the
 * chance that a point of the candidate is above one of the baseline. Without a difference they are 1 and 0.5, which is
 * also what a bound that is not given stands for.
 */
export type EffectSizeSettings = {
  readonly measure: 'meanRatio' | 'cles';
  readonly allowedIncrease?: number;
  readonly allowedDecrease?: number;
  /** Used only for metrics that are `critical`. */
  readonly criticalIncrease?: number;
  readonly criticalDecrease?: number;
};

export type OutlierSettings = { readonly strategy: 'keep' | 'remove'; readonly factor: number };

export type MannWhitneyMetric = {
  readonly name: string;
  /** Which way is worse. */
  readonly direction: 'increase' | 'decrease' | 'either';
  /** What becomes of points without a value; `replace` takes them for 0. */
  readonly nanStrategy: 'remove' | 'replace';
  /** Failing it makes the whole score 0. */
  readonly critical: boolean;
  /** No data fails it; else a metric without data does not count in its group. */
  readonly mustHaveData: boolean;
  readonly effectSize: EffectSizeSettings;
  readonly outliers: OutlierSettings;
  /** Null: with the other metrics without a group in one of their own. */
  readonly group: string | null;
};

export type MannWhitneySettings = {
  /** Scores from 0 to 100, each reached when it is equalled. */
  readonly pass: number;
  readonly marginal: number;
  /** Weight by group, together 100; groups without one share what is left to 100. */
  readonly groups: { readonly [name: string]: number };
  /** Points that each side needs before it is compared; 1 is what is published. */
  readonly minimumPoints: number;
};

export type MetricSeries = {
  readonly metric: MannWhitneyMetric;
  readonly candidate: readonly Point[];
  readonly baseline: readonly Point[];
};

/** Location shift of the candidate against the baseline, in the metric's unit. */
export type RankSum = {
  /** Pairs in which the candidate is above the baseline; equal ones count half. */
  readonly u: number;
  /** Two-sided. */
  readonly p: number;
  /** Median of all differences between a point of the candidate and one of the baseline (Hodges and Lehmann). */
  readonly shift: number;
  readonly low: number;
  readonly high: number;
  /** Confidence that the interval really has: with few points less than was asked for. */
  readonly confidence: number;
  /** From the distribution of U itself, not from its normal approximation. */
  readonly exact: boolean;
};

export type Classification = 'pass' | 'high' | 'low' | 'nodata' | 'error';

export type MetricResult = {
  readonly name: string;
  readonly group: string;
  readonly classification: Classification;
  /** Counts against its group: high, low, and what must have data and has none. */
  readonly failed: boolean;
  /** Makes the whole score 0. */
  readonly criticalFailure: boolean;
  /** Null where there was nothing to test: no data, or both sides the same. */
  readonly test: RankSum | null;
  /** What |shift| must be beyond, on the whole interval; null without a test. */
  readonly tolerance: number | null;
  /** In the metric's measure; null when it has none (a mean of 0). */
  readonly effectSize: number | null;
  /** Points that had a value, before any was replaced or removed. */
  readonly points: { readonly candidate: number; readonly baseline: number };
  readonly because: string;
};

export type GroupResult = {
  readonly name: string;
  /** 0 to 100: the share of its metrics that passed. 100 when none of them had data. */
  readonly score: number;
  readonly weight: number;
  readonly noData: boolean;
};

export type MannWhitneyResult = {
  readonly verdict: 'pass' | 'marginal' | 'fail';
  /** 0 to 100, two decimals. */
  readonly score: number;
  readonly groups: readonly GroupResult[];
  readonly metrics: readonly MetricResult[];
  readonly because: string;
};
