import { type MannWhitney, scoreSchema } from '../../contract/kinds/analysis-judge.ts';
import { judgeOf } from '../../contract/kinds/analysis-template.ts';
import { isCounted, looksOf, type Series, withLatest } from './decide-measure.ts';
import { judgeMannWhitney } from './judges/mann-whitney/judge.ts';
import type {
  MannWhitneyMetric,
  MannWhitneyResult,
  MannWhitneySettings,
  MetricResult,
} from './judges/mann-whitney/types.ts';
import type { AnalysisPhase, Measurement, MetricState } from './types.ts';

const usual: MannWhitneySettings = scoreSchema.parse({ mannWhitney: {} }).mannWhitney;

/**
 * Metrics of `mannWhitney` become one score per template, when all of them have their points or the analysis is asked
 * to end. The others are as they were.
 */
export function scoreMetrics(
  metrics: readonly MetricState[],
  ending: boolean,
  at: string,
): readonly MetricState[] {
  const scored = metrics.filter((one) => judgeOf(one.metric) === 'mannWhitney');
  if (scored.length === 0 || scored.some(({ phase }) => phase !== 'running')) return metrics;
  if (!ending && !scored.every((one) => isCounted(one, looksOf(one)))) return metrics;
  const groups = Map.groupBy(scored, ({ score }) => JSON.stringify(score ?? null));
  const next = new Map<MetricState, MetricState>();
  for (const group of groups.values()) {
    for (const [before, after] of judged(group, at)) next.set(before, after);
  }
  return metrics.map((one) => next.get(one) ?? one);
}

function judged(group: readonly MetricState[], at: string): readonly [MetricState, MetricState][] {
  const settings = group[0]?.score?.mannWhitney ?? usual;
  const series = group.map(({ metric, evidence }) => ({
    metric: metricOf(metric),
    ...((evidence ?? { candidate: [], baseline: [] }) as Series),
  }));
  const result = judgeMannWhitney(series, settings);
  const short = group.some((one) => looksOf(one) < settings.minimumPoints);
  return group.map((one, index) => {
    // The judge answers with one result per series, in their order.
    const own = result.metrics[index] as MetricResult;
    // Ended before there was anything to compare: that is nobody's failure.
    const phase = short ? 'inconclusive' : phaseOf(own, result);
    return [
      one,
      { ...one, ...counted(one, phase), phase, recent: told(one, phase, own, result, at) },
    ];
  });
}

function counted(one: MetricState, phase: AnalysisPhase) {
  return {
    successes: one.successes + (phase === 'successful' ? 1 : 0),
    failures: one.failures + (phase === 'failed' ? 1 : 0),
    inconclusives: one.inconclusives + (phase === 'inconclusive' ? 1 : 0),
  };
}

/** A score that fails is the fault of the metrics that failed. */
function phaseOf(
  own: MetricResult,
  { verdict, metrics }: MannWhitneyResult,
): 'successful' | 'inconclusive' | 'failed' {
  if (verdict === 'pass') return 'successful';
  if (verdict === 'marginal') return 'inconclusive';
  return own.failed || !metrics.some(({ failed }) => failed) ? 'failed' : 'successful';
}

const verdicts = {
  successful: 'success',
  inconclusive: 'inconclusive',
  failed: 'failure',
} as const;

function told(
  { recent }: MetricState,
  phase: keyof typeof verdicts,
  own: MetricResult,
  { score, groups, because }: MannWhitneyResult,
  at: string,
): readonly Measurement[] {
  const measurement: Measurement = {
    ...{ at, verdict: verdicts[phase], query: recent.at(-1)?.query ?? '', value: { score } },
    because: `${own.because}; ${because}`.slice(0, 500),
    figures: { score, groups, test: own } as unknown as Measurement['value'],
  };
  return withLatest(recent, measurement);
}

/** Only of metrics that are judged so. */
function metricOf({ name, mannWhitney }: MetricState['metric']): MannWhitneyMetric {
  const { of: _, effectSize, ...settings } = mannWhitney as MannWhitney;
  return { name, ...settings, effectSize: bounds(effectSize) };
}

/** Bounds that were not given are left out, not undefined. */
const bounds = (size: object): MannWhitneyMetric['effectSize'] =>
  Object.fromEntries(
    Object.entries(size).filter(([, value]) => value !== undefined),
  ) as MannWhitneyMetric['effectSize'];
