/** One side of a look: of `total` observations, `events` were what the metric counts (errors, slow answers). */
export type RateArm = { readonly total: number; readonly events: number };

/** What was counted since the last look. `stable` is null when the baseline has nothing to say now. */
export type RateLook = { readonly candidate: RateArm; readonly stable: RateArm | null };

/** Cumulative counts per upper bound since the last look; the last count, one more than bounds, is that of +Inf. */
export type HistogramArm = { readonly le: readonly number[]; readonly counts: readonly number[] };
export type HistogramLook = {
  readonly candidate: HistogramArm;
  readonly stable: HistogramArm | null;
};

/** One number per side and look: a counter's growth, a gauge, a business figure. Null is no data. */
export type ValueLook = { readonly candidate: number | null; readonly stable: number | null };

/** How much worse is too much: in the metric's own unit, or as a share of the baseline (0.1 is 10 %). */
export type MinimumChange =
  | { readonly is: 'absolute'; readonly by: number }
  | { readonly is: 'relative'; readonly by: number };

export type SequentialSettings = {
  /** Which way is worse. */
  readonly harm: 'increase' | 'decrease' | 'either';
  /** Most that the chance of ever failing a release that is not worse may be. */
  readonly falseAlarm: number;
  /** Most that the chance of ever passing a release that is worse by `minimumChange` may be. */
  readonly missedHarm: number;
  readonly minimumChange: MinimumChange;
  /** Observations of the candidate before it may pass. */
  readonly minimumSample: number;
};

/** What a judge of a sequence of looks says after each. */
export type SequentialResult<Evidence> = {
  /** All that is kept of the looks so far: bounded, JSON. */
  readonly evidence: Evidence;
  readonly decision: 'continue' | 'pass' | 'fail';
  /** Evidence against "not worse" as an e-value, and what it has to reach (1 ÷ falseAlarm). */
  readonly harm: { readonly value: number; readonly bound: number };
  /** Evidence against "worse by the minimum change", and what it has to reach (1 ÷ missedHarm). */
  readonly safety: { readonly value: number; readonly bound: number };
  /** Estimates of both sides so far, in the metric's unit; null without data. */
  readonly candidate: number | null;
  readonly stable: number | null;
  /** Observations of the candidate that are likely still needed to pass if there is no difference; null when unknown. */
  readonly needed: () => number | null;
};
