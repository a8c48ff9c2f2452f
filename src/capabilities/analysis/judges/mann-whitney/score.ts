import type { GroupResult, MannWhitneyResult, MannWhitneySettings, MetricResult } from './types.ts';

/** With this share of metrics without data, nothing has been shown. Fixed in what is published. */
const tooMuchMissing = 0.5;

/**
 * Scores of the groups and of the whole, and what they come to (https://spinnaker.io/docs/guides/user/canary/judge/,
 * step 4). A group's score is the share of its metrics that passed, among those with data; groups without a weight
 * share what the others leave of 100. A critical failure, half of the metrics without data, or no value of the
 * candidate in any of them make the score 0; the last is not in what is published, where zeros that stand for missing
 * values pass.
 */
export function scoreMetrics(
  metrics: readonly MetricResult[],
  settings: Pick<MannWhitneySettings, 'groups' | 'pass' | 'marginal'>,
): MannWhitneyResult {
  const groups = groupResults(metrics, settings.groups);
  const spoiled = spoiledBy(metrics);
  if (spoiled !== null) {
    const because = `${spoiled}; the score is 0`;
    return { verdict: 'fail', score: 0, groups, metrics, because };
  }
  const sum = groups.reduce((total, group) => total + (group.score * group.weight) / 100, 0);
  const score = Math.round(sum * 100) / 100;
  const verdict = verdictOf(score, settings);
  return {
    verdict,
    score,
    groups,
    metrics,
    because: `score ${score} ${comparison(verdict, settings)}: ${deciding(metrics)}`,
  };
}

type Thresholds = Pick<MannWhitneySettings, 'pass' | 'marginal'>;

function verdictOf(score: number, { pass, marginal }: Thresholds): MannWhitneyResult['verdict'] {
  if (score >= pass) return 'pass';
  return score >= marginal ? 'marginal' : 'fail';
}

function groupResults(
  metrics: readonly MetricResult[],
  weights: MannWhitneySettings['groups'],
): readonly GroupResult[] {
  const names = [...new Set(metrics.map((metric) => metric.group))];
  const weighted = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  const others = names.filter((name) => !Object.hasOwn(weights, name)).length;
  const share = Math.max(0, 100 - weighted) / Math.max(others, 1);
  return names.map((name) => {
    const counted = metrics.filter((metric) => metric.group === name && isCounted(metric));
    const good = counted.filter((metric) => metric.classification === 'pass').length;
    return {
      name,
      score: counted.length === 0 ? 100 : (good / counted.length) * 100,
      weight: Object.hasOwn(weights, name) ? (weights[name] ?? share) : share,
      noData: counted.length === 0,
    };
  });
}

const isCounted = (metric: MetricResult): boolean =>
  metric.classification === 'pass' || metric.failed;

function spoiledBy(metrics: readonly MetricResult[]): string | null {
  if (metrics.length === 0) return 'there is nothing to compare';
  const critical = metrics.find((metric) => metric.criticalFailure);
  if (critical) return `critical ${critical.because}`;
  if (metrics.every((metric) => metric.points.candidate === 0)) {
    return 'no metric has a value of the candidate';
  }
  const missing = metrics.filter((metric) => !isCounted(metric)).length;
  if (missing / metrics.length < tooMuchMissing) return null;
  return `${missing} of ${metrics.length} metrics have no data that can be compared`;
}

function comparison(verdict: MannWhitneyResult['verdict'], { pass, marginal }: Thresholds): string {
  if (verdict === 'pass') return `reaches ${pass}`;
  if (verdict === 'marginal') return `reaches ${marginal}, not ${pass}`;
  return `does not reach ${marginal}`;
}

/** What took points away, or that nothing did. */
function deciding(metrics: readonly MetricResult[]): string {
  const against = metrics.filter((metric) => metric.failed);
  if (against.length === 0) {
    const good = metrics.filter((metric) => metric.classification === 'pass').length;
    return `${good} of ${metrics.length} metrics passed, none failed`;
  }
  const said = against.slice(0, 3).map((metric) => metric.because);
  const more = against.length - said.length;
  return [...said, ...(more > 0 ? [`${more} more`] : [])].join('; ');
}
