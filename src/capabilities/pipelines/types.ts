import type { Pipeline, PipelineSpec } from '../../contract/kinds/pipeline.ts';
import type { StepKindName } from '../../contract/kinds/pipeline-step.ts';
import type { ActionRequest, EffectOutcome } from '../../engine/types.ts';
import type { StepAnswer } from '../../integrations/step/port.ts';
import type { Json } from '../../platform/ids/types.ts';

/**
 * A run takes a pipeline from its first step to its last.
 *
 *   queued ─▶ running ─▶ finishing (onFailure, finally) ─▶ succeeded | failed | errored | cancelled
 *      └────────┴─ cancel: steps under way clear up, finally still runs ─▶ cancelled
 */
export type RunPhase =
  | 'queued'
  | 'running'
  | 'finishing'
  | 'succeeded'
  | 'failed'
  | 'errored'
  | 'cancelled';

export const runEnds = [
  'succeeded',
  'failed',
  'errored',
  'cancelled',
] as const satisfies readonly RunPhase[];

/**
 * pending ─▶ running ─▶ succeeded | failed | errored | cancelled        pending ─▶ skipped (`when`) | omitted (needs)
 * running ─▶ backingOff ─▶ running (retry, repeat)
 */
export type StepStatus =
  | 'pending'
  | 'running'
  | 'backingOff'
  | 'succeeded'
  | 'failed'
  | 'errored'
  | 'cancelled'
  | 'skipped'
  | 'omitted';

export type Section = 'steps' | 'onFailure' | 'finally';

/** One step, or one of a forEach (`test[0]`). Times are ISO 8601 strings, since state is JSON. */
export type StepState = {
  /** Of the declaration. */
  readonly step: string;
  /** Place in its forEach, from 0; null without one. */
  readonly index: number | null;
  readonly section: Section;
  readonly kind: StepKindName;
  readonly status: StepStatus;
  /** Why it is as it is: what people read. */
  readonly because: string;
  /** Grows with every try and every round; 0 before the first. */
  readonly attempt: number;
  /** Tries of this round that came to nothing. */
  readonly failures: number;
  /** Rounds of a repeat that are over. */
  readonly rounds: number;
  readonly item: Json;
  readonly memory: Json;
  /** With every expression filled in, as they were when this attempt began; null before. */
  readonly settings: Json;
  /** Of this attempt, those that count, oldest first. */
  readonly answers: readonly StepAnswer[];
  /** An effect of this attempt has no outcome yet. */
  readonly isBusy: boolean;
  readonly outputs: { readonly [name: string]: Json };
  readonly since: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** When to look at it again without news; null: only at news. */
  readonly wakeAt: string | null;
  /** Why it is being stopped; null while it is not. */
  readonly stopping: {
    readonly actor: string;
    readonly because: string;
    readonly as: 'cancelled' | 'errored';
    /** ISO 8601: when it is over even if it has not cleared up. */
    readonly until: string;
  } | null;
};

/** How a run came to be. */
export type RunOrigin = {
  /** manual, push, cron, webhook, cdevents, pipeline, retry. */
  readonly trigger: string;
  readonly actor: string;
  readonly because: string;
  /** The run whose step began this one. */
  readonly parent: { readonly run: string; readonly step: string } | null;
  /** What triggered it, for `event` in expressions; at most 16 KiB. */
  readonly event: Json;
};

export type RunState = {
  readonly pipeline: string;
  /** SHA-256 of the specification, which is kept once for all runs of it. */
  readonly spec: string;
  readonly application: string | null;
  readonly release: string | null;
  readonly commit: string | null;
  readonly author: string | null;
  readonly inputs: { readonly [name: string]: Json };
  readonly origin: RunOrigin;
  /** Concurrency group, filled in; null without one. */
  readonly group: string | null;
  readonly phase: RunPhase;
  /** Why it is as it is: what people read. */
  readonly because: string;
  /** By instance name. Instances of a forEach are added when it begins. */
  readonly steps: { readonly [instance: string]: StepState };
  /** Set once somebody cancelled it, or its time was over. */
  readonly stopping: {
    readonly actor: string;
    readonly because: string;
    readonly as: 'cancelled' | 'failed';
    /** A second cancel, or no time left even for clearing up: `onFailure` and `finally` are stopped as well. */
    readonly entirely: boolean;
  } | null;
  readonly openedAt: string;
  readonly startedAt: string | null;
  /** When everything under `steps` was over; `onFailure` and `finally` have the run's timeout anew from here. */
  readonly finishingAt: string | null;
  readonly endedAt: string | null;
};

/** The readable side of runs: what lists ask, by index. */
export type RunRow = {
  readonly id: string;
  readonly pipeline: string;
  readonly application: string | null;
  readonly release: string | null;
  readonly commit: string | null;
  readonly spec: string;
  readonly trigger: string;
  readonly actor: string;
  readonly group: string | null;
  readonly phase: RunPhase;
  readonly terminal: boolean;
  readonly because: string;
  /** Names of steps that wait for a person now. */
  readonly awaiting: readonly string[];
  readonly done: number;
  readonly steps: number;
  readonly parent: string | null;
  readonly openedAt: string;
  readonly startedAt: string | null;
  readonly updatedAt: string;
  readonly endedAt: string | null;
};

/** Another run of the same group that is not over, oldest first. `seq` is the order in which they were opened. */
export type Rival = { readonly id: string; readonly seq: number; readonly phase: RunPhase };

/** What an application runs where, as `live.environments.NAME` shows it to expressions. */
export type LiveEnvironment = {
  readonly stable: string | null;
  readonly active: string | null;
  readonly phase: string | null;
  /** healthy, degraded, unknown. */
  readonly health: string;
  readonly frozen: boolean;
};

export type RunSnapshot = {
  readonly id: string;
  readonly state: RunState;
  readonly spec: PipelineSpec;
  /** Runs of the group; this one is among them. Empty without a group. */
  readonly rivals: readonly (Rival & { readonly policy: 'queue' | 'supersede' | 'cancel' })[];
  readonly seq: number;
  /** By instance name, for steps under way. */
  readonly facts: { readonly [instance: string]: Json };
  /** By instance name: why `load` failed, where it did. Such a step is not asked, and read again a little later. */
  readonly unread: { readonly [instance: string]: string };
  /** Null where no expression asks. */
  readonly live: { readonly environments: { readonly [name: string]: LiveEnvironment } } | null;
  readonly effects: readonly EffectOutcome[];
  readonly requests: readonly ActionRequest[];
};

export type RunWrite = { readonly table: 'runs'; readonly row: RunRow };

/** Payload of an effect `step.KIND`: what to do, and for which attempt. */
export type StepEffect = {
  readonly instance: string;
  readonly attempt: number;
  readonly subject: { readonly [name: string]: Json };
  readonly secrets: PipelineSpec['secrets'];
  readonly payload: Json;
};

/** What is needed to open a run; the same `id` twice is one run. */
export type NewRun = {
  readonly id: string;
  readonly pipeline: string;
  readonly spec: Pipeline['spec'];
  readonly application: string | null;
  readonly release: string | null;
  readonly commit: string | null;
  readonly author: string | null;
  readonly inputs: { readonly [name: string]: Json };
  readonly origin: RunOrigin;
  /** Steps of an earlier run that need not be done again, by instance name. */
  readonly kept?: { readonly [instance: string]: StepState };
};
