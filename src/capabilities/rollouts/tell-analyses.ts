import type { AnalysisTold } from '../../contract/api/rollouts.ts';
import { judgeOf } from '../../contract/kinds/analysis-template.ts';
import type { AnalysisRow } from '../analysis/reads.ts';
import type { MetricState } from '../analysis/types.ts';
import type { AnalysisUse } from './types.ts';

type MetricTold = AnalysisTold['metrics'][number];

/** What a rollout's analyses asked, what came, and what it was held against, in the order in which they were opened. */
export function tellAnalyses(
  uses: readonly AnalysisUse[],
  rows: readonly AnalysisRow[],
): AnalysisTold[] {
  return uses.flatMap(({ key, purpose, wave }) => {
    const state = rows.find((row) => row.key === key)?.state;
    if (!state) return [];
    const { phase, because, startedAt, endedAt, args } = state;
    const metrics = state.metrics.map(tellMetric);
    return [{ key, purpose, wave, phase, because, startedAt, endedAt, args: { ...args }, metrics }];
  });
}

function tellMetric(state: MetricState): MetricTold {
  const { metric, phase, successes, failures, inconclusives, errors } = state;
  return {
    name: metric.name,
    source: Object.keys(metric.provider)[0] ?? '',
    phase,
    judge: judgeOf(metric),
    successCondition: metric.successCondition ?? null,
    failureCondition: metric.failureCondition ?? null,
    failureLimit: metric.failureLimit,
    inconclusiveLimit: metric.inconclusiveLimit ?? null,
    consecutiveErrorLimit: metric.consecutiveErrorLimit,
    ...{ successes, failures, inconclusives, errors },
    measurements: state.recent.map(({ at, verdict, value, query, because, figures = null }) => {
      return {
        at,
        verdict,
        value: value as MetricTold['measurements'][number]['value'],
        query,
        because,
        figures: figures as MetricTold['measurements'][number]['figures'],
      };
    }),
  };
}
