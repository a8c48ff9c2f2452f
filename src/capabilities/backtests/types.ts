import type { BacktestOutcome } from '../../contract/api/backtests.ts';
import type { Histogram } from '../../contract/counters.ts';
import type { AnalysisTemplate } from '../../contract/kinds/analysis-template.ts';
import type { ActionRequest, Decision } from '../../engine/types.ts';
import type { MetricAnswer } from '../../integrations/metric-source/port.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { AnalysisState, MetricState } from '../analysis/types.ts';

/** What one decision of an analysis was made from, as the journal keeps it. */
export type AnalysisLook = {
  readonly id: string;
  readonly state: AnalysisState;
  /** ISO 8601 */
  readonly at: string;
  /** As the sources gave them, by the metric's position. */
  readonly answers: { readonly [position: number]: MetricAnswer };
  readonly requests: readonly ActionRequest[];
};

/** One kept decision of an analysis: what was seen at `now`, and what followed from it then. */
export type RecordedLook = {
  /** Key of the analysis. */
  readonly key: string;
  readonly now: Date;
  readonly look: AnalysisLook;
  readonly after: Pick<AnalysisState, 'phase' | 'because' | 'endedAt'>;
};

/** Requests of one release over some time. */
export type Counted = {
  readonly requests: number;
  readonly errors: number;
  readonly latency: Histogram | null;
};

/** How analyses are opened and judged: the product's own functions, so that a replay is what would have happened. */
export type Judges = {
  readonly decide: (look: AnalysisLook, now: Date) => Decision<AnalysisState>;
  readonly open: (spec: AnalysisTemplate['spec'], now: Date) => readonly MetricState[];
  /** What the router tells of what it counted in so many seconds. */
  readonly figures: (counted: readonly Counted[], seconds: number | null) => Json;
};

export type BacktestEnd = {
  readonly outcome: BacktestOutcome;
  /** ISO 8601; null when it did not end. */
  readonly at: string | null;
  readonly because: string;
};

/** What an analysis of a rollout was for, and which templates judged it; null when its plan does not say. */
export type AnalysisPurpose = {
  readonly key: string;
  readonly purpose: string;
  readonly wave: number;
  readonly templates: readonly string[] | null;
};

/** Metrics of the policy with the recorded position that each of them is answered from. */
export type Matched = {
  readonly metrics: readonly MetricState[];
  readonly sources: readonly number[];
  readonly leftOut: readonly { readonly metric: string; readonly because: string }[];
  readonly notes: readonly string[];
};
