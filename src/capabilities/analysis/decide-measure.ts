import { judgeOf, type Metric } from '../../contract/kinds/analysis-template.ts';
import type { MetricAnswer } from '../../integrations/metric-source/port.ts';
import type { Json } from '../../platform/ids/types.ts';
import { judge, lackOf } from './judge.ts';
import { hasSeenEnough, lookSequentially, sequentialOf } from './judge-sequential.ts';
import { numberOf } from './judges/look.ts';
import { storableText, storableValue } from './storable.ts';
import type { AnalysisPhase, Measurement, MeasurementVerdict, MetricState } from './types.ts';

/** Measurements kept per metric; the counts are of all. */
const keptMeasurements = 50;
export const withLatest = (
  recent: readonly Measurement[],
  latest: Measurement,
): readonly Measurement[] => [...recent, latest].slice(-keptMeasurements);

/** Points of a series that are kept: a day of minutes. */
const keptPoints = 1_440;

/** Both series of a metric that is judged at the end, by `mannWhitney`. */
export type Series = {
  readonly candidate: readonly (number | null)[];
  readonly baseline: readonly (number | null)[];
};

export type Given = {
  readonly args: { readonly [name: string]: string };
  /** When the answer came, ISO 8601. */
  readonly at: string;
  /** There is a stable release to compare with. */
  readonly hasStable: boolean;
};

type Looked = { readonly measurement: Measurement; readonly evidence?: Json };

/** Takes one answer of its source into a metric's counts and evidence. */
export function takeAnswer(metric: MetricState, answer: MetricAnswer, given: Given): MetricState {
  const { measurement, evidence } = lookAt(metric, answer, given);
  const { verdict } = measurement;
  return {
    ...metric,
    successes: metric.successes + (verdict === 'success' ? 1 : 0),
    failures: metric.failures + (verdict === 'failure' ? 1 : 0),
    inconclusives: metric.inconclusives + (verdict === 'inconclusive' ? 1 : 0),
    errors: metric.errors + (verdict === 'error' ? 1 : 0),
    consecutiveErrors: verdict === 'error' ? metric.consecutiveErrors + 1 : 0,
    ...(verdict === 'undecided' ? { undecided: (metric.undecided ?? 0) + 1 } : {}),
    ...(verdict === 'ignored' ? { ignored: (metric.ignored ?? 0) + 1 } : {}),
    ...(evidence === undefined ? {} : { evidence }),
    recent: withLatest(metric.recent, measurement),
    baseline: answer.ok ? answer.baseline : metric.baseline,
  };
}

function lookAt(state: MetricState, answer: MetricAnswer, { args, at, hasStable }: Given): Looked {
  const { metric } = state;
  const name = judgeOf(metric);
  if (!answer.ok) return { measurement: judge(metric, answer, args, at) };
  const seen = { at, query: storableText(answer.query, 2048), value: shown(answer.value) };
  const lack = lackOf(answer.value);
  if (name === 'mannWhitney') return addPoint(state, lack === null ? answer.value : null, seen);
  if (lack !== null) return withoutData(metric, seen, lack);
  if (name === 'threshold') return { measurement: judge(metric, answer, args, at) };
  if (!hasStable) return alone(seen);
  const look = lookSequentially(metric, state.evidence ?? null, answer.value as Answered);
  if (look.is === 'noData') return withoutData(metric, seen, look.because);
  const { verdict, evidence, figures } = look;
  const because = storableText(look.because, 500);
  return { measurement: { ...seen, verdict, because, figures }, evidence };
}

type Seen = Pick<Measurement, 'at' | 'query' | 'value'>;
/** An answer that lacks nothing is there. */
type Answered = { readonly [name: string]: Json };

/** Nobody reads a histogram of a hundred numbers; the judge has taken what it needs. */
function shown(value: { readonly [name: string]: Json } | null): Json {
  if (value === null) return null;
  const brief = Object.fromEntries(
    Object.entries(value).map(([side, of]) => {
      if (of === null || typeof of !== 'object' || Array.isArray(of)) return [side, of];
      const { latency: _, ...rest } = of as { readonly [name: string]: Json };
      return [side, rest];
    }),
  );
  return storableValue(brief);
}

/** What no data means is the metric's policy; it is never a success. */
function withoutData({ noData = 'hold' }: Metric, seen: Seen, lack: string): Looked {
  const of = (verdict: MeasurementVerdict, because: string): Looked => ({
    measurement: { ...seen, verdict, because: storableText(because, 500) },
  });
  if (noData === 'hold') return of('inconclusive', lack);
  if (noData === 'fail') return of('failure', `${lack}, which fails it`);
  return of('ignored', `${lack}, ignored: ${noData.ignore}`);
}

/** The first release of an application is compared with nothing. */
const alone = (seen: Seen): Looked => ({
  measurement: {
    ...seen,
    verdict: 'ignored',
    because: 'there is no stable release to compare with',
  },
});

function addPoint(
  { metric, evidence }: MetricState,
  value: { readonly [name: string]: Json } | null,
  seen: Seen,
): Looked {
  const field = metric.mannWhitney?.of;
  const before = (evidence ?? { candidate: [], baseline: [] }) as Series;
  const next: Series = {
    candidate: [...before.candidate, numberOf(value?.result, field)].slice(-keptPoints),
    baseline: [...before.baseline, numberOf(value?.stable, field)].slice(-keptPoints),
  };
  const points = next.candidate.filter((point) => point !== null).length;
  const because = `${points} points so far; the series are compared at the end`;
  return { measurement: { ...seen, verdict: 'undecided', because }, evidence: next as Json };
}

type Rules = readonly (readonly [applies: (m: MetricState) => boolean, phase: AnalysisPhase])[];

const limits: Rules = [
  [(m) => m.failures >= m.metric.failureLimit, 'failed'],
  [(m) => isInError(m), 'error'],
  [(m) => isOverLimit(m), 'inconclusive'],
];

/** First row that is true wins. Only successes and failures use up `count`: what decided nothing is asked again. */
const thresholdRules: Rules = [
  ...limits,
  [(m) => !isCounted(m, m.successes + m.failures + (m.ignored ?? 0)), 'running'],
  [(m) => m.successes > 0 || (m.ignored ?? 0) > 0, 'successful'],
  [() => true, 'failed'],
];

/** First row that is true wins. Every look uses up `count`; a release that was found safe is watched until it ends. */
const sequentialRules = (untilEnded: boolean): Rules => [
  [
    (m) => m.recent.at(-1)?.verdict === 'failure' && m.recent.at(-1)?.figures !== undefined,
    'failed',
  ],
  ...limits,
  [(m) => m.successes > 0 && !untilEnded, 'successful'],
  [(m) => !isCounted(m, looksOf(m)), 'running'],
  [(m) => isWorthPassing(m), 'successful'],
  [() => true, 'inconclusive'],
];

const scoredRules: Rules = [[(m) => isInError(m), 'error']];

/** Where a metric stands after a look: running where no rule is true. */
export function metricPhase(metric: MetricState, untilEnded: boolean): AnalysisPhase {
  const rules = {
    threshold: thresholdRules,
    sequential: sequentialRules(untilEnded),
    mannWhitney: scoredRules,
  }[judgeOf(metric.metric)];
  return rules.find(([applies]) => applies(metric))?.[1] ?? 'running';
}

const isInError = (m: MetricState): boolean =>
  m.consecutiveErrors >= m.metric.consecutiveErrorLimit;

const isOverLimit = (m: MetricState): boolean =>
  m.inconclusives >= (m.metric.inconclusiveLimit ?? Number.POSITIVE_INFINITY);

export const looksOf = (m: MetricState): number =>
  m.successes + m.failures + (m.undecided ?? 0) + (m.ignored ?? 0);

export const isCounted = (m: MetricState, looks: number): boolean =>
  m.metric.count !== undefined && looks >= m.metric.count;

/** The looks are over: found safe once, or undecided where its policy says that this passes, or ignored throughout. */
export function isWorthPassing(m: MetricState): boolean {
  if (m.successes > 0) return true;
  if (looksOf(m) === 0) return false;
  if ((m.ignored ?? 0) === looksOf(m)) return true;
  const passes = judgeOf(m.metric) === 'sequential' && sequentialOf(m.metric).undecided === 'pass';
  return passes && hasSeenEnough(m.metric, m.evidence ?? null);
}
