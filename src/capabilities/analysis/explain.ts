import { judgeOf } from '../../contract/kinds/analysis-template.ts';
import type { Json } from '../../platform/ids/types.ts';
import { looksOf } from './decide-measure.ts';
import type { AnalysisPhase, AnalysisState, MetricState } from './types.ts';

/** The sentence that people read about an analysis in this phase: which metric decides, and what was seen. */
export function phaseSentence(phase: AnalysisPhase, metrics: readonly MetricState[]): string {
  const deciding = metrics.filter((metric) => metric.phase === phase);
  if (phase === 'successful') {
    const gathers = metrics.filter(({ metric }) => judgeOf(metric) !== 'threshold');
    if (gathers.length > 0) return metrics.map(metricSentence).join('; ');
    const total = metrics.reduce((sum, metric) => sum + metric.successes, 0);
    return `${listed(metrics.map((metric) => metric.metric.name))} passed (${total} ${total === 1 ? 'success' : 'successes'})`;
  }
  if (deciding.length === 0) {
    if (metrics.length === 0) return 'there is nothing to measure';
    return `every metric was ignored, so none of them has passed: ${metrics.map(metricSentence).join('; ')}`;
  }
  return deciding.map(metricSentence).join('; ');
}

/** One metric: `errors: 3 of 3 failures: error rate 5.2 % > 1 %`. */
export function metricSentence(metric: MetricState): string {
  return `${metric.metric.name}: ${reason(metric)}`;
}

function reason(metric: MetricState): string {
  if (judgeOf(metric.metric) !== 'threshold') return evidence(metric);
  const { failureLimit, consecutiveErrorLimit, inconclusiveLimit } = metric.metric;
  const last = metric.recent.at(-1);
  const against = (verdict: string) =>
    metric.recent.findLast((measurement) => measurement.verdict === verdict)?.because ?? '';
  switch (metric.phase) {
    case 'failed':
      return metric.failures >= failureLimit
        ? `${metric.failures} of ${failureLimit} ${plural(failureLimit, 'failure')}: ${against('failure')}`
        : `no success in ${metric.failures} ${plural(metric.failures, 'measurement')}: ${against('failure')}`;
    case 'error':
      return `${metric.consecutiveErrors} of ${consecutiveErrorLimit} ${plural(consecutiveErrorLimit, 'error')} in a row: ${against('error')}`;
    case 'inconclusive':
      return metric.inconclusives >= (inconclusiveLimit ?? Number.POSITIVE_INFINITY)
        ? `${metric.inconclusives} of ${inconclusiveLimit} inconclusive: ${against('inconclusive')}`
        : `ended without a success${last ? `: ${last.because}` : ': no data yet'}`;
    case 'running':
      return progress(metric);
    case 'successful':
      return `passed, ${last?.because ?? ''}`;
    case 'cancelled':
      return 'cancelled';
  }
}

/** What a judge that gathers evidence says after its last look; counts of looks say nothing there. */
function evidence(metric: MetricState): string {
  const { phase, recent, consecutiveErrors } = metric;
  const { consecutiveErrorLimit, count } = metric.metric;
  const last = recent.at(-1);
  if (phase === 'error') {
    return `${consecutiveErrors} of ${consecutiveErrorLimit} ${plural(consecutiveErrorLimit, 'error')} in a row: ${last?.because ?? ''}`;
  }
  if (phase === 'cancelled') return 'cancelled';
  if (!last) {
    return phase === 'running' ? 'waiting for the first measurement' : 'ended without data';
  }
  const looks = looksOf(metric);
  const told = recent.findLast(({ verdict }) => verdict !== 'error' && verdict !== 'inconclusive');
  const words = (phase === 'running' ? last : (told ?? last)).because;
  if (phase === 'inconclusive')
    return `undecided after ${looks} ${plural(looks, 'look')}: ${words}`;
  if (phase !== 'running' || count === undefined) return words;
  return `${looks} of at most ${count} ${plural(count, 'look')}; ${words}`;
}

/** What a running metric waits for: `2 of 5 measurements, 1 of 3 failures; last: …`. */
function progress(metric: MetricState): string {
  const { count, failureLimit } = metric.metric;
  const done = metric.successes + metric.failures;
  const last = metric.recent.at(-1);
  if (!last) return 'waiting for the first measurement';
  const parts = [
    count === undefined
      ? `${done} ${plural(done, 'measurement')}`
      : `${done} of ${count} ${plural(count, 'measurement')}`,
  ];
  if (metric.failures > 0) parts.push(`${metric.failures} of ${failureLimit} failures`);
  const waiting = last.verdict === 'inconclusive' || last.verdict === 'error';
  return `${parts.join(', ')}; ${waiting ? `waiting, ${last.verdict}` : 'last'}: ${last.because}`;
}

/** Figures of the metric that decides, for messages. */
export function viewDetail(state: AnalysisState): Json {
  const metric = state.metrics.find((one) => one.phase === state.phase) ?? state.metrics[0];
  if (!metric) return null;
  const last = metric.recent.at(-1);
  return {
    metric: metric.metric.name,
    successes: metric.successes,
    failures: metric.failures,
    failureLimit: metric.metric.failureLimit,
    inconclusives: metric.inconclusives,
    errors: metric.errors,
    last: last
      ? {
          verdict: last.verdict,
          value: last.value,
          because: last.because,
          figures: last.figures ?? null,
        }
      : null,
  };
}

const plural = (count: number, word: string): string => (count === 1 ? word : `${word}s`);

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
