import type { MetricAnswer } from '../../integrations/metric-source/port.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { AnalysisPhase, AnalysisState, MetricState } from '../analysis/types.ts';
import { mergeRouter } from './decide-merge.ts';
import type { AnalysisLook, BacktestEnd, Judges, Matched, RecordedLook } from './types.ts';

/** One recorded analysis on its way through the other policy. */
export type Replay = {
  readonly state: AnalysisState;
  readonly matched: Matched;
  /** What the router counted since a metric's last look, of metrics that look less often than was recorded. */
  readonly waiting: readonly ({ readonly [name: string]: Json } | null)[];
};

/** The analysis as it would have been opened. */
export function beginReplay(begin: AnalysisState, matched: Matched): Replay {
  const { metrics } = matched;
  return { state: { ...begin, metrics }, matched, waiting: metrics.map(() => null) };
}

/**
 * Judges one recorded look once more. A metric that would not have looked then passes it over; the router's counts
 * wait for its next look, as they do in the router.
 */
export function replayLook(
  { state, matched, waiting }: Replay,
  { look, now }: Pick<RecordedLook, 'look' | 'now'>,
  { decide, figures }: Judges,
): Replay {
  const ending = look.requests.some(({ action }) => action === 'end');
  const kept = [...waiting];
  const answers: Record<number, MetricAnswer> = {};
  for (const [position, metric] of state.metrics.entries()) {
    const answer = look.answers[matched.sources[position] ?? -1];
    if (answer === undefined || metric.nextAt === null) continue;
    const before = kept[position] ?? null;
    const all =
      answer.ok && 'router' in metric.metric.provider
        ? { ...answer, value: mergeRouter(before, answer.value, figures) }
        : answer;
    if (isDue(metric, ending, now)) answers[position] = all;
    if (answer.ok) kept[position] = isDue(metric, ending, now) ? null : valueIn(all);
  }
  const next: AnalysisLook = { ...look, state, answers };
  return { state: decide(next, now).state, matched, waiting: kept };
}

/** As the worker asks: a metric without a success is looked at a last time when the analysis is to end. */
const isDue = ({ nextAt, successes }: MetricState, ending: boolean, now: Date): boolean =>
  nextAt !== null && (nextAt <= now.getTime() || (ending && successes === 0));

const valueIn = (answer: MetricAnswer) => (answer.ok ? answer.value : null);

const outcomes: { readonly [P in AnalysisPhase]: BacktestEnd['outcome'] } = {
  running: 'looking',
  successful: 'passed',
  failed: 'failed',
  inconclusive: 'inconclusive',
  error: 'error',
  cancelled: 'cancelled',
};

/** How an analysis stood when its recording ended. Nothing is made up about what came after. */
export function endOf(
  state: Pick<AnalysisState, 'phase' | 'because' | 'endedAt'>,
  because = state.because,
): BacktestEnd {
  return { outcome: outcomes[state.phase], at: state.endedAt, because };
}

/** The worst of several decides, and of failures the first; a pass is as late as the last of them. */
export function worstOf(ends: readonly BacktestEnd[]): BacktestEnd {
  const byTime = ends.toSorted((a, b) => (a.at ?? '').localeCompare(b.at ?? ''));
  const order = ['failed', 'looking', 'error', 'inconclusive', 'cancelled'] as const;
  const worst = order.flatMap((outcome) => byTime.filter((one) => one.outcome === outcome))[0];
  const none = { outcome: 'none', at: null, because: 'There was nothing to judge.' } as const;
  return worst ?? byTime.at(-1) ?? none;
}
