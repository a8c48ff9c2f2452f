import { type CleanArms, cleanArms, hasValue } from './clean.ts';
import { rankSum } from './rank-sum.ts';
import type {
  Classification,
  EffectSizeSettings,
  MannWhitneyMetric,
  MetricResult,
  MetricSeries,
  RankSum,
} from './types.ts';

/** Both are fixed in what is published. */
const confidence = 0.98;
const tolerated = 0.25;

/** Group of the metrics that name none. */
export const noGroup = 'ungrouped';

/**
 * Compares one metric of the candidate with the baseline's, as Spinnaker's NetflixACAJudge is described
 * (https://spinnaker.io/docs/guides/user/canary/judge/): high or low when the whole 98 % interval of the location shift
 * is beyond 25 % of the estimated shift, the direction is the one that is worse, and the effect size reaches its
 * bound. Where most values are the same, as counts of rare errors are, the shift and the end of its interval are 0 and
 * nothing can be beyond a share of it; then the test of no shift at all decides, at the same confidence, which is what
 * the search for roots there comes to. An effect size that cannot be told, of a mean of 0, bounds nothing. Two series of one and the same value each
 * differ by what they differ, without the noise that is added there. An infinite value is an error, never a pass.
 */
export function classifyMetric(series: MetricSeries, minimumPoints: number): MetricResult {
  const { metric } = series;
  const arms = cleanArms(metric, series.candidate, series.baseline);
  const points = {
    candidate: series.candidate.filter(hasValue).length,
    baseline: series.baseline.filter(hasValue).length,
  };
  const result = (from: Outcome): MetricResult => ({
    name: metric.name,
    group: metric.group ?? noGroup,
    points,
    ...nothingTested,
    ...from,
    because: `${metric.name}: ${from.because}`,
  });
  const odd = [...arms.candidate, ...arms.baseline].find((value) => !Number.isFinite(value));
  if (odd !== undefined) {
    const because = 'a value is infinite, which cannot be compared';
    return result({ classification: 'error', ...withoutData(metric), because });
  }
  const lacking = lackOf(arms, Math.max(minimumPoints, 1));
  if (lacking !== null) {
    return result({ classification: 'nodata', ...withoutData(metric), because: lacking });
  }
  if (isSame(arms)) {
    return result({ ...passed, because: 'candidate and baseline have the same values' });
  }
  return result(compare(metric, arms));
}

type Outcome = Pick<MetricResult, 'classification' | 'failed' | 'criticalFailure' | 'because'> &
  Partial<Pick<MetricResult, 'test' | 'tolerance' | 'effectSize'>>;

const nothingTested = { test: null, tolerance: null, effectSize: null };
const passed = { classification: 'pass', failed: false, criticalFailure: false } as const;

const withoutData = (metric: MannWhitneyMetric) => ({
  failed: metric.mustHaveData || metric.critical,
  criticalFailure: metric.critical,
});

function lackOf(arms: CleanArms, needed: number): string | null {
  for (const side of ['candidate', 'baseline'] as const) {
    const { length } = arms[side];
    if (length < needed) return `the ${side} has ${length} of ${needed} points that are needed`;
  }
  return null;
}

function isSame({ candidate, baseline }: CleanArms): boolean {
  const all = new Set([...candidate, ...baseline]);
  if (all.size === 1) return true;
  if (candidate.length !== baseline.length) return false;
  const [one, other] = [candidate.toSorted(byValue), baseline.toSorted(byValue)];
  return one.every((value, index) => value === other[index]);
}

const byValue = (a: number, b: number): number => a - b;

function compare(metric: MannWhitneyMetric, arms: CleanArms): Outcome {
  const test = rankSum(arms.candidate, arms.baseline, confidence);
  const tolerance = tolerated * Math.abs(test.shift);
  const effectSize = effectOf(metric.effectSize.measure, arms, test);
  const bounds = boundsOf(metric.effectSize);
  const isHidden = hiddenByTies(test, arms);
  const isHigh =
    metric.direction !== 'decrease' &&
    (test.low > tolerance || isHidden === 'high') &&
    (effectSize === null || effectSize >= bounds.allowedIncrease);
  const isLow =
    metric.direction !== 'increase' &&
    (test.high < -tolerance || isHidden === 'low') &&
    (effectSize === null || effectSize <= bounds.allowedDecrease);
  const classification: Classification = isHigh ? 'high' : isLow ? 'low' : 'pass';
  const isCritical =
    metric.critical &&
    ((isHigh && (effectSize === null || effectSize >= bounds.criticalIncrease)) ||
      (isLow && (effectSize === null || effectSize <= bounds.criticalDecrease)));
  return {
    classification,
    failed: isHigh || isLow,
    criticalFailure: isCritical,
    test,
    tolerance,
    effectSize,
    because: sentence(classification, test, tolerance, effectText(metric, effectSize)),
  };
}

/** Which way the sides differ when so many values are equal that the shift does not show it. */
function hiddenByTies(test: RankSum, { candidate, baseline }: CleanArms): 'high' | 'low' | null {
  if (test.shift !== 0 || test.p > 1 - confidence) return null;
  const isAbove = test.u > (candidate.length * baseline.length) / 2;
  if (isAbove) return test.low === 0 ? 'high' : null;
  return test.high === 0 ? 'low' : null;
}

/** Null where it cannot be told: a ratio with a mean of 0, as published, on either side. */
function effectOf(
  measure: EffectSizeSettings['measure'],
  { candidate, baseline }: CleanArms,
  test: RankSum,
): number | null {
  if (measure === 'cles') return test.u / (candidate.length * baseline.length);
  const [above, below] = [meanOf(candidate), meanOf(baseline)];
  return above === 0 || below === 0 || !Number.isFinite(above / below) ? null : above / below;
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value / values.length, 0);

function boundsOf(settings: EffectSizeSettings) {
  const same = settings.measure === 'cles' ? 0.5 : 1;
  return {
    allowedIncrease: settings.allowedIncrease ?? same,
    allowedDecrease: settings.allowedDecrease ?? same,
    criticalIncrease: settings.criticalIncrease ?? same,
    criticalDecrease: settings.criticalDecrease ?? same,
  };
}

const effectText = (metric: MannWhitneyMetric, effect: number | null): string => {
  if (effect === null) return 'effect size unknown';
  const text = rounded(effect);
  return metric.effectSize.measure === 'cles'
    ? `above in ${rounded(effect * 100)} % of pairs`
    : `${text} times the mean`;
};

function sentence(
  classification: Classification,
  { shift, low, high, p }: RankSum,
  tolerance: number,
  effect: string,
): string {
  const chance = shift === 0 ? `, p ${rounded(p)}` : '';
  const seen = `shift ${rounded(shift)}${chance}, 98 % interval ${rounded(low)} to ${rounded(high)}, tolerance ${rounded(tolerance)}, ${effect}`;
  if (classification === 'high') return `higher than the baseline (${seen})`;
  if (classification === 'low') return `lower than the baseline (${seen})`;
  return `not worse than the baseline beyond its bounds (${seen})`;
}

const rounded = (value: number): string => String(Number(value.toPrecision(4)));
