import type { AnalysisRef, RequestMatch, Strategy } from '../../contract/kinds/strategy.ts';
import type { ActionRequest, EffectOutcome } from '../../engine/types.ts';
import type { AnalysisState, AnalysisView } from '../analysis/types.ts';
import type { IntentSpec, Status } from '../fleet/types.ts';
import type { Release } from '../releases/types.ts';

/**
 * A rollout takes one (application, environment) from its stable release to a candidate, wave by wave.
 *
 *   pending ─▶ progressing ─▶ soaking ─▶ (next wave: progressing) ─▶ completing ─▶ succeeded
 *      │            │            │                                       (old version let go)
 *      │            └──── paused is progressing with a reason to wait ──┘
 *      └─▶ rollingBack (traffic first, then the revert commit) ─▶ rolledBack | aborted | superseded
 *
 * `rolledBack`: it failed by itself; its release is quarantined. `aborted`: a person or Git took it back.
 * `superseded`: a newer release took its place.
 */
export type RolloutPhase =
  | 'pending'
  | 'progressing'
  | 'paused'
  | 'soaking'
  | 'completing'
  | 'rollingBack'
  | 'succeeded'
  | 'rolledBack'
  | 'aborted'
  | 'superseded';

export const terminalPhases = [
  'succeeded',
  'rolledBack',
  'aborted',
  'superseded',
] as const satisfies readonly RolloutPhase[];

export type RolloutAction =
  | 'promote'
  | 'promoteFull'
  | 'abort'
  | 'approve'
  | 'pause'
  | 'resume'
  | 'overrideFreeze'
  | 'supersede';

export type WavePlan = {
  readonly name: string;
  readonly targets: readonly string[] /** ms */;
  readonly soak: number;
};

/** Everything declared that a rollout goes by, fixed when it is opened: an edit in Git mid-way starts no other plan. */
export type RolloutPlan = {
  readonly application: string;
  readonly environment: string;
  readonly candidate: string;
  /** Null for the first rollout ever: then there is nothing to keep and nothing to go back to. */
  readonly stable: string | null;
  readonly strategy: Strategy;
  readonly waves: readonly WavePlan[];
  readonly maxUnavailable: number;
  readonly replicas: number;
  /** ms */
  readonly progressDeadline: number;
  readonly onInconclusive: 'hold' | 'rollback';
  readonly approvers: readonly string[];
  /** Skips analyses, pauses, approvals and soaks: every target goes to the candidate as soon as it is ready there (rollbacks, `--fast`). */
  readonly fastTrack: boolean;
  /** A rollback: exempt from freeze windows. */
  readonly isRollback: boolean;
  /** The commit in Git that asked for it, and its author and subject. */
  readonly commit: { readonly id: string; readonly author: string; readonly subject: string };
  readonly repository: string;
  readonly path: string;
};

/** Times are ISO 8601 strings, since state is JSON. */
export type RolloutState = {
  readonly plan: RolloutPlan;
  readonly phase: RolloutPhase;
  /** Index of the wave under way, from 0. */
  readonly wave: number;
  /** Index of the step under way within the strategy, from 0; equal to the number of steps when the wave is being promoted. */
  readonly step: number;
  readonly stepSince: string;
  /** When something last moved: the progress deadline counts from here. */
  readonly progressAt: string;
  /** Candidate's weight in the wave under way, and whether it only applies once it is ready (0–100). */
  readonly weight: number;
  /** Requests that match go to the candidate. */
  readonly routes: readonly RequestMatch[];
  /** Keys of the analysis objects that were opened, by purpose. */
  readonly analyses: readonly AnalysisUse[];
  readonly approvals: readonly {
    readonly actor: string;
    readonly at: string;
    readonly because: string;
  }[];
  /** A person's pause; null when there is none. */
  readonly held: { readonly actor: string; readonly because: string; readonly at: string } | null;
  readonly freezeOverride: { readonly actor: string; readonly because: string } | null;
  readonly startedAt: string;
  readonly soakSince: string | null;
  /** How and why it goes back; null while it goes forward. */
  readonly retreat: Retreat | null;
  /** Generation of the last intent written, per target. */
  readonly written: { readonly [target: string]: number };
  readonly endedAt: string | null;
};

export type AnalysisUse = {
  /** Key of the analysis object: `rollout/wave/purpose`. */
  readonly key: string;
  readonly wave: number;
  readonly purpose: 'step' | 'background' | 'prePromotion' | 'postPromotion';
  /** Step that it belongs to; null when it spans several. */
  readonly step: number | null;
};

export type Retreat = {
  readonly to: 'rolledBack' | 'aborted' | 'superseded';
  readonly because: string;
  readonly actor: string;
  /** When the reason was seen; trafficBackAt when every reachable target served the stable release only. */
  readonly since: string;
  readonly trafficBackAt: string | null;
  /** Whether the failed release's commit is to be reverted, and how that went. */
  readonly revert: 'notNeeded' | 'pending' | 'done' | 'overtaken';
  readonly revertCommit: string | null;
};

export type TargetView = {
  readonly name: string;
  /** Null when its agent never reported on this application. */
  readonly status: Status | null;
  /** Its agent reported lately (within the connection timeout). */
  readonly connected: boolean;
  /** What is asked of it now, and the intent's generation; null when never. */
  readonly intent: { readonly generation: number; readonly spec: IntentSpec } | null;
};

/** Frozen now? Worked out by the shell from the environment's windows. */
export type FreezeView = {
  readonly frozen: boolean;
  readonly window: string /** ISO 8601 */;
  readonly until: string | null;
};

export type RolloutSnapshot = {
  readonly id: string;
  readonly state: RolloutState;
  readonly candidate: Release;
  readonly stable: Release | null;
  readonly targets: readonly TargetView[];
  readonly analyses: readonly AnalysisView[];
  /** Templates by name, resolved at load, for analyses that are to be opened. */
  readonly templates: { readonly [name: string]: AnalysisState['metrics'] };
  readonly freeze: FreezeView;
  readonly requests: readonly ActionRequest[];
  readonly effects: readonly EffectOutcome[];
};

/** Rows that a rollout's decision writes besides the engine's own. */
export type RolloutWrite =
  | {
      readonly table: 'intents';
      readonly target: string;
      readonly spec: IntentSpec;
      readonly because: string;
    }
  | { readonly table: 'rollouts'; readonly row: RolloutRow }
  | { readonly table: 'quarantines'; readonly release: string; readonly because: string }
  | { readonly table: 'stables'; readonly release: string };

/** The readable side of a rollout, as lists and status screens show it. */
export type RolloutRow = {
  readonly id: string;
  readonly application: string;
  readonly environment: string;
  readonly release: string;
  readonly stable: string | null;
  readonly strategy: 'canary' | 'blueGreen' | 'progressive' | 'abTest';
  readonly phase: RolloutPhase;
  readonly terminal: boolean;
  readonly because: string;
  readonly weight: number;
  readonly wave: number;
  readonly waves: number;
  readonly step: number;
  readonly steps: number;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly endedAt: string | null;
};

/**
 * One (application, environment) for as long as it is declared: watches what Git desires, opens, supersedes and
 * aborts rollouts, and keeps the steady intent right (replicas, targets that joined) while none is under way.
 */
export type DeliveryState = {
  readonly application: string;
  readonly environment: string;
  /** Release that last succeeded here. */
  readonly stable: string | null;
  /** Id of the rollout under way. */
  readonly active: string | null;
  readonly activeRelease: string | null;
  /** Commit of the desired release for which the last decision was made. */
  readonly decidedCommit: string | null;
};

export type { AnalysisRef };
