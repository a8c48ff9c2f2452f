import type { Sql } from '../platform/db/types.ts';
import type { Problem } from '../platform/errors/problem.ts';
import type { Json } from '../platform/ids/types.ts';

/** `kind/key`, for example `rollout/ro-01h…`. */
export type ObjectId = string;

/** One durable object as it was claimed. `state` is what its own capability last wrote, upgraded to `schema`. */
export type DurableObject<S> = {
  readonly id: ObjectId;
  readonly kind: string;
  readonly key: string;
  readonly generation: number;
  readonly phase: string;
  readonly state: S;
  /** The news sequence number that this reconcile takes into account. */
  readonly news: number;
  readonly failures: number;
};

/** An effect to be: the engine gives it the idempotency key `object/generation/n` when it writes the row. */
export type NewEffect = {
  readonly kind: string;
  readonly payload: Json;
  /** The object's own name for it, by which a later decision can stop it. Need not be unique. */
  readonly tag?: string;
};

/** A finished effect, shown to its object until a decision that has seen it is written. */
export type EffectOutcome = {
  readonly id: number;
  readonly key: string;
  readonly kind: string;
  readonly payload: Json;
  readonly outcome:
    | { readonly ok: true; readonly value: Json }
    | { readonly ok: false; readonly problem: Problem };
};

/** A wish that a person or another object left for this object. */
export type ActionRequest = {
  readonly id: number;
  readonly action: string;
  readonly actor: string;
  readonly because: string;
  readonly payload: { readonly [key: string]: Json };
  readonly requestId: string | null;
  readonly at: Date;
};

export type NewRequest = {
  readonly objectId: ObjectId;
  readonly action: string;
  readonly actor: string;
  readonly because: string;
  readonly payload?: { readonly [key: string]: Json };
  readonly requestId?: string;
};

/** An audit event to be. Nothing changes without one. */
export type NewEvent = {
  readonly type: string;
  readonly actor: string;
  readonly objectId?: ObjectId;
  readonly application?: string;
  readonly environment?: string;
  readonly because: string;
  readonly outcome: 'done' | 'refused' | 'failed';
  readonly before?: Json;
  readonly after?: Json;
  readonly requestId?: string;
};

/** A durable object to be; ignored when one of that kind and key exists. It is due at once unless `wakeAt` says else. */
export type NewObject = {
  readonly kind: string;
  readonly key: string;
  readonly phase: string;
  readonly state: Json;
  readonly wakeAt?: Date;
  /** Version of the shape of `state`; 1 when left out. */
  readonly schema?: number;
  /** Why it is as it is before the first look; empty when left out. */
  readonly because?: string;
};

/**
 * All that follows from one look at the world. `because` is the sentence that people read; a wait is a decision
 * too. The engine writes state, events, effects, requests, openings and wake-ups, and the kind's own `writes`,
 * in one transaction guarded by the object's generation.
 */
export type Decision<S, W = never> = {
  readonly state: S;
  readonly phase: string;
  readonly terminal: boolean;
  readonly because: string;
  /** When to look again without news; null sleeps until news. */
  readonly wakeAt: Date | null;
  readonly events?: readonly NewEvent[];
  readonly effects?: readonly NewEffect[];
  /**
   * Tags of this object's effects that shall stop; those that are done are passed over, and the `effects` of this same
   * decision are not meant. One that never began ends at once with TG1705; one that runs has its signal aborted
   * within about a second and ends as its handler says. Either way its outcome is news.
   */
  readonly stop?: readonly string[];
  readonly open?: readonly NewObject[];
  readonly wake?: readonly ObjectId[];
  readonly requests?: readonly NewRequest[];
  /** Outcomes and requests that the decision has seen; they are not shown again. */
  readonly taken?: { readonly effects?: readonly number[]; readonly requests?: readonly number[] };
  /** Rows of the capability's own tables, written by its `apply` in the same transaction. */
  readonly writes?: readonly W[];
};

/** What the engine hands to `load` besides the object: its inbox and the database's clock. */
export type Inbox = {
  readonly now: Date;
  readonly effects: readonly EffectOutcome[];
  readonly requests: readonly ActionRequest[];
};

/** The rows that the decision of one look asks for. */
export type Change<S, W> = { readonly object: DurableObject<S>; readonly writes: readonly W[] };

/**
 * How one kind of durable object is reconciled. `load` reads (SQL, and the world through ports) and changes
 * nothing; `decide` is pure; `apply` writes the decision's own rows in the engine's transaction.
 */
export type Reconciler<S, Snapshot, W = never> = {
  readonly kind: string;
  /** Version of the shape of state that this code writes. */
  readonly schema: number;
  /** Reads state written by this or an older version; throws TG1702 for a newer one. */
  /** Keeps each decision with its snapshot (`decisions`), so that it can be made again later. Snapshots must be data. */
  readonly journal?: true;
  upgrade(state: unknown, from: number): S;
  load(object: DurableObject<S>, inbox: Inbox): Promise<Snapshot>;
  decide(snapshot: Snapshot, now: Date): Decision<S, W>;
  /**
   * A decision with writes has a transaction of its own: which locks `apply` takes, and how long it holds them, is not
   * known to the engine, and many of them in one transaction would wait for others in a circle.
   */
  apply?(tx: Sql, object: DurableObject<S>, writes: readonly W[]): Promise<void>;
  /**
   * Instead of `apply`, where the rows of many objects can be written as one: they share a transaction, and it is
   * called once. It locks nothing but rows that are their objects' own.
   */
  applyAll?(tx: Sql, changes: readonly Change<S, W>[]): Promise<void>;
};

/** Runs effects of one kind. At-least-once: the same key may come again and must then have no second effect. */
export type EffectHandler = {
  readonly kind: string;
  /**
   * long: may run for hours, so it gets room of its own beside the short ones. outside: waits for somebody who may not
   * answer, so that many of them that hang hold up nothing but each other.
   */
  readonly lane?: 'short' | 'long' | 'outside';
  /**
   * Resolves with the value that becomes news. Throws a ProblemError of kind `retry` to be tried again, `stop` to give up.
   * The reason of the signal is a ProblemError when the work itself shall end (TG1705 stopped, TG1704 too long). Any
   * other reason says that this worker ends or lost the effect, and that the work may go on elsewhere under this key.
   * A signal that is aborted from the beginning: it was stopped after an attempt that left no word, so there may be
   * something to clear up.
   */
  run(payload: Json, key: string, signal: AbortSignal): Promise<Json>;
};
