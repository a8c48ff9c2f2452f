import { isEndless } from '../../contract/kinds/analysis-template.ts';
import type { AnalysisRef } from '../../contract/kinds/strategy.ts';
import type { NewObject } from '../../engine/types.ts';
import type { Json } from '../../platform/ids/types.ts';
import { iso } from '../../platform/text/times.ts';
import type { AnalysisState, MetricState } from '../analysis/types.ts';
import { copyId, hasCopy } from './decide-strategy.ts';
import { targetsOf, touchedTargets } from './decide-targets.ts';
import type { AnalysisUse, RolloutSnapshot, RolloutState } from './types.ts';

export type Opening =
  | { readonly ok: true; readonly object: NewObject; readonly use: AnalysisUse }
  | { readonly ok: false; readonly because: string };

/** `rollout/wave/purpose`, with the step for those that belong to one. */
export function analysisKey(
  id: string,
  wave: number,
  purpose: AnalysisUse['purpose'],
  step: number | null,
): string {
  return `${id}/${wave}/${purpose}${step === null ? '' : `-${step}`}`;
}

/** The fresh copy while there is one that gets traffic like the candidate: requests routed by header are not shared with it. */
function comparedWith(state: RolloutState): string | null {
  const isRouted = state.weight === 0 && state.routes.length > 0;
  return hasCopy(state) && !isRouted ? copyId(state.plan) : state.plan.stable;
}

/**
 * The analysis object for one reference of the plan, about the targets told of the candidate so far, or where it
 * compares with a fresh copy about those of the wave, which alone have one. Refused
 * while a template of it is not declared: a missing judge never passes. With `mustEnd` (a step waits for it) a metric
 * without a count is refused too, since nobody would end it.
 */
export function openingOf(
  look: { readonly snapshot: RolloutSnapshot; readonly state: RolloutState; readonly now: number },
  ref: AnalysisRef,
  purpose: AnalysisUse['purpose'],
  step: number | null,
  mustEnd = false,
): Opening {
  const { snapshot, state, now } = look;
  const missing = ref.templates.filter((name) => (snapshot.templates[name] ?? []).length === 0);
  if (missing.length > 0) {
    const many = missing.length === 1 ? 'AnalysisTemplate' : 'AnalysisTemplates';
    return { ok: false, because: `${many} ${missing.join(', ')} not declared or without a metric` };
  }
  const first = analysisKey(snapshot.id, state.wave, purpose, step);
  const isTaken = state.analyses.some((use) => use.key === first);
  const key = isTaken ? `${first}-stable` : first;
  const stable = comparedWith(state);
  const isCopied = stable !== state.plan.stable;
  const metrics = ref.templates.flatMap((name) => snapshot.templates[name] ?? []);
  const endless = metrics.find(({ metric }) => isEndless(metric));
  if (mustEnd && endless) {
    return { ok: false, because: `metric ${endless.metric.name} has no count and would never end` };
  }
  const analysis: AnalysisState = {
    subject: {
      application: state.plan.application,
      environment: state.plan.environment,
      rollout: snapshot.id,
      targets: isCopied ? targetsOf(state) : touchedTargets(state),
      candidate: state.plan.candidate,
      stable,
    },
    args: ref.args,
    metrics: metrics.map((one) => ({ ...one, nextAt: now + one.metric.initialDelay })),
    phase: 'running',
    because: 'No measurement was taken yet.',
    startedAt: iso(now),
    endedAt: null,
    endRequested: false,
    wakes: `rollout/${snapshot.id}`,
    untilEnded: purpose === 'background',
  };
  const end = plannedEnd(metrics, now);
  return {
    ok: true,
    object: {
      kind: 'analysis',
      key,
      phase: 'running',
      state: analysis as unknown as Json,
      because: analysis.because,
    },
    use: {
      key,
      wave: state.wave,
      purpose,
      step,
      plannedUntil: end === null ? null : iso(end),
      worthFrom: iso(now + Math.max(...metrics.map(firstWorth))),
      mark: 'open',
      ...(isCopied ? { against: 'copy' } : {}),
    },
  };
}

/** When the last measurement is planned, in ms since the epoch; null when a metric goes on until it is ended. */
function plannedEnd(metrics: readonly MetricState[], now: number): number | null {
  const ends = metrics.map(({ metric }) =>
    metric.count === undefined
      ? Number.POSITIVE_INFINITY
      : now + metric.initialDelay + (metric.count - 1) * (metric.interval ?? 0),
  );
  const end = Math.max(...ends);
  return Number.isFinite(end) ? end : null;
}

/** ms until the first measurement that has one before it: sources that count need two to say anything. */
const firstWorth = ({ metric }: MetricState): number =>
  metric.initialDelay + (metric.interval ?? 0);
