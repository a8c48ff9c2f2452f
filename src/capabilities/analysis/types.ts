import type { Score } from '../../contract/kinds/analysis-judge.ts';
import type { Metric } from '../../contract/kinds/analysis-template.ts';
import type { Json } from '../../platform/ids/types.ts';

/** The field's usual phases (Argo Rollouts AnalysisRun). `cancelled`: ended from outside without a judgement against it. */
export type AnalysisPhase =
  | 'running'
  | 'successful'
  | 'failed'
  | 'inconclusive'
  | 'error'
  | 'cancelled';

/**
 * `error`: the source did not answer. `inconclusive`: no data, NaN, or neither condition true. Neither ever passes.
 * `undecided`: a look of a judge that gathers evidence, and there is not enough of it. `ignored`: no data, which the
 * metric says is to be ignored.
 */
export type MeasurementVerdict =
  | 'success'
  | 'failure'
  | 'inconclusive'
  | 'error'
  | 'undecided'
  | 'ignored';

/** One look at one metric, with all that was seen, so that the verdict can be explained later. */
export type Measurement = {
  /** ISO 8601 */
  readonly at: string;
  readonly verdict: MeasurementVerdict;
  /** What the conditions saw: `result`, and for the router also `stable`; null when there was no answer. */
  readonly value: Json;
  /** The query after its arguments were filled in. */
  readonly query: string;
  readonly because: string;
  /** What the judge reckoned: evidence and its bounds, estimates of both sides. */
  readonly figures?: Json;
};

export type MetricState = {
  readonly metric: Metric;
  /** The template's own values of its arguments; those of the analysis win. */
  readonly args?: { readonly [name: string]: string };
  /** Counts of all measurements; `recent` keeps the last 50. */
  readonly successes: number;
  readonly failures: number;
  readonly inconclusives: number;
  readonly errors: number;
  readonly consecutiveErrors: number;
  readonly recent: readonly Measurement[];
  /** Milliseconds since the epoch; null when it is finished. */
  readonly nextAt: number | null;
  readonly phase: AnalysisPhase;
  /** Counters at the last measurement, for sources that count (router). */
  readonly baseline: Json;
  /** Looks of a judge that gathers evidence which decided nothing, and those without data that were ignored. */
  readonly undecided?: number;
  readonly ignored?: number;
  /** What such a judge keeps of all looks so far: of `sequential` its evidence, of `mannWhitney` both series. */
  readonly evidence?: Json;
  /** How the metrics of its template become one score; null as it is by default. */
  readonly score?: Score | null;
};

/** What an analysis is about. */
export type AnalysisSubject = {
  readonly application: string;
  readonly environment: string;
  readonly rollout: string;
  readonly targets: readonly string[];
  readonly candidate: string;
  readonly stable: string | null;
};

export type AnalysisState = {
  readonly subject: AnalysisSubject;
  readonly args: { readonly [name: string]: string };
  readonly metrics: readonly MetricState[];
  readonly phase: AnalysisPhase;
  readonly because: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Asked to end: a background analysis whose wave is done ends `successful` if nothing speaks against it. */
  readonly endRequested: boolean;
  /** Object to wake when the phase changes. */
  readonly wakes: string;
  /** It goes on after a success, and watches for harm until it is asked to end. */
  readonly untilEnded?: boolean;
};

/** What a rollout sees of an analysis. */
export type AnalysisView = {
  readonly key: string;
  readonly phase: AnalysisPhase;
  readonly because: string;
  /** Figures of the deciding metric, for messages: failures seen, limit, last value. */
  readonly detail: Json;
};
