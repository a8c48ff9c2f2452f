import { sorted } from './shifted-ranks.ts';
import type { MannWhitneyMetric, OutlierSettings, Point } from './types.ts';

export type CleanArms = {
  readonly candidate: readonly number[];
  readonly baseline: readonly number[];
};

export const hasValue = (point: Point): point is number => point !== null && !Number.isNaN(point);

/**
 * The two series as they are compared: points without a value removed or taken for 0, then outliers removed. With
 * `replace` a side that has no point at all is as many zeros as the other has points, since a source that counts
 * nothing often answers nothing: errors of the candidate against such a baseline must be seen.
 */
export function cleanArms(
  metric: Pick<MannWhitneyMetric, 'nanStrategy' | 'outliers'>,
  candidate: readonly Point[],
  baseline: readonly Point[],
): CleanArms {
  const filled = (points: readonly Point[], other: readonly Point[]): readonly number[] => {
    if (metric.nanStrategy === 'remove') return points.filter(hasValue);
    if (points.length === 0) return Array.from({ length: Math.max(other.length, 1) }, () => 0);
    return points.map((point) => (hasValue(point) ? point : 0));
  };
  return {
    candidate: withoutOutliers(filled(candidate, baseline), metric.outliers),
    baseline: withoutOutliers(filled(baseline, candidate), metric.outliers),
  };
}

/**
 * Tukey's fences, `factor` times the interquartile range beyond the quartiles, but never inside the 1st and the 99th
 * percentile, so that only what is far out goes (as Spinnaker's judge has it).
 */
function withoutOutliers(values: readonly number[], settings: OutlierSettings): readonly number[] {
  if (settings.strategy === 'keep' || values.length === 0) return values;
  const ascending = sorted(values);
  const [q1, q3] = [percentile(ascending, 0.25), percentile(ascending, 0.75)];
  const reach = settings.factor * (q3 - q1);
  const low = Math.min(percentile(ascending, 0.01), q1 - reach);
  const high = Math.max(percentile(ascending, 0.99), q3 + reach);
  return values.filter((value) => value >= low && value <= high);
}

/** At position p(n + 1), between two points by the straight line: type 6 of Hyndman and Fan (Am. Stat. 50, 1996). */
export function percentile(ascending: Float64Array, share: number): number {
  const count = ascending.length;
  const position = Math.min(Math.max(share * (count + 1), 1), count);
  const below = Math.floor(position);
  const value = ascending[below - 1] ?? Number.NaN;
  const next = ascending[Math.min(below, count - 1)] ?? value;
  return value + (position - below) * (next - value);
}
