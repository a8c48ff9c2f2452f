import type { ActionRequest, Decision, NewEvent } from '../../engine/types.ts';
import type { MetricAnswer } from '../../integrations/metric-source/port.ts';
import { isWorthPassing, metricPhase, takeAnswer } from './decide-measure.ts';
import { scoreMetrics } from './decide-score.ts';
import { isOver } from './due.ts';
import { phaseSentence } from './explain.ts';
import type { AnalysisSnapshot } from './snapshot.ts';
import type { AnalysisPhase, AnalysisState, MetricState } from './types.ts';

/** A metric with `count: 1` and no interval is asked again this soon (ms) after an answer that decided nothing. */
const retryInterval = 10_000;

/**
 * Judges one analysis: takes the answers that were loaded, counts them against each metric's limits, and ends with
 * the worst of its metrics. It never fails open: a metric is successful only with a success measurement, and no data
 * is not one (docs/concepts/analysis.md).
 */
export function decideAnalysis(snapshot: AnalysisSnapshot, now: Date): Decision<AnalysisState> {
  const { state, requests } = snapshot;
  const taken = { requests: requests.map((request) => request.id) };
  if (isOver(state.phase)) return { ...rest(state), taken };
  const cancel = requests.find((request) => request.action === 'cancel');
  if (cancel) return conclude(snapshot, cancelled(state, cancel, now), now, taken, cancel);
  const end = requests.find((request) => request.action === 'end');
  const endRequested = state.endRequested || end !== undefined;
  const measured = state.metrics.map((metric, position) =>
    measure(snapshot, metric, snapshot.answers[position], now),
  );
  const scored = scoreMetrics(measured, endRequested, snapshot.at);
  const metrics = endRequested ? scored.map(endMetric) : scored;
  const phase = phaseOf(metrics);
  const closed = isOver(phase) ? metrics.map((metric) => ({ ...metric, nextAt: null })) : metrics;
  const next: AnalysisState = {
    ...state,
    metrics: closed,
    phase,
    because: phaseSentence(phase, closed),
    endedAt: isOver(phase) ? now.toISOString() : null,
    endRequested,
  };
  return conclude(snapshot, next, now, taken, end);
}

/** Takes the loaded answer of one metric into its counts. */
function measure(
  snapshot: AnalysisSnapshot,
  metric: MetricState,
  answer: MetricAnswer | undefined,
  now: Date,
): MetricState {
  if (!answer || metric.nextAt === null) return metric;
  const args = { ...metric.args, ...snapshot.state.args };
  const hasStable = snapshot.state.subject.stable !== null;
  const taken = takeAnswer(metric, answer, { args, at: snapshot.at, hasStable });
  const phase = metricPhase(taken, snapshot.state.untilEnded ?? false);
  const interval = metric.metric.interval ?? retryInterval;
  const nextAt = isOver(phase) ? null : nextTime(metric.nextAt, interval, now);
  return { ...taken, phase, nextAt };
}

/** Times keep to the grid of the interval, without making up for looks that were missed while nobody worked. */
function nextTime(planned: number, interval: number, now: Date): number {
  const next = planned + interval;
  return next > now.getTime() ? next : now.getTime() + interval;
}

/** Ended from outside: what has a success and nothing that speaks against it passes, all else is inconclusive. */
function endMetric(metric: MetricState): MetricState {
  if (metric.phase !== 'running') return metric;
  const phase = isWorthPassing(metric) ? 'successful' : 'inconclusive';
  return { ...metric, phase, nextAt: null };
}

/** The worst of the metrics; one that is against it ends the analysis at once, success needs them all. */
const worstFirst: readonly AnalysisPhase[] = ['failed', 'error', 'inconclusive', 'running'];

function phaseOf(metrics: readonly MetricState[]): AnalysisPhase {
  const worst = worstFirst.find((phase) => metrics.some((metric) => metric.phase === phase));
  if (worst) return worst;
  // Where every metric says that its silence is to be ignored, nobody has said that all is well.
  const spoke = metrics.some(({ successes, undecided }) => successes > 0 || (undecided ?? 0) > 0);
  return spoke ? 'successful' : 'inconclusive';
}

function cancelled(state: AnalysisState, request: ActionRequest, now: Date): AnalysisState {
  return {
    ...state,
    metrics: state.metrics.map((metric) => ({
      ...metric,
      nextAt: null,
      phase: metric.phase === 'running' ? 'cancelled' : metric.phase,
    })),
    phase: 'cancelled',
    because: request.because || `cancelled by ${request.actor}`,
    endedAt: now.toISOString(),
  };
}

function conclude(
  snapshot: AnalysisSnapshot,
  state: AnalysisState,
  now: Date,
  taken: { readonly requests: readonly number[] },
  request: ActionRequest | undefined,
): Decision<AnalysisState> {
  const before = snapshot.state;
  if (before.phase === state.phase) return { ...rest(state), wakeAt: wakeTime(state), taken };
  const event: NewEvent = {
    type: `analysis.${state.phase}`,
    actor: request?.actor ?? 'tidegate',
    objectId: snapshot.id,
    application: state.subject.application,
    environment: state.subject.environment,
    because: state.because,
    outcome: 'done',
    before: { phase: before.phase },
    after: {
      phase: state.phase,
      rollout: state.subject.rollout,
      metrics: summary(state),
      at: now.toISOString(),
    },
    ...(request?.requestId ? { requestId: request.requestId } : {}),
  };
  return { ...rest(state), wakeAt: wakeTime(state), events: [event], wake: [state.wakes], taken };
}

const rest = (state: AnalysisState): Decision<AnalysisState> => ({
  state,
  phase: state.phase,
  terminal: isOver(state.phase),
  because: state.because,
  wakeAt: null,
});

function wakeTime(state: AnalysisState): Date | null {
  const times = state.metrics.flatMap((metric) => (metric.nextAt === null ? [] : [metric.nextAt]));
  return times.length === 0 ? null : new Date(Math.min(...times));
}

const summary = (state: AnalysisState) =>
  state.metrics.map((metric) => ({
    name: metric.metric.name,
    phase: metric.phase,
    successes: metric.successes,
    failures: metric.failures,
    inconclusives: metric.inconclusives,
    errors: metric.errors,
    last: metric.recent.at(-1) ?? null,
  }));
