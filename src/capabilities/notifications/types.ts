import type { ChannelKind, ChannelSpec, Severity } from '../../contract/kinds/channel.ts';
import type { ActionRequest, EffectOutcome } from '../../engine/types.ts';
import type {
  Delivered,
  Delivery,
  NoticeEvent,
  Standing,
} from '../../integrations/notifier/port.ts';
import type { Problem } from '../../platform/errors/problem.ts';
import type { Json } from '../../platform/ids/types.ts';

/**
 * A channel follows the events from where it was opened and tells one receiver of those that it is for.
 *
 *   following ⇄ broken (the receiver takes nothing; its events wait where they are)      any ─▶ closed (not declared)
 */
export type ChannelPhase = 'following' | 'broken' | 'closed';

/** Place in the order of events: transaction, then id. */
export type Cursor = { readonly tx: string; readonly id: number };

export type ChannelEvent = NoticeEvent & { readonly before: Json; readonly after: Json };

/** What the rows say of a subject now; a message tells what is true when it is written. */
export type SubjectFacts =
  | {
      readonly is: 'rollout';
      readonly id: string;
      readonly phase: string;
      readonly terminal: boolean;
      readonly because: string;
      readonly application: string;
      readonly environment: string;
      readonly release: string;
      readonly stable: string | null;
      readonly commit: string | null;
      readonly message: string | null;
      readonly author: string | null;
      readonly weight: number;
      readonly wave: number;
      readonly waves: number;
    }
  | {
      readonly is: 'run';
      readonly id: string;
      readonly phase: string;
      readonly terminal: boolean;
      readonly because: string;
      readonly application: string | null;
      readonly pipeline: string;
      readonly release: string | null;
      readonly commit: string | null;
      readonly actor: string;
      readonly trigger: string;
      readonly awaiting: readonly string[];
      readonly done: number;
      readonly steps: number;
    };

export type AlarmState = 'none' | 'raised' | 'acknowledged' | 'resolved';

/** What one message, thread or alarm is about, for as long as something of it is open or unsent. */
export type Subject = {
  readonly key: string;
  readonly standing: Standing;
  readonly severity: Severity;
  /** Nothing more is to come; it is forgotten once it is told. */
  readonly isOver: boolean;
  readonly application: string | null;
  readonly environment: string | null;
  readonly begun: { readonly actor: string; readonly because: string } | null;
  readonly facts: SubjectFacts | null;
  readonly figures: readonly string[];
  /** Newest event that is more than a detail. */
  readonly latest: ChannelEvent;
  /** Events that are not told yet, oldest first. */
  readonly pending: readonly NoticeEvent[];
  readonly left: number;
  /** The first message is yet to be sent, or says what is true no more. */
  readonly isStale: boolean;
  /** ISO 8601: since when something of it is to be sent. */
  readonly since: string;
  readonly isPosted: boolean;
  readonly ref: Json;
  /** Name of the delivery that is under way, or that comes again; no other of this subject is sent before. */
  readonly inFlight: string | null;
  /** Null for what is told by messages. */
  readonly alarm: { readonly told: AlarmState; readonly wanted: AlarmState } | null;
};

/** One fixed window of a receiver's rate limit: how many were sent in it. Milliseconds since the epoch. */
export type Window = { readonly since: number; readonly count: number };

/** Times are ISO 8601 strings, since state is JSON. */
export type ChannelState = {
  /** Events up to here are folded into `subjects`; null before the first look. */
  readonly cursor: Cursor | null;
  /** When it was opened: part of the names of deliveries. */
  readonly openedAt: string | null;
  /** The receiver's settings as JSON: what it answered is of use to no other. */
  readonly receiver: string;
  readonly subjects: { readonly [key: string]: Subject };
  readonly windows: readonly Window[];
  /** Deliveries that were not taken; they come again as they were, before all else. */
  readonly again: readonly Delivery[];
  /** Nothing is sent before: the receiver asked for it, or it failed. */
  readonly notBefore: string | null;
  /** Deliveries in a row that the receiver did not take, and that it refused for what they were. */
  readonly failures: number;
  readonly refusals: number;
  readonly isBroken: boolean;
  readonly problem: Problem | null;
  /** Why a template gave nothing; the usual words stand in. */
  readonly templateProblem: string | null;
  /** Keys of messages that were left here, newest last. */
  readonly keys: readonly string[];
};

export const newChannel: ChannelState = {
  cursor: null,
  openedAt: null,
  receiver: '',
  subjects: {},
  windows: [],
  again: [],
  notBefore: null,
  failures: 0,
  refusals: 0,
  isBroken: false,
  problem: null,
  templateProblem: null,
  keys: [],
};

export type ChannelSnapshot = {
  readonly name: string;
  readonly generation: number;
  readonly state: ChannelState;
  /** Null when it is not declared, or never was declared well. */
  readonly spec: ChannelSpec | null;
  /** After `state.cursor`, in order, and the cursor after them. */
  readonly events: readonly ChannelEvent[];
  readonly cursor: Cursor;
  /** There may be more to read at once. */
  readonly more: boolean;
  readonly facts: { readonly [subject: string]: SubjectFacts };
  readonly figures: { readonly [subject: string]: readonly string[] };
  readonly effects: readonly EffectOutcome[];
  readonly requests: readonly ActionRequest[];
  /** Where people look at rollouts and runs; null: messages have no links. */
  readonly baseUrl: string | null;
};

/** Payload of an effect `notify.KIND`. */
export type NotifyEffect = {
  readonly kind: ChannelKind;
  readonly receiver: Json;
  readonly delivery: Delivery;
};

export type { Delivered, Delivery, Standing };
