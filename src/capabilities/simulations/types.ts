import type { AnalysisTemplate } from '../../contract/kinds/analysis-template.ts';
import type { AnalysisRef, RequestMatch } from '../../contract/kinds/strategy.ts';
import type { RolloutPlan } from '../rollouts/types.ts';

/** One side of the traffic. Without latencies `cumulative` is empty, and none are made. */
export type Side = {
  readonly errorRate: number;
  /** Shares up to each of the router's bounds; the last is 1. */
  readonly cumulative: readonly number[];
};

export type Load = {
  /** Requests per second of both sides together. */
  readonly perSecond: number;
  readonly candidate: Side;
  readonly stable: Side;
};

/** The steps of a wave as rollouts have them. */
export type PlannedStep =
  | { readonly do: 'weight'; readonly weight: number }
  | { readonly do: 'route'; readonly match: readonly RequestMatch[] }
  | { readonly do: 'preview' }
  | { readonly do: 'pause'; readonly duration: number | null }
  | { readonly do: 'approval' }
  | { readonly do: 'analysis'; readonly ref: AnalysisRef }
  | { readonly do: 'test'; readonly ref: AnalysisRef | null; readonly duration: number };

/** How rollouts read a strategy: their own functions. */
export type Strategies = {
  readonly stepsOf: (plan: RolloutPlan) => readonly PlannedStep[];
  readonly backgroundOf: (
    plan: RolloutPlan,
  ) => { readonly ref: AnalysisRef; readonly startingStep: number } | null;
};

/** Templates whose metrics can be simulated, with their arguments. */
export type JudgedBy = {
  readonly specs: readonly AnalysisTemplate['spec'][];
  readonly args: { readonly [name: string]: string };
  /** A metric of it has no count and no evidence that could end it. */
  readonly endless: boolean;
};

/** A step with the analysis that can be simulated of it; null when nothing judges it. */
export type CourseStep = {
  readonly step: PlannedStep;
  readonly words: string;
  readonly judged: JudgedBy | null;
};

/** What a simulated rollout goes through: one wave. */
export type Course = {
  readonly steps: readonly CourseStep[];
  readonly background: { readonly judged: JudgedBy; readonly startingStep: number } | null;
  /** ms */
  readonly soak: number;
  /** It is compared with a fresh copy of the stable release, which gets as much traffic as it. */
  readonly isFresh: boolean;
  readonly notes: readonly string[];
  readonly needsLatency: boolean;
};

export type RunEnd = {
  /** `unclear`: ended without a verdict, by which a rollout holds and goes back at its deadline. */
  readonly is: 'caught' | 'passed' | 'unclear';
  /** ms since the rollout began. */
  readonly at: number;
  /** Index of the step under way; the number of steps when all traffic was at the candidate. */
  readonly step: number;
  /** The candidate's requests, one number per step and one for all traffic. */
  readonly exposed: readonly number[];
};
