import type { Trigger } from '../../contract/kinds/pipeline-trigger.ts';
import type { ActionRequest, EffectOutcome } from '../../engine/types.ts';
import type { CommitInfo } from '../../integrations/git/port.ts';
import type { Problem } from '../../platform/errors/problem.ts';
import type { Json } from '../../platform/ids/types.ts';

/**
 * A trigger object stands for all triggers of one application's pipeline (`application:shop`), or of one pipeline that
 * no application names (`pipeline:nightly`). It reads what is declared anew at each look, so an edit in Git counts at
 * the next one, and of a document that is broken the last good version.
 *
 *   idle (nothing to watch for) ⇄ watching ⇄ failing (something cannot be read; the rest goes on)
 */
export type TriggerPhase = 'idle' | 'watching' | 'failing';

export type TriggerState = {
  /** The pipeline at the last look; null: there was none. */
  readonly pipeline: string | null;
  /** By the name of the trigger. */
  readonly memory: { readonly [trigger: string]: TriggerMemory };
};

/** The run that was begun last. */
export type LastRun = { readonly run: string; readonly at: string; readonly because: string };

type Remembered = {
  /** What is wrong with it now, as a sentence; null: nothing. */
  readonly problem: string | null;
  readonly last: LastRun | null;
};

export type PushMemory = Remembered & {
  readonly on: 'push';
  /** `host/team/shop#main`: another one is looked at afresh. Holds no secret. */
  readonly watch: string;
  readonly head: string;
  /** Looks in a row that failed. */
  readonly failures: number;
};

export type CronMemory = Remembered & {
  readonly on: 'cron';
  /** Schedule and timezone: with others it begins anew. */
  readonly plan: string;
  /** ISO 8601: every time up to this one is settled. */
  readonly since: string;
};

export type HookMemory = Remembered & { readonly on: 'webhook' | 'cdevents' };

export type TriggerMemory = PushMemory | CronMemory | HookMemory;

/** What Git declares, as far as triggers need it. */
export type Declared = {
  readonly pipeline: string;
  /** Made from the application's path through environments; such a one is in no document. */
  readonly isGenerated: boolean;
  readonly application: string | null;
  readonly artifact: 'bundle' | 'image' | null;
  readonly triggers: readonly Trigger[];
};

/** What a look at a branch came to. */
export type PushLook =
  | { readonly is: 'same'; readonly watch: string; readonly head: string }
  | { readonly is: 'first'; readonly watch: string; readonly head: string }
  /** The branch moved, and its documents are not all in the rows yet. */
  | { readonly is: 'behind'; readonly watch: string; readonly head: string }
  | {
      readonly is: 'moved';
      readonly watch: string;
      readonly branch: string;
      readonly from: string;
      readonly head: CommitInfo;
      /** Paths below those that the trigger names that differ now, by other hands than Tidegate's; at most 100. */
      readonly files: readonly string[];
      /** How many there are. */
      readonly touched: number;
      /** Those that only Tidegate itself touched. */
      readonly own: number;
    }
  | { readonly is: 'unreachable'; readonly watch: string; readonly problem: Problem };

export type TriggerSnapshot = {
  readonly id: string;
  readonly state: TriggerState;
  /** Null: there is nothing to watch for, for the reason given. */
  readonly declared: Declared | { readonly none: string };
  /** By the name of the trigger; those of push that were looked at. */
  readonly looks: { readonly [trigger: string]: PushLook };
  /** Deliveries older than they need to be remembered are in the rows. */
  readonly isStale: boolean;
  readonly requests: readonly ActionRequest[];
  readonly effects: readonly EffectOutcome[];
};

/** Payload of the effect `trigger.begin`. */
export type Begin = {
  /** Id of the run: the same one twice is one run. */
  readonly run: string;
  readonly trigger: string;
  readonly on: 'push' | 'cron' | 'webhook' | 'cdevents';
  readonly pipeline: string;
  readonly isGenerated: boolean;
  readonly application: string | null;
  readonly inputs: { readonly [name: string]: Json };
  /** A release to be made for the run; nulls: the newest commit, no image. */
  readonly release: { readonly ref: string | null; readonly image: string | null } | null;
  readonly commit: string | null;
  readonly because: string;
  readonly event: { readonly [name: string]: Json };
};

/** Deliveries that were taken before this time need not be remembered. */
export type TriggerWrite = { readonly prune: number };
