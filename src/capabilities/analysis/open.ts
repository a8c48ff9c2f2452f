import type { AnalysisTemplate } from '../../contract/kinds/analysis-template.ts';
import type { MetricState } from './types.ts';

/** A template's metrics at their beginning, with the template's own values of its arguments; delays count from `now`. */
export function metricStates(spec: AnalysisTemplate['spec'], now: Date): readonly MetricState[] {
  const args = Object.fromEntries(
    spec.args.flatMap((arg) => (arg.value === undefined ? [] : [[arg.name, arg.value]])),
  );
  return spec.metrics.map((metric) => ({
    metric,
    args,
    successes: 0,
    failures: 0,
    inconclusives: 0,
    errors: 0,
    consecutiveErrors: 0,
    recent: [],
    nextAt: now.getTime() + metric.initialDelay,
    phase: 'running',
    baseline: null,
    score: spec.judge ?? null,
  }));
}
