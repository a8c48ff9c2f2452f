import type { CDEvent } from '../../contract/cdevents/cdevents.ts';
import type { ChannelKind, Receiver, Severity } from '../../contract/kinds/channel.ts';
import type { Problem } from '../../platform/errors/problem.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { ReadSecret } from '../../platform/secrets/types.ts';

/** How what a notice is about stands: under way, waiting for a person, or over in one of three ways. */
export type Standing = 'open' | 'waiting' | 'succeeded' | 'failed' | 'ended';

/** One thing that happened. */
export type NoticeEvent = {
  readonly id: number;
  /** ISO 8601 */
  readonly at: string;
  readonly type: string;
  readonly actor: string;
  readonly application: string | null;
  readonly environment: string | null;
  readonly object: string | null;
  readonly outcome: 'done' | 'refused' | 'failed';
  readonly because: string;
  /** The same in the words of CDEvents, for a receiver that asks for these. */
  readonly cdevents?: readonly CDEvent[];
};

/**
 * What is told of one subject, whole: a receiver that edits shows just this, one that does not posts it anew. Texts are
 * plain, of any length up to 8 KiB, and of anybody's making: an adapter shortens and escapes them.
 */
export type Notice = {
  readonly channel: string;
  /** `rollout/ro-…`, `run/run-…`, `source/config`: one subject, one message or one thread. */
  readonly subject: string;
  readonly title: string;
  readonly text: string;
  readonly severity: Severity;
  readonly standing: Standing;
  /** What, where, who: application, environment, release, commit, begun by. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** Figures of verdicts, a line each. */
  readonly figures: readonly string[];
  /** What a person may do now, as commands. */
  readonly next: readonly { readonly label: string; readonly command: string }[];
  readonly links: readonly { readonly label: string; readonly url: string }[];
  /** What happened since the message before, oldest first. */
  readonly events: readonly NoticeEvent[];
  /** Events that had no room in `events`. */
  readonly left: number;
  /** ISO 8601: of the newest event. */
  readonly at: string;
};

/**
 * post: the first message of a subject. edit: the same message with what is true now. reply: `events` into its thread.
 * raise, acknowledge, resolve: an alarm that is open, taken on, and over.
 */
export type Act = 'post' | 'edit' | 'reply' | 'raise' | 'acknowledge' | 'resolve';

export type Delivery = {
  /** Names this delivery over every try of it, so that a receiver can drop a repeat. At most 64 of A–Z a–z 0–9 - . */
  readonly id: string;
  readonly act: Act;
  /** What the adapter answered to the first message of the subject; null before. */
  readonly ref: Json;
  readonly notice: Notice;
  /** Further subjects of the same delivery, where the receiver takes many at once (webhook); else empty. */
  readonly more: readonly Notice[];
};

/**
 * `blame` says whether anything can be sent to the receiver (its address, its token, its limits), or just this message
 * cannot. `gone`: the message that was to be edited is not there any more.
 */
export type Delivered =
  | { readonly ok: true; readonly ref: Json }
  | {
      readonly ok: false;
      readonly problem: Problem;
      readonly blame: 'receiver' | 'message';
      /** Milliseconds that the receiver asked for; null where it asked for none. */
      readonly retryAfter: number | null;
      readonly gone?: true;
    };

export type NotifierContext = {
  readonly secret: ReadSecret;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/**
 * A place that takes messages. It sends one message for one delivery and judges nothing. Each expected failure is a
 * value: TG1951 (not taken, come again), TG1952 (too fast), TG1953 (refused), TG1911 (a secret cannot be read).
 */
export type Notifier<K extends ChannelKind = ChannelKind> = {
  readonly kind: K;
  deliver(receiver: Receiver<K>, delivery: Delivery, context: NotifierContext): Promise<Delivered>;
};
