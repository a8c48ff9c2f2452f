import type { Problem } from '../platform/errors/problem.ts';
import type { Json } from '../platform/ids/types.ts';
import type { ActionRequest, Decision, EffectOutcome, ObjectId, Reconciler } from './types.ts';

/** Every kind's reconciler as the loop sees it: what a state or snapshot holds is its capability's affair. */
export type AnyReconciler = Reconciler<unknown, unknown, unknown>;

/** An object as it was claimed: `state` is still of `schema`, the version that was stored. */
export type ClaimedObject = {
  readonly id: ObjectId;
  readonly kind: string;
  readonly key: string;
  readonly generation: number;
  readonly schema: number;
  readonly phase: string;
  readonly terminal: boolean;
  readonly because: string;
  readonly state: Json;
  readonly news: number;
  readonly failures: number;
  /** The name of this one claim. No later claim has it, so a write that carries it is nobody else's. */
  readonly lease: string;
};

/** Objects and the database's clock at the time of the claim. */
export type Claim = { readonly now: Date; readonly objects: readonly ClaimedObject[] };

export type InboxRow = {
  readonly effects: readonly EffectOutcome[];
  readonly requests: readonly ActionRequest[];
  /** There is more than was read. */
  readonly more: boolean;
};

/** What one look at one object comes to. */
export type Write =
  | {
      readonly type: 'decided';
      readonly object: ClaimedObject;
      readonly schema: number;
      readonly decision: Decision<unknown, unknown>;
      readonly wakeAt: Date | null;
      /** Who writes the decision's own rows. */
      readonly writer: Pick<AnyReconciler, 'apply' | 'applyAll'>;
      /** For the journal: what was seen, and when; null for kinds that keep none. */
      readonly seenAs: { readonly at: Date; readonly snapshot: unknown } | null;
      /** The object as its reconciler saw it, with upgraded state, for the writer. */
      readonly seen: Parameters<AnyReconciler['load']>[0];
    }
  | {
      readonly type: 'unchanged';
      readonly object: ClaimedObject;
      readonly wakeAt: Date | null;
    }
  | {
      readonly type: 'failed';
      readonly object: ClaimedObject;
      readonly problem: Problem;
      readonly because: string;
      /** Milliseconds until the next try. */
      readonly delay: number;
    };

/** How one write ended: `stale` changed nothing, because the object had moved on. */
export type Written = {
  readonly id: ObjectId;
  readonly result: 'written' | 'stale' | 'failed';
  readonly error?: unknown;
};

export type Lease = { readonly id: ObjectId; readonly lease: string };

/** What the loop needs of a database. Durations are milliseconds. */
export type EngineStore = {
  claim(ask: {
    readonly kinds: readonly string[];
    readonly lease: string;
    readonly limit: number;
    readonly duration: number;
  }): Promise<Claim>;
  inbox(ids: readonly ObjectId[]): Promise<ReadonlyMap<ObjectId, InboxRow>>;
  /** All in one transaction. Throws when that fails, and then nothing was written. */
  write(writes: readonly Write[]): Promise<readonly Written[]>;
  /** Extends leases; answers with the ids that are still ours. */
  extend(leases: readonly Lease[], duration: number): Promise<readonly ObjectId[]>;
  /** Gives leases back; the objects are due at once. */
  release(leases: readonly Lease[]): Promise<void>;
  /** Milliseconds until the next object of these kinds is due (0 or less when one is), or null. */
  nextDue(kinds: readonly string[]): Promise<number | null>;
};

/** An effect on its way. `attempt` is its fencing number: only the newest claim may store an outcome. */
export type ClaimedEffect = {
  readonly id: number;
  readonly key: string;
  readonly objectId: ObjectId;
  readonly kind: string;
  readonly payload: Json;
  readonly attempt: number;
  /** It was asked to stop after an attempt had begun. */
  readonly stopped: boolean;
};

export type EffectLease = { readonly id: number; readonly attempt: number };

export type FinishedEffect = EffectLease & {
  readonly objectId: ObjectId;
  readonly outcome: EffectOutcome['outcome'];
};

export type HeldEffect = { readonly id: number; readonly stopped: boolean };

export type EffectStore = {
  claim(
    kinds: readonly string[],
    limit: number,
    duration: number,
  ): Promise<readonly ClaimedEffect[]>;
  /**
   * Stores outcomes and makes them news, all in one statement: when it throws, nothing was stored. Answers with the ids of
   * those that were stored; the others belong to a later attempt.
   */
  finish(effects: readonly FinishedEffect[]): Promise<readonly number[]>;
  /** Comes back after `delay`, with the reason stored; at once when it was asked to stop. */
  retry(effect: EffectLease, problem: Problem, delay: number): Promise<void>;
  /** Extends leases; answers with those that are still ours, and which of them shall stop. */
  extend(leases: readonly EffectLease[], duration: number): Promise<readonly HeldEffect[]>;
  /** Gives leases back; the effects are due at once and the attempt is not counted as a failure. */
  release(leases: readonly EffectLease[]): Promise<void>;
  nextDue(kinds: readonly string[]): Promise<number | null>;
};
