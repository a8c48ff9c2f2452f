import { decideOnward } from '../../engine/onward.ts';
import type { Decision, NewEvent } from '../../engine/types.ts';
import { span, time } from '../../platform/text/times.ts';
import { backgroundRule, failedUse } from './decide-analysis.ts';
import { completingRules, succeed } from './decide-completing.ts';
import { copyDeadline, copyRules, lacksOtherSide, withCopy } from './decide-copy.ts';
import { finish, rest } from './decide-finish.ts';
import { firstMove, type Look, type Move, type Rule } from './decide-look.ts';
import { joinWrites, seenAfter } from './decide-onward.ts';
import { type Folded, foldRequests } from './decide-requests.ts';
import { beginRetreat, endRetreat, giveWay, retreatRules } from './decide-retreat.ts';
import { pause, stepRules } from './decide-steps.ts';
import { stepsOf } from './decide-strategy.ts';
import { reachEnds, withReadiness } from './decide-targets.ts';
import { withTrouble } from './decide-trouble.ts';
import { beginRules, promoteRules, soakRules } from './decide-wave.ts';
import {
  type RolloutSnapshot,
  type RolloutState,
  type RolloutWrite,
  terminalPhases,
} from './types.ts';

/**
 * The next move of a rollout. The order is the point: what takes it back comes before what holds it, and what
 * holds it before what moves it forward. First match wins:
 *
 *   over                          → rest
 *   abort, supersede              → back, from wherever it is
 *   going back                    → traffic, then Git, then the end
 *   an analysis failed            → back
 *   its fresh copy never came     → on without it
 *   a person paused it            → hold, without a deadline
 *   trouble (unready, no verdict) → hold, or back by policy
 *   every wave is through         → let the old version go, then succeed
 *   wave not begun                → hold while frozen, else begin
 *   soaking, steps, promotion     → by their tables
 *
 * Whatever waits longer than the progress deadline, and is not declared as a wait, goes back too. One more ready
 * replica than ever before starts the deadline anew.
 */
export function decideMove(
  snapshot: RolloutSnapshot,
  now: Date,
): Decision<RolloutState, RolloutWrite> {
  const folded = foldRequests(snapshot, now.getTime());
  if (terminalPhases.some((phase) => phase === snapshot.state.phase)) return rest(snapshot, folded);
  const look: Look = {
    snapshot,
    state: folded.state,
    steps: stepsOf(folded.state.plan),
    now: now.getTime(),
  };
  const { move, events } = moveOf(look, folded);
  return finish(look, folded, withDeadline(look, move), events);
}

/** Every move that is possible now, as one decision. */
export const decideRollout = (
  snapshot: RolloutSnapshot,
  now: Date,
): Decision<RolloutState, RolloutWrite> =>
  decideOnward({ decide: decideMove, seenAfter, joinWrites }, snapshot, now);

type Choice = { readonly move: Move; readonly events: readonly NewEvent[] };

function moveOf(look: Look, folded: Folded): Choice {
  const { retreat } = look.state;
  if (folded.order) return { move: ordered(look, folded.order), events: [] };
  if (retreat) return { move: firstMove(retreatRules, { look, retreat }), events: [] };
  const failed = failedUse(look);
  if (failed) {
    const because = `analysis ${failed.key} failed: ${failed.because.replace(/\.$/, '')}`;
    return { move: failure(look, because), events: [] };
  }
  const seen = withTrouble(withCopy(withReadiness(look)));
  return { move: firstMove(forwardRules, seen.look), events: seen.events };
}

const failure = (look: Look, because: string): Move =>
  beginRetreat(look, { to: 'rolledBack', actor: 'tidegate', because, revert: true });

/** Abort and supersede are accepted wherever it is; on the way back an abort changes nothing. */
function ordered(look: Look, order: NonNullable<Folded['order']>): Move {
  const { state } = look;
  const { actor, because: reason, payload, requestId } = order.request;
  const who = { actor, ...(requestId === null ? {} : { requestId }) };
  if (order.action === 'supersede') {
    if (state.retreat) return endRetreat(look, state.retreat);
    if (state.phase === 'completing') return succeed(look, actor);
    return giveWay(look, { ...who, because: reason || `${actor} asked for a newer release` });
  }
  if (state.retreat) return firstMove(retreatRules, { look, retreat: state.retreat });
  const because = reason
    ? `${actor} aborted it: ${reason.replace(/\.$/, '')}`
    : `${actor} aborted it`;
  return beginRetreat(look, {
    ...who,
    to: 'aborted',
    because,
    revert: payload.revert !== false,
  });
}

const forwardRules: readonly Rule[] = [
  ...copyRules,
  {
    name: 'a person paused it',
    decide: (look) => {
      const { held } = look.state;
      if (!held) return null;
      const why = held.because ? `: ${held.because}` : '';
      return pause(look, `paused by ${held.actor}${why}`, Number.POSITIVE_INFINITY);
    },
  },
  {
    name: 'no verdict, and the policy is to roll back',
    decide: (look) => {
      const { trouble, plan } = look.state;
      const goesBack = plan.onInconclusive === 'rollback' && !lacksOtherSide(look);
      return trouble?.kind === 'inconclusive' && goesBack
        ? failure(look, `${trouble.because.replace(/\.$/, '')}, and onInconclusive is rollback`)
        : null;
    },
  },
  {
    name: 'trouble',
    decide: (look) => {
      const { state } = look;
      const { trouble } = state;
      if (!trouble) return null;
      const held = { state, because: trouble.because, deadlineFrom: time(trouble.since) };
      return trouble.kind === 'unready' ? { ...held, until: reachEnds(look) } : held;
    },
  },
  {
    name: 'every wave is through',
    decide: (look) => (look.state.phase === 'completing' ? firstMove(completingRules, look) : null),
  },
  ...beginRules,
  backgroundRule,
  {
    name: 'soaking',
    decide: (look) => (look.state.soakSince === null ? null : firstMove(soakRules, look)),
  },
  ...stepRules,
  ...promoteRules,
];

/** A wait past the progress deadline goes back; any other gets the deadline as its latest time to look again. */
function withDeadline(look: Look, move: Move): Move {
  if (move.again || move.state.retreat || move.state.endedAt !== null) return move;
  const { plan, progressAt } = move.state;
  const from = move.deadlineFrom ?? Math.max(time(progressAt), move.declared ?? 0);
  const deadline = from + plan.progressDeadline;
  if (look.now >= deadline) {
    const since = span(plan.progressDeadline);
    return failure(
      look,
      `no progress for ${since} (progressDeadline): ${move.because.replace(/\.$/, '')}`,
    );
  }
  const never = Number.POSITIVE_INFINITY;
  const until = Math.min(move.until ?? never, deadline, copyDeadline(move.state) ?? never);
  return Number.isFinite(until) ? { ...move, until } : move;
}
