import type { RolloutActionName } from '../../contract/api/rollouts.ts';
import type { Application } from '../../contract/kinds/application.ts';
import type { Environment } from '../../contract/kinds/environment.ts';
import type { RequestMatch, Strategy } from '../../contract/kinds/strategy.ts';
import type { ActionRequest, EffectOutcome } from '../../engine/types.ts';
import type { AnalysisState, AnalysisView } from '../analysis/types.ts';
import type { IntentSpec, Status } from '../fleet/types.ts';
import type { Quarantine, Release } from '../releases/types.ts';

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

export type RolloutAction = RolloutActionName | 'supersede';

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
  readonly progressDeadline: number /** ms */;
  readonly onInconclusive: 'hold' | 'rollback';
  readonly approvers: readonly string[];
  /** Skips analyses, pauses, approvals and soaks: every target goes to the candidate as soon as it is ready there (rollbacks, `--fast`). */
  readonly fastTrack: boolean;
  readonly isRollback: boolean /** Exempt from freeze windows. */;
  /** The commit in Git that asked for it, and its author and subject. */
  readonly commit: { readonly id: string; readonly author: string; readonly subject: string };
  readonly repository: string;
  readonly path: string;
  /** Objects to wake when it is over: the run whose step asked for it. */
  readonly wakes?: readonly string[];
};

/** Times are ISO 8601 strings. */
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
  /** The fresh copy of the stable release, once something was wrong with it. */
  readonly copy?: CopyState;
  /** Most replicas of the candidate that were ever ready at once, over all targets; absent in states of before it was kept. */
  readonly mostReady?: number;
  /** Candidate's weight in the wave under way, and whether it only applies once it is ready (0–100). */
  readonly weight: number;
  /** Requests that match go to the candidate. */
  readonly routes: readonly RequestMatch[];
  /** Keys of the analysis objects that were opened, by purpose. */
  readonly analyses: readonly AnalysisUse[];
  readonly approvals: readonly Readonly<Record<'actor' | 'at' | 'because', string>>[];
  /** A person's pause; null when there is none. */
  readonly held: { readonly actor: string; readonly because: string; readonly at: string } | null;
  readonly freezeOverride: { readonly actor: string; readonly because: string } | null;
  readonly startedAt: string;
  readonly soakSince: string | null;
  /** How and why it goes back; null while it goes forward. */
  readonly retreat: Retreat | null;
  readonly endedAt: string | null;
  /** The wave under way passed its freeze check, and its targets were told of the candidate. */
  readonly begun: boolean;
  /** What holds it though no plan declares it; its own deadline counts from `since`. */
  readonly trouble: Trouble | null;
  /** A person asked to skip what is left of steps, analyses and soaks (never approvals, never readiness). */
  readonly full: { readonly actor: string; readonly because: string } | null;
  /** When every wave was through; null before. */
  readonly completingAt: string | null;
  /** The old version was let go on every target. */
  readonly dropped: boolean;
  /** The sentence last shown to people. */
  readonly because: string;
};

export type Trouble = {
  readonly kind: 'unready' | 'inconclusive';
  readonly since: string;
  readonly because: string;
};

export type CopyState = {
  /** Since when it lacks ready replicas, the most that were ready since, and why; null when it lacks none. */
  readonly lacking: (Omit<Trouble, 'kind'> & { readonly ready: number }) | null;
  /** Why the rollout goes on compared with the stable release itself; null while it has its copy. */
  readonly givenUp: string | null;
};

export type AnalysisUse = {
  /** Key of the analysis object: `rollout/wave/purpose`. */
  readonly key: string;
  readonly wave: number;
  readonly purpose: 'step' | 'background' | 'prePromotion' | 'postPromotion';
  /** Step that it belongs to; null when it spans several. */
  readonly step: number | null;
  /** When its planned measurements are over (ISO 8601); null when it only ends on request. */
  readonly plannedUntil: string | null;
  /** When each of its metrics can have had a measurement that compares (ISO 8601): it is not asked to end before. */
  readonly worthFrom: string;
  /** `ending`: was asked to end. `skipped`: a person went on without it, so that its verdict no longer counts. */
  readonly mark: 'open' | 'ending' | 'skipped';
  /** It compares with the fresh copy; or did, until that was given up and another analysis took its place. */
  readonly against?: 'copy' | 'lostCopy';
};

export type Retreat = {
  readonly to: 'rolledBack' | 'aborted' | 'superseded';
  readonly because: string;
  readonly actor: string;
  /** Of the person's request; absent when nobody asked, and in states of before it was kept. */
  readonly requestId?: string;
  /** When the reason was seen; trafficBackAt when every reachable target served the stable release only. */
  readonly since: string;
  readonly trafficBackAt: string | null;
  /** Whether the failed release's commit is to be reverted, and how that went. */
  readonly revert: 'notNeeded' | 'pending' | 'done' | 'overtaken' | 'failed';
  readonly revertCommit: string | null;
};

export type TargetView = {
  readonly name: string;
  /** Null when its agent never reported on this application. */
  readonly status: Status | null;
  /** Its agent reported lately (within the connection timeout). */
  readonly connected: boolean;
  /** When it counts as not connected unless its agent is heard of again; null when none ever was. */
  readonly silentAt: Date | null;
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
  /** `ro-…`; the durable object is `rollout/ro-…`. */
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
  /** How the last rollout ended; null before the first. */
  readonly lastEnded: RolloutPhase | null;
  /** Commit that was refused (quarantined release), so that its event is written once. */
  readonly refusedCommit: string | null;
  /** What was asked of the active rollout last, and for which commit, so that it is asked once. */
  readonly asked: { readonly action: 'abort' | 'supersede'; readonly commit: string } | null;
  /** Commit of which the run that made it was told. */
  readonly toldCommit?: string;
};

/** The Release document of one (application, environment) as Git has it. */
export type DesiredRelease = {
  readonly release: Release;
  /** Only the document knows it, a person's commit for example: its row is to be written before a rollout of it opens. */
  readonly isNew: boolean;
  readonly commit: {
    readonly id: string;
    readonly author: string;
    readonly subject: string;
    readonly trailers: { readonly [name: string]: string };
  };
  /** Name of the config repository, and the file in it. */
  readonly repository: string;
  readonly path: string;
};

export type DeliverySnapshot = {
  /** `APPLICATION@ENVIRONMENT`; the durable object is `delivery/…`. */
  readonly id: string;
  readonly state: DeliveryState;
  /** Last good documents; null when there is none, or it was deleted. */
  readonly application: Application | null;
  readonly environment: Environment | null;
  /** Null when there is no Release document, or it was deleted. */
  readonly desired: DesiredRelease | null;
  /** What is wrong with the newest version of the Release document, with file and line; null when it is good. */
  readonly problem: string | null;
  /** Release of `state.stable`. */
  readonly stable: Release | null;
  /** Ids of every release that was stable here before. */
  readonly stables: readonly string[];
  /** Quarantine of the desired release here, unless it was lifted. */
  readonly quarantine: Quarantine | null;
  /** Row of `state.active`, terminal or not; null when there is none. */
  readonly active: RolloutRow | null;
  /** Targets of the environment, and those that still have an intent of this application. */
  readonly targets: readonly TargetView[];
  readonly nextId: string /** Of a rollout, if one is opened. */;
  readonly requests: readonly ActionRequest[];
};

export type DeliveryWrite =
  | RolloutWrite
  /** Keeps a release that so far only a document knows. Written before all else. */
  | { readonly table: 'releases'; readonly release: Release }
  /** Sets `lifted_at` of the release's quarantine here. */
  | { readonly table: 'quarantineLifts'; readonly release: string };
