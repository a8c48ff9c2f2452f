import { judgeOf, type Provider } from '../../contract/kinds/analysis-template.ts';
import type {
  MetricAnswer,
  MetricQuestion,
  MetricSource,
} from '../../integrations/metric-source/port.ts';
import { problem } from '../../platform/errors/problem.ts';
import type { DueMetric } from './due.ts';
import type { Answers } from './snapshot.ts';
import type { AnalysisState, MetricState } from './types.ts';

/** The source of a provider's name (`router`, `prometheus`, `datadog` …); null when there is none. */
export type FindSource = (name: string) => MetricSource | null;

/** No measurement takes longer than this (ms), whatever its own timeout says: a reconcile must end. */
const longestMeasurement = 30_000;
const routerTimeout = 5_000;

/**
 * Measures metrics at the same time. When `enough` says that the answers so far decide the analysis, the rest is not
 * waited for: a slow source must not delay a rollback that another one has shown to be due.
 */
export async function measureAll(
  find: FindSource,
  state: AnalysisState,
  due: readonly DueMetric[],
  now: Date,
  enough: (answers: Answers) => boolean,
): Promise<Answers> {
  const answers: Record<number, MetricAnswer> = {};
  const decided = Promise.withResolvers<void>();
  const stop = new AbortController();
  const looks = due.map(async ({ position, metric }) => {
    answers[position] = await measure(find, state, metric, now, stop.signal);
    if (enough({ ...answers })) decided.resolve();
  });
  await Promise.race([Promise.all(looks), decided.promise]);
  const taken = { ...answers };
  stop.abort(enoughSaid);
  return taken;
}

async function measure(
  find: FindSource,
  state: AnalysisState,
  metric: MetricState,
  now: Date,
  stop: AbortSignal,
): Promise<MetricAnswer> {
  const { provider } = metric.metric;
  const name = Object.keys(provider)[0] ?? '';
  const source = find(name);
  if (!source) return unanswered(`There is no metric source ${name} here.`);
  const { signal, end } = limited(stop, Math.min(timeoutOf(provider), longestMeasurement));
  try {
    const question = {
      provider,
      subject: state.subject,
      args: { ...metric.args, ...state.args },
      baseline: metric.baseline,
    };
    const answer = comparesItself(metric)
      ? measureBoth(source, question, baselineTime(metric, now), signal)
      : source.measure(question, signal);
    return await Promise.race([answer, expiry(signal)]);
  } catch (error) {
    return unanswered(`The metric source ${name} failed: ${messageOf(error)}`);
  } finally {
    end();
  }
}

/** A judge that compares needs both sides; the router gives them at once, others are asked about each release. */
const comparesItself = ({ metric }: MetricState): boolean =>
  !('router' in metric.provider) && judgeOf(metric) !== 'threshold';

/** When the baseline is measured: now, or as long ago as the metric says. */
const baselineTime = ({ metric: { baseline } }: MetricState, now: Date): Date | null =>
  typeof baseline === 'object' ? new Date(now.getTime() - baseline.history) : null;

async function measureBoth(
  source: MetricSource,
  question: MetricQuestion,
  asOf: Date | null,
  signal: AbortSignal,
): Promise<MetricAnswer> {
  const { stable } = question.subject;
  const about = (release: string) => ({
    ...question,
    subject: { ...question.subject, candidate: release },
    ...(asOf === null ? {} : { asOf }),
  });
  const [candidate, other] = await Promise.all([
    source.measure(question, signal),
    stable === null ? null : source.measure(about(stable), signal),
  ]);
  if (!candidate.ok) return candidate;
  if (other && !other.ok) return other;
  if (candidate.value === null) return candidate;
  return { ...candidate, value: { ...candidate.value, stable: other?.value?.result ?? null } };
}

const enoughSaid = new Error('The measurements so far are enough.');
const tooLate = new Error('The measurement took too long.');

/** Ends with `stop` or after `ms`. No timer is left behind: it would hold all that was looked at until it runs out. */
function limited(
  stop: AbortSignal,
  ms: number,
): { readonly signal: AbortSignal; readonly end: () => void } {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(tooLate), ms);
  timer.unref();
  stop.addEventListener('abort', () => limit.abort(stop.reason), { once: true });
  return { signal: limit.signal, end: () => clearTimeout(timer) };
}

/** A source that does not heed its signal is left behind. */
function expiry(signal: AbortSignal): Promise<MetricAnswer> {
  return new Promise((resolve) => {
    const late = () => resolve(unanswered('The metric source did not answer in time.'));
    signal.addEventListener('abort', late, { once: true });
  });
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message.slice(0, 500) : 'unknown';

const unanswered = (detail: string): MetricAnswer => ({
  ok: false,
  problem: problem('TG1401', { detail }),
  query: '',
});

/** Whatever provider names a time keeps to it. */
function timeoutOf(provider: Provider): number {
  const [settings] = Object.values(provider);
  return settings && 'timeout' in settings ? settings.timeout : routerTimeout;
}
