import { classifyMetric } from './classify.ts';
import { scoreMetrics } from './score.ts';
import type { MannWhitneyResult, MannWhitneySettings, MetricSeries } from './types.ts';

/**
 * Judges a candidate by comparing series of its metrics with those of a baseline that ran beside it: the method that
 * Netflix and Google published for Kayenta (https://spinnaker.io/docs/guides/user/canary/judge/). Each metric is
 * compared by the Mann-Whitney U test, the share of metrics that are not worse is the score, and the score passes, is
 * marginal or fails. Pure; linear in memory. It never passes without a value of the candidate.
 */
export function judgeMannWhitney(
  series: readonly MetricSeries[],
  settings: MannWhitneySettings,
): MannWhitneyResult {
  const metrics = series.map((one) => classifyMetric(one, settings.minimumPoints));
  return scoreMetrics(metrics, settings);
}
