import { type Metric, metricSchema } from '../../contract/kinds/analysis-template.ts';
import type { ActionRequest, Decision } from '../../engine/types.ts';
import type { MetricAnswer } from '../../integrations/metric-source/port.ts';
import { problem } from '../../platform/errors/problem.ts';
import { decideAnalysis } from './decide.ts';
import { metricStates } from './open.ts';
import type { Answers } from './snapshot.ts';
import type { AnalysisState, AnalysisSubject } from './types.ts';

/** Helpers of the analysis tests: metrics by the document's own schema, and a clock that walks from look to look. */
export const begin = new Date('2026-03-01T10:00:00.000Z');
export const after = (ms: number): Date => new Date(begin.getTime() + ms);

export const subject: AnalysisSubject = {
  application: 'checkout',
  environment: 'production',
  rollout: 'ro-1',
  targets: ['eu-1', 'us-1'],
  candidate: 'r-2',
  stable: 'r-1',
};

/** As in a document: durations as text. Successful when `result.errorRate <= 0.01` unless the overrides say else. */
export function metric(overrides: { readonly [field: string]: unknown } = {}): Metric {
  return metricSchema.parse({
    name: 'errors',
    provider: { router: {} },
    interval: '10s',
    ...('successCondition' in overrides || 'failureCondition' in overrides
      ? {}
      : { successCondition: 'result.errorRate <= 0.01' }),
    ...overrides,
  });
}

/** As a rollout opens it. */
export function opened(
  metrics: readonly Metric[],
  args: { readonly [name: string]: string } = {},
  now = begin,
): AnalysisState {
  return {
    subject,
    args,
    metrics: metricStates({ args: [], metrics: [...metrics] }, now),
    phase: 'running',
    because: 'waiting for the first measurement',
    startedAt: now.toISOString(),
    endedAt: null,
    endRequested: false,
    wakes: 'rollout/ro-1',
  };
}

const value = (result: Record<string, number>): MetricAnswer => ({
  ok: true,
  value: { result },
  query: 'router checkout',
  baseline: { requests: 1 },
});

/** Answers by the verdict that the default condition gives them. */
export const answers = {
  success: value({ errorRate: 0.002, requests: 500 }),
  failure: value({ errorRate: 0.052, requests: 500 }),
  inconclusive: { ok: true, value: null, query: 'router checkout', baseline: { requests: 1 } },
  error: {
    ok: false,
    query: 'router checkout',
    problem: problem('TG1401', { detail: 'connect ECONNREFUSED' }),
  },
} satisfies Record<string, MetricAnswer>;
export type Verdict = keyof typeof answers;

export function request(action: string, because = '', id = 7): ActionRequest {
  const actor = 'rollout/ro-1';
  return { id, action, actor, because, payload: {}, requestId: 'req-1', at: begin };
}

export type Given = { readonly [metric: string]: MetricAnswer };

export function look(
  state: AnalysisState,
  given: Given,
  now: Date,
  requests: readonly ActionRequest[] = [],
): Decision<AnalysisState> {
  const at = now.toISOString();
  const loaded = state.metrics.flatMap(({ metric: { name } }, position) => {
    const answer = given[name];
    return answer ? [[position, answer] as const] : [];
  });
  const answers: Answers = Object.fromEntries(loaded);
  return decideAnalysis({ id: 'analysis/ro-1/0/step', state, at, answers, requests }, now);
}

/** Looks once per verdict at the metric `errors`, each time when it is due; ends early when it sleeps for ever. */
export function walk(state: AnalysisState, verdicts: readonly Verdict[]): Decision<AnalysisState> {
  let now = begin;
  let decision = look(state, {}, now);
  for (const verdict of verdicts) {
    if (decision.wakeAt === null) break;
    now = new Date(Math.max(decision.wakeAt.getTime(), now.getTime()));
    decision = look(decision.state, { errors: answers[verdict] }, now);
  }
  return decision;
}
