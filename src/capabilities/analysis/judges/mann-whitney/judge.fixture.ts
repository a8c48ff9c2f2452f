import type { MannWhitneyMetric, MannWhitneySettings, MetricSeries, Point } from './types.ts';

export const metric = (from: Partial<MannWhitneyMetric> = {}): MannWhitneyMetric => ({
  name: 'latency',
  direction: 'either',
  nanStrategy: 'remove',
  critical: false,
  mustHaveData: false,
  effectSize: { measure: 'meanRatio' },
  outliers: { strategy: 'keep', factor: 3 },
  group: 'all',
  ...from,
});

export const settings = (from: Partial<MannWhitneySettings> = {}): MannWhitneySettings => ({
  pass: 95,
  marginal: 75,
  groups: { all: 100 },
  minimumPoints: 1,
  ...from,
});

export const series = (
  candidate: readonly Point[],
  baseline: readonly Point[],
  from: Partial<MannWhitneyMetric> = {},
): MetricSeries => ({ metric: metric(from), candidate, baseline });

/** Thirty values around 100, each one different, between 90 and 110. */
export const usual: readonly number[] = Array.from(
  { length: 30 },
  (_, index) => 90 + ((index * 13) % 30) * 0.69,
);
/** The same, in another order and a little apart, as a second machine would have it. */
export const alike: readonly number[] = usual.map(
  (value, index) => value + ((index % 5) - 2) * 0.1,
);
export const raised = (by: number): readonly number[] => alike.map((value) => value + by);
