import {
  type AnalysisTemplate,
  analysisTemplateSchema,
} from '../../contract/kinds/analysis-template.ts';
import type { ActionRequest } from '../../engine/types.ts';
import type { MetricAnswer } from '../../integrations/metric-source/port.ts';
import { figures } from '../../integrations/metric-source/router/figures.ts';
import { routerSource } from '../../integrations/metric-source/router/router.ts';
import { problem } from '../../platform/errors/problem.ts';
import { decideAnalysis } from '../analysis/decide.ts';
import { dueMetrics } from '../analysis/due.ts';
import { metricStates } from '../analysis/open.ts';
import type { AnalysisState } from '../analysis/types.ts';
import { beginStory, endStory, tell } from './decide.ts';
import type { AnalysisPurpose, Judges, RecordedLook } from './types.ts';

/** Recordings as workers would have made them: the router's own source over counters that grow by the second. */
export const judges: Judges = { decide: decideAnalysis, open: metricStates, figures };
export const begin = new Date('2026-03-01T10:00:00.000Z');
export const after = (seconds: number): string =>
  new Date(begin.getTime() + seconds * 1_000).toISOString();
export const key = 'ro-1/0/background';

export function template(
  name: string,
  metrics: readonly { readonly [field: string]: unknown }[],
): AnalysisTemplate {
  return analysisTemplateSchema.parse({
    apiVersion: 'tidegate.dev/v1',
    kind: 'AnalysisTemplate',
    metadata: { name },
    spec: {
      metrics: metrics.map((one) => ({
        name: 'errors',
        provider: { router: {} },
        interval: '10s',
        ...one,
      })),
    },
  });
}

/** Fails when more than this share of the requests since the last look failed. */
export const limit = (share: number, more: { readonly [field: string]: unknown } = {}) =>
  template('errors', [{ failureCondition: `result.errorRate > ${share}`, ...more }]);

export type Recorded = {
  readonly key?: string;
  readonly by: AnalysisTemplate;
  /** Share of the candidate's requests that fail, by the second; ten come every second. */
  readonly failing: (second: number) => number;
  /** When it is asked to end; it is recorded no longer than ten minutes. */
  readonly endAt?: number;
  readonly cancelAt?: number;
  /** What other sources than the router answer. */
  readonly others?: MetricAnswer;
  readonly untilEnded?: boolean;
};

const longest = 600;

export async function record(given: Recorded): Promise<readonly RecordedLook[]> {
  const looks: RecordedLook[] = [];
  let state = opened(given);
  for (let second = 0; second <= longest && state.phase === 'running'; second += 1) {
    const now = new Date(begin.getTime() + second * 1_000);
    const requests = [
      ...(second === given.endAt ? [asked('end', now)] : []),
      ...(second === given.cancelAt ? [asked('cancel', now)] : []),
    ];
    const ending = second === given.endAt;
    const due = second === given.cancelAt ? [] : dueMetrics(state, ending, now);
    if (due.length === 0 && requests.length === 0) continue;
    const answers: Record<number, MetricAnswer> = {};
    for (const { position, metric } of due) {
      answers[position] = await answer(given, state, metric.metric.provider, metric.baseline, now);
    }
    const look = { id: `analysis/${key}`, state, at: now.toISOString(), answers, requests };
    const decided = decideAnalysis(look, now);
    state = decided.state;
    const { phase, because, endedAt } = state;
    looks.push({ key: given.key ?? key, now, look, after: { phase, because, endedAt } });
  }
  return looks;
}

function opened({ by, untilEnded = true }: Recorded): AnalysisState {
  return {
    subject: {
      application: 'checkout',
      environment: 'production',
      rollout: 'ro-1',
      targets: ['eu-1'],
      candidate: 'r-2',
      stable: 'r-1',
    },
    args: {},
    metrics: metricStates(by.spec, begin),
    phase: 'running',
    because: '',
    startedAt: begin.toISOString(),
    endedAt: null,
    endRequested: false,
    wakes: 'rollout/ro-1',
    untilEnded,
  };
}

async function answer(
  { failing, others }: Recorded,
  { subject, args }: AnalysisState,
  provider: AnalysisTemplate['spec']['metrics'][number]['provider'],
  baseline: AnalysisState['metrics'][number]['baseline'],
  now: Date,
): Promise<MetricAnswer> {
  if (!('router' in provider)) return others ?? silent;
  const second = (now.getTime() - begin.getTime()) / 1_000;
  const source = routerSource({
    clock: () => now.getTime(),
    readCounters: async () => [
      counters('r-2', second, failing),
      counters('r-1', second + 600, () => 0),
    ],
  });
  return await source.measure({ provider, subject, args, baseline }, AbortSignal.timeout(1_000));
}

const silent: MetricAnswer = {
  ok: false,
  query: '',
  problem: problem('TG1401', { detail: 'nobody there' }),
};

function counters(release: string, seconds: number, failing: (second: number) => number) {
  let errors = 0;
  for (let second = 0; second < seconds; second += 1) errors += Math.round(failing(second) * 10);
  const requests = Math.floor(seconds) * 10;
  const counts = [requests / 2, requests, requests];
  const latency = { le: [0.1, 1], counts, sumSeconds: requests / 10 };
  return { target: 'eu-1', release, counters: { epoch: 'one', requests, errors, latency } };
}

const asked = (action: string, at: Date): ActionRequest => ({
  ...{ id: 1, action, actor: 'rollout/ro-1', because: '', payload: {}, requestId: null, at },
});

export const purpose = (one: Partial<AnalysisPurpose> = {}): AnalysisPurpose => ({
  ...{ key, purpose: 'background', wave: 0, templates: ['errors'] },
  ...one,
});

export function backtest(
  policy: readonly AnalysisTemplate[],
  looks: readonly RecordedLook[],
  purposes: readonly AnalysisPurpose[] = [purpose()],
) {
  const story = looks.reduce(
    (sum, look) => tell(sum, look, judges),
    beginStory(policy, 'r-2', purposes),
  );
  return endStory(story);
}
