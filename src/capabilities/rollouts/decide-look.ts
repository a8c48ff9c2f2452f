import type { AnalysisRef, RequestMatch } from '../../contract/kinds/strategy.ts';
import type { NewEffect, NewEvent, NewObject, NewRequest } from '../../engine/types.ts';
import type { AnalysisUse, RolloutSnapshot, RolloutState, RolloutWrite } from './types.ts';

/**
 * Every strategy is a list of these steps, run in each wave; after the last one the wave is promoted. The
 * strategies differ in the list only, so readiness, analysis, waiting and going back are decided in one place.
 */
export type Step =
  | { readonly do: 'weight'; readonly weight: number }
  | { readonly do: 'route'; readonly match: readonly RequestMatch[] }
  /** The candidate at full size beside the stable one, without traffic, on the preview address. */
  | { readonly do: 'preview' }
  /** ms; null waits for a person. */
  | { readonly do: 'pause'; readonly duration: number | null; readonly what: string }
  | {
      readonly do: 'approval';
      readonly count: number;
      readonly approvers: readonly string[];
      /** ms */
      readonly expires: number;
    }
  | { readonly do: 'analysis'; readonly ref: AnalysisRef; readonly purpose: AnalysisUse['purpose'] }
  /** A test of given length, in ms, judged by an analysis over all of it. */
  | { readonly do: 'test'; readonly ref: AnalysisRef | null; readonly duration: number };

/** What a rule looks at: `state` already has the requests of this look folded in. */
export type Look = {
  readonly snapshot: RolloutSnapshot;
  readonly state: RolloutState;
  readonly steps: readonly Step[];
  /** ms since the epoch */
  readonly now: number;
};

/** What a rule answers. Intents, the row and the event of the change follow from `state`. */
export type Move = {
  readonly state: RolloutState;
  readonly because: string;
  /** There is more to do at once. */
  readonly again?: boolean;
  /** ms since the epoch: when time itself may change the answer; Infinity when it never does. */
  readonly until?: number;
  /** ms since the epoch until which the wait is declared and the progress deadline does not count; Infinity for a person. */
  readonly declared?: number;
  /** ms since the epoch from which the deadline counts, when it is not the last progress or the end of a declared wait. */
  readonly deadlineFrom?: number;
  /** Who caused the change; `tidegate` unless given. */
  readonly actor?: string;
  /** The request of that person. */
  readonly requestId?: string;
  readonly open?: readonly NewObject[];
  readonly requests?: readonly NewRequest[];
  readonly effects?: readonly NewEffect[];
  readonly events?: readonly NewEvent[];
  readonly writes?: readonly RolloutWrite[];
};

/** One row of a decision table. The first rule that answers wins. */
export type Rule<Situation = Look> = {
  readonly name: string;
  readonly decide: (look: Situation) => Move | null;
};

/** Answer of the first rule that has one; the last rule of a table must answer always. */
export function firstMove<Situation>(rules: readonly Rule<Situation>[], look: Situation): Move {
  for (const rule of rules) {
    const move = rule.decide(look);
    if (move) return move;
  }
  throw new Error(`no rule of ${rules.map((rule) => rule.name).join(', ')} matched`);
}

/** Starts with a capital letter, unless it starts with a name (r-abc, user:ada) that must stay as it is. */
export const sentence = (text: string): string =>
  /^[a-z]+(?:[ ,]|: )/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
