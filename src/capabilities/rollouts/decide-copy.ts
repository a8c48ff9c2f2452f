import { iso, span, time } from '../../platform/text/times.ts';
import { cancelRequests, unclearUses, viewFor } from './decide-analysis.ts';
import { readyOf } from './decide-intents.ts';
import { type Look, type Move, type Rule, sentence } from './decide-look.ts';
import { copyId, hasCopy } from './decide-strategy.ts';
import {
  notReady,
  reachable,
  reachEnds,
  readinessWords,
  specFor,
  targetsOf,
} from './decide-targets.ts';
import type { AnalysisUse, RolloutState } from './types.ts';

/*
 * What runs for weeks has warm caches and an aged heap, and nine times the traffic of a small canary: compared with
 * that, a release looks better or worse than it is. So a strategy may ask for a fresh copy of the stable release: one
 * more version of the intent, as large and as busy as the candidate. It is there to be looked at and holds nobody for
 * long: when it does not become ready, the rollout goes on compared with the stable release itself. It is gone where
 * the wave is through and as soon as the rollout turns back, and is never what a rollout goes back to.
 */

/**
 * Notes since when the copy lacks ready replicas on a target of the wave under way: before it gets more traffic it needs
 * all of them, else one. One more than before starts the time anew.
 */
export function withCopy(look: Look): Look {
  const { state, now } = look;
  const before = state.copy?.lacking ?? null;
  const seen = lackOf(look);
  if (seen === null && before === null) return look;
  const isSame = before !== null && seen !== null && seen.ready <= before.ready;
  const lacking = seen && {
    ...seen,
    since: isSame ? before.since : iso(now),
    ready: isSame ? before.ready : seen.ready,
  };
  return { ...look, state: { ...state, copy: { givenUp: state.copy?.givenUp ?? null, lacking } } };
}

function lackOf(look: Look): { readonly ready: number; readonly because: string } | null {
  const { state, steps } = look;
  const id = copyId(state.plan);
  if (id === null || !hasCopy(state)) return null;
  const step = steps[state.step];
  const grows = step?.do === 'weight' && step.weight !== state.weight && step.weight < 100;
  const lacks = reachable(look, targetsOf(state)).map((view) => {
    const asked = specFor(look, view.name).versions.find((one) => one.release === id);
    const needs = grows ? (asked?.replicas ?? 1) : 1;
    const ready = readyOf(view, id);
    const words = ready < needs ? readinessWords(view, id, needs - ready, needs) : null;
    return { ready, because: words };
  });
  const because = lacks.find((one) => one.because !== null)?.because ?? null;
  if (because === null) return null;
  return { ready: lacks.reduce((sum, one) => sum + one.ready, 0), because };
}

/** ms since the epoch at which the copy is given up unless it becomes ready; null while nothing lacks. */
export function copyDeadline({ plan, copy }: RolloutState): number | null {
  return copy?.lacking ? time(copy.lacking.since) + plan.progressDeadline : null;
}

/** Waits for the copy, until it is given up: what compares with it should see both sides from their beginning. */
export function untilCopyReady(look: Look): Move | null {
  const { state } = look;
  const lacking = state.copy?.lacking;
  if (!lacking) return null;
  return {
    state: { ...state, phase: 'progressing' },
    because: lacking.because,
    until: reachEnds(look),
    deadlineFrom: time(lacking.since),
  };
}

/** Before all that holds a rollout: to go on without the copy is what keeps the copy from holding it. */
export const copyRules: readonly Rule[] = [
  {
    name: 'the fresh copy is given up',
    decide: (look) => {
      const { state, now } = look;
      const lacking = state.copy?.lacking;
      const deadline = copyDeadline(state);
      if (!lacking || deadline === null || now < deadline) return null;
      return givenUp(look, lacking.because);
    },
  },
];

function givenUp(look: Look, why: string): Move {
  const { state, snapshot, now } = look;
  const { candidate, stable, progressDeadline, application, environment } = state.plan;
  const because = `the fresh copy of ${stable} is given up after ${span(progressDeadline)} (${why}); ${candidate} is compared with ${stable} itself`;
  const lost = state.analyses.filter((use) => use.against === 'copy' && !isDecided(look, use));
  const isReady = notReady(look, targetsOf(state)) === null;
  return {
    state: {
      ...state,
      copy: { lacking: null, givenUp: because },
      ...(isReady ? { progressAt: iso(now) } : {}),
      analyses: state.analyses.map((use) =>
        lost.includes(use) ? { ...use, mark: 'skipped', against: 'lostCopy' } : use,
      ),
    },
    because: `${because}.`,
    again: true,
    requests: cancelRequests(look, lost, 'tidegate', because),
    events: [
      {
        type: 'rollout.copyGivenUp',
        actor: 'tidegate',
        objectId: `rollout/${snapshot.id}`,
        application,
        environment,
        because: sentence(`${because}.`),
        outcome: 'failed',
      },
    ],
  };
}

/** No verdict is no reason to go back while the other side was missing: without the copy there may be one. */
export function lacksOtherSide(look: Look): boolean {
  const unclear = unclearUses(look);
  const isLacking = (look.state.copy?.lacking ?? null) !== null;
  return isLacking && unclear.length > 0 && unclear.every((use) => use.against === 'copy');
}

/** Its verdict stands, or a person went on without it. */
function isDecided(look: Look, use: AnalysisUse): boolean {
  const phase = viewFor(look, use)?.phase;
  return use.mark === 'skipped' || phase === 'successful' || phase === 'failed';
}

/** What the candidate is compared with, for people; only for a plan that asks for a copy. */
export function copyWords(state: RolloutState): string {
  const { stable } = state.plan;
  const { givenUp = null, lacking = null } = state.copy ?? {};
  if (givenUp !== null) return givenUp;
  if (lacking !== null) return `to be compared with a fresh copy of ${stable}; ${lacking.because}`;
  return `compared with a fresh copy of ${stable}`;
}
