import { type AnalysisTemplate, judgeOf } from '../../contract/kinds/analysis-template.ts';
import { renderDuration } from '../../contract/kinds/common.ts';
import type { AnalysisState, MetricState } from '../analysis/types.ts';
import type { Judges, Matched } from './types.ts';

type Chosen = {
  readonly templates: readonly AnalysisTemplate[];
  /** Other templates judged it too, and still do. */
  readonly keepsOthers: boolean;
};

/**
 * The documents of the policy that judge an analysis: those that it names. One document that the rollout names
 * nowhere is meant for all of them. Null where the policy says nothing about this analysis.
 */
export function choose(
  policy: readonly AnalysisTemplate[],
  named: readonly string[] | null,
  /** Templates that any analysis of the rollout names. */
  all: ReadonlySet<string>,
): Chosen | null {
  const own = (named ?? []).flatMap((name) => policy.filter((one) => one.metadata.name === name));
  if (own.length > 0) return { templates: own, keepsOthers: own.length < (named ?? []).length };
  const [only, ...more] = policy;
  const isForAll = only !== undefined && more.length === 0 && !all.has(only.metadata.name);
  return isForAll ? { templates: [only], keepsOthers: false } : null;
}

/**
 * Metrics of the policy beside the recorded ones that answer them: by source and name, else the next one of that
 * source. What the router counted answers every question to the router. Where other templates go on judging, the
 * recorded metrics that no metric of the policy stands for stay as they were.
 */
export function matchMetrics(
  { templates, keepsOthers }: Chosen,
  begin: AnalysisState,
  open: Judges['open'],
): Matched {
  const from = new Date(begin.startedAt);
  const wanted = templates.flatMap((one) => open(one.spec, from));
  const sources = sourcesOf(wanted, begin.metrics);
  const found = wanted.map((one, index) => {
    const position = sources[index] ?? -1;
    return { one, position, lack: lackOf(one, begin.metrics[position], begin.args) };
  });
  const usable = found.filter(({ lack }) => lack === null);
  const others = keepsOthers
    ? begin.metrics.flatMap((one, position) =>
        sources.includes(position) ? [] : [{ one: fresh(one, from), position }],
      )
    : [];
  const both = [...usable, ...others];
  return {
    metrics: both.map(({ one }) => one),
    sources: both.map(({ position }) => position),
    leftOut: found.flatMap(({ one, lack }) =>
      lack === null ? [] : [{ metric: one.metric.name, because: lack }],
    ),
    notes: usable.flatMap(({ one, position }) => notesOf(one, begin.metrics[position])),
  };
}

const sourceOf = ({ metric }: MetricState): string => Object.keys(metric.provider)[0] ?? '';

function sourcesOf(
  wanted: readonly MetricState[],
  recorded: readonly MetricState[],
): readonly number[] {
  const used = new Set<number>();
  const take = (fits: (one: MetricState, position: number) => boolean): number => {
    const at = recorded.findIndex(fits);
    if (at >= 0) used.add(at);
    return at;
  };
  const byName = wanted.map((one) =>
    take(
      (other, at) =>
        !used.has(at) && sourceOf(other) === sourceOf(one) && other.metric.name === one.metric.name,
    ),
  );
  return wanted.map((one, index) => {
    const named = byName[index] ?? -1;
    if (named >= 0) return named;
    const next = take((other, at) => !used.has(at) && sourceOf(other) === sourceOf(one));
    if (next >= 0 || sourceOf(one) !== 'router') return next;
    return recorded.findIndex((other) => sourceOf(other) === 'router');
  });
}

/** Why what was recorded does not answer a metric; null when it does. */
function lackOf(
  wanted: MetricState,
  recorded: MetricState | undefined,
  args: AnalysisState['args'],
): string | null {
  const source = sourceOf(wanted);
  if (recorded === undefined) return `it asks ${source}, and no answer of ${source} was recorded`;
  if (source === 'router') return null;
  if (questionOf(wanted, args) !== questionOf(recorded, args)) {
    return `it asks ${source} something else than was recorded (${recorded.metric.name})`;
  }
  const compares = judgeOf(wanted.metric) !== 'threshold';
  const hasBoth = judgeOf(recorded.metric) !== 'threshold';
  return compares && !hasBoth
    ? 'it compares with the stable release, of which nothing was recorded'
    : null;
}

/** What is asked, without how long the answer may take. */
function questionOf({ metric, args }: MetricState, given: AnalysisState['args']): string {
  const text = JSON.stringify(metric.provider, (key, value) =>
    key === 'timeout' ? undefined : value,
  );
  return text.includes('{{args.') ? text + JSON.stringify({ ...args, ...given }) : text;
}

function notesOf({ metric }: MetricState, recorded: MetricState | undefined): readonly string[] {
  const { interval = 0, initialDelay, name } = metric;
  const before = recorded?.metric.interval ?? 0;
  const delay = recorded?.metric.initialDelay ?? 0;
  return [
    ...(interval < before && metric.count !== 1
      ? [
          `${name} would look every ${renderDuration(interval)}; it is judged at the recorded looks, every ${renderDuration(before)}`,
        ]
      : []),
    ...(initialDelay < delay
      ? [`${name} would begin to look ${renderDuration(delay - initialDelay)} before the recording`]
      : []),
  ];
}

/** As it was when it was opened. */
const fresh = (one: MetricState, from: Date): MetricState => ({
  ...one,
  nextAt: from.getTime() + one.metric.initialDelay,
});
