import type { StepKindName } from '../../contract/kinds/pipeline-step.ts';
import type { Problem } from '../../platform/errors/problem.ts';
import type { Json } from '../../platform/ids/types.ts';

/** Whose step it is: what a kind may need to know of its run. */
export type StepSubject = {
  readonly run: string;
  readonly pipeline: string;
  /** Instance name: `soak`, or `test[2]` of a forEach. */
  readonly step: string;
  /** Grows with every try and every round, over the life of the run: `run/step/attempt` is one piece of work. */
  readonly attempt: number;
  readonly application: string | null;
  readonly release: string | null;
  readonly commit: string | null;
  /** Who began the run: `user:ada`, `trigger:nightly`. */
  readonly actor: string;
  /** Author of the commit, where one is known. */
  readonly author: string | null;
};

/** What somebody said to this step: an approval, a rejection. The caller's right to speak at all was checked. */
export type StepAnswer = {
  readonly action: 'approve' | 'reject';
  readonly actor: string;
  readonly role: string;
  readonly because: string;
  readonly at: string;
};

export type StepOutcome =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly problem: Problem };

/** All that a step decides by. `settings` is of the kind's schema, with every expression filled in. */
export type StepLook<Settings = Json> = {
  readonly subject: StepSubject;
  readonly settings: Settings;
  /** What the step wrote down last; null at its first look. JSON, at most 16 KiB. */
  readonly memory: Json;
  /** What `load` found; null without one. */
  readonly facts: Json;
  /** Of the effect that it asked for last; null while there is none. Shown once. */
  readonly outcome: StepOutcome | null;
  /** All of this attempt that count, oldest first. */
  readonly answers: readonly StepAnswer[];
  /** ISO 8601: when this attempt began. */
  readonly since: string;
  /** Set once the run is being cancelled or the step timed out; the step then clears up and ends. */
  readonly cancelled: { readonly actor: string; readonly because: string } | null;
};

/**
 * What follows. A wait says why, and when to look again without news. `effect` is the payload of one effect, run by
 * `run`; a step has at most one under way. `failed` is an answer (tests are red), `errored` is none (no connection).
 */
export type StepMove =
  | {
      readonly is: 'wait';
      readonly because: string;
      readonly memory: Json;
      readonly wakeAt: Date | null;
      readonly effect?: Json;
      /** Stops the effect under way; its outcome still comes. */
      readonly stopEffect?: true;
    }
  | {
      readonly is: 'end';
      readonly status: 'succeeded' | 'failed' | 'errored' | 'cancelled';
      readonly because: string;
      /** At most 16 KiB as JSON; a larger one is an error of the step. */
      readonly outputs: { readonly [name: string]: Json };
    };

/** What the one who does has at hand. */
export type StepContext = {
  readonly subject: StepSubject;
  /** Idempotency key of the effect: the same work may come twice and has the same key then. */
  readonly key: string;
  /** Aborted when the step is cancelled, when it takes too long, and when the worker stops. */
  readonly signal: AbortSignal;
  /** A secret of the pipeline by its name; throws TG1911 when it cannot be read. */
  readonly secret: (name: string) => Promise<string>;
  /** Appends to the step's log, bounded and masked. */
  readonly log: (stream: 'out' | 'err' | 'note', text: string) => void;
};

/**
 * One kind of step. `decide` is pure and total: the same look gives the same move, and nothing throws. `load` reads and
 * changes nothing. `run` does one effect, at least once.
 */
export type StepAdapter = {
  readonly kind: StepKindName;
  /** long: may run for hours, so it gets room of its own beside the short ones. */
  readonly lane?: 'short' | 'long';
  decide(look: StepLook, now: Date): StepMove;
  /** Before a kind with `load` is asked to decide, it was asked to load: also at its first look, with `memory` null. */
  load?(look: StepLook): Promise<Json>;
  /**
   * Why this person's answer does not count now, as a sentence; null when it does. `look.answers` has those of this
   * attempt that count already; only answers that count get there. A kind without it takes no answers. Pure and total.
   */
  refuse?(look: StepLook, answer: StepAnswer): string | null;
  run?(payload: Json, context: StepContext): Promise<Json>;
};
