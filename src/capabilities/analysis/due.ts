import type { AnalysisPhase, AnalysisState, MetricState } from './types.ts';

export const isOver = (phase: AnalysisPhase): boolean => phase !== 'running';

/** A metric that is to be measured, and its position: names need not be unique among templates. */
export type DueMetric = { readonly position: number; readonly metric: MetricState };

/**
 * Metrics to be measured now. One that was never successful is looked at a last time when the analysis is asked to
 * end, since without a success it could not pass.
 */
export function dueMetrics(state: AnalysisState, ending: boolean, now: Date): readonly DueMetric[] {
  if (isOver(state.phase)) return [];
  return state.metrics
    .map((metric, position) => ({ position, metric }))
    .filter(
      ({ metric: { nextAt, successes } }) =>
        nextAt !== null && (nextAt <= now.getTime() || (ending && successes === 0)),
    );
}
