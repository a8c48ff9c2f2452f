import type { ActionRequest } from '../../engine/types.ts';
import type { MetricAnswer } from '../../integrations/metric-source/port.ts';
import type { AnalysisState } from './types.ts';

/** By the metric's position in the state. */
export type Answers = { readonly [position: number]: MetricAnswer };

/** All that an analysis is decided from. */
export type AnalysisSnapshot = {
  /** The durable object's id. */
  readonly id: string;
  readonly state: AnalysisState;
  /** When the answers came, ISO 8601. */
  readonly at: string;
  /** Of the metrics that were due when this was loaded. */
  readonly answers: Answers;
  readonly requests: readonly ActionRequest[];
};
