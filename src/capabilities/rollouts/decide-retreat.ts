import type { NewEffect } from '../../engine/types.ts';
import { iso } from '../../platform/text/times.ts';
import { cancelRequests } from './decide-analysis.ts';
import { readyOf } from './decide-intents.ts';
import type { Look, Move, Rule } from './decide-look.ts';
import { copyId } from './decide-strategy.ts';
import {
  notServed,
  reachable,
  reachEnds,
  readinessWords,
  specFor,
  touchedTargets,
} from './decide-targets.ts';
import type { Retreat, RolloutState } from './types.ts';

export type WayBack = {
  readonly to: Retreat['to'];
  readonly actor: string;
  readonly because: string;
  readonly requestId?: string;
  /** Whether Git still asks for the candidate, so that a commit must take it back. */
  readonly revert: boolean;
};

/**
 * The way back, complete in one decision: the intents that move traffic (they follow from `retreat`), the end of
 * its analyses, the quarantine, and the commit that lets Git say again what runs. Traffic does not wait for Git.
 */
export function beginRetreat(look: Look, way: WayBack): Move {
  const { state, now } = look;
  const { plan } = state;
  const at = iso(now);
  const goal = plan.stable
    ? `going back to ${plan.stable}`
    : 'there is no earlier release to go back to';
  const because = `${way.because}; ${goal}.`;
  const retreat: Retreat = {
    to: way.to,
    because: way.because,
    actor: way.actor,
    ...asked(way),
    since: at,
    trafficBackAt: null,
    revert: way.revert ? 'pending' : 'notNeeded',
    revertCommit: null,
  };
  const open = state.analyses.filter((use) => use.mark !== 'skipped');
  return {
    state: {
      ...state,
      phase: 'rollingBack',
      weight: 0,
      routes: [],
      held: null,
      trouble: null,
      progressAt: at,
      retreat,
    },
    because,
    actor: way.actor,
    ...asked(way),
    again: true,
    requests: cancelRequests(look, open, way.actor, way.because),
    effects: way.revert ? [revertEffect(look, way)] : [],
    writes:
      way.to === 'rolledBack'
        ? [{ table: 'quarantines', release: plan.candidate, because: way.because }]
        : [],
  };
}

const asked = ({ requestId }: { readonly requestId?: string }) =>
  requestId === undefined ? {} : { requestId };

function revertEffect({ state, snapshot }: Look, way: WayBack): NewEffect {
  const { plan } = state;
  return {
    kind: 'git.revert',
    payload: {
      repository: plan.repository,
      path: plan.path,
      application: plan.application,
      environment: plan.environment,
      commit: plan.commit.id,
      release: plan.candidate,
      restore: plan.stable,
      reason: way.because,
      rollout: snapshot.id,
    },
  };
}

/** Gives way to a newer release at once: traffic to the stable one in this same decision, nothing waited for. */
export function giveWay(look: Look, way: Pick<WayBack, 'actor' | 'because' | 'requestId'>): Move {
  const move = beginRetreat(look, { ...way, to: 'superseded', revert: false });
  const { retreat } = move.state;
  const words = retreat?.because ?? way.because;
  return {
    ...move,
    state: { ...move.state, phase: 'superseded', endedAt: iso(look.now) },
    because: `Superseded: ${words}.`,
    again: false,
  };
}

type Back = { readonly look: Look; readonly retreat: Retreat };

const change = ({ look, retreat }: Back, over: Partial<Retreat>): RolloutState => ({
  ...look.state,
  retreat: { ...retreat, ...over },
});

/** What Git answered to the revert; every answer lets the rollout end, since traffic is back by other means. */
const revertRule: Rule<Back> = {
  name: 'the revert is known',
  decide: (back) => {
    const effect = back.look.snapshot.effects.find((one) => one.kind === 'git.revert');
    if (!effect || back.retreat.revert !== 'pending') return null;
    const { outcome } = effect;
    if (!outcome.ok) {
      const because = `Git could not be reverted: ${outcome.problem.detail} ${outcome.problem.hint}`;
      return revertMove(back, { revert: 'failed' }, because);
    }
    const { commit } = outcome.value as { readonly commit?: string };
    return commit
      ? revertMove(
          back,
          { revert: 'done', revertCommit: commit },
          `Commit ${commit.slice(0, 12)} reverts ${back.look.state.plan.commit.id.slice(0, 12)}.`,
        )
      : revertMove(
          back,
          { revert: 'overtaken' },
          'Git declares something newer by now, which stands; nothing was reverted.',
        );
  },
};

function revertMove(back: Back, over: Partial<Retreat>, because: string): Move {
  return {
    state: change(back, over),
    because,
    again: true,
    events: [
      {
        ...about(back.look),
        type: 'rollout.reverted',
        because,
        outcome: over.revert === 'failed' ? 'failed' : 'done',
        after: { revert: over.revert ?? null, commit: over.revertCommit ?? null },
      },
    ],
  };
}

const about = ({ snapshot, state }: Look) => ({
  actor: 'tidegate',
  objectId: `rollout/${snapshot.id}`,
  application: state.plan.application,
  environment: state.plan.environment,
});

/** Traffic is back when every target within reach serves the stable release and nothing of the candidate. */
const trafficRule: Rule<Back> = {
  name: 'traffic is on its way back',
  decide: (back) => {
    const { look, retreat } = back;
    if (retreat.trafficBackAt !== null) return null;
    const waiting = notBack(look);
    if (waiting !== null) return { state: look.state, because: waiting, until: reachEnds(look) };
    const seconds = (look.now - Date.parse(retreat.since)) / 1_000;
    const because = `Traffic is back after ${seconds.toFixed(1)} s.`;
    return {
      state: change(back, { trafficBackAt: iso(look.now) }),
      because,
      again: true,
      events: [{ ...about(look), type: 'rollout.trafficBack', because, outcome: 'done' }],
    };
  },
};

function notBack(look: Look): string | null {
  const { plan } = look.state;
  const { stable, candidate } = plan;
  if (stable === null) return null;
  const copy = copyId(plan);
  const touched = touchedTargets(look.state);
  for (const view of reachable(look, touched)) {
    const serving = specFor(look, view.name).versions.find(
      ({ release, weight }) => weight > 0 && (release === candidate || release === copy),
    );
    if (!serving) continue;
    const missing = plan.replicas - readyOf(view, stable);
    const words = readinessWords(view, stable, missing, plan.replicas);
    return `${words}; until then ${serving.release} keeps serving there`;
  }
  return notServed(look, touched);
}

export const retreatRules: readonly Rule<Back>[] = [
  revertRule,
  trafficRule,
  {
    name: 'the revert is on its way',
    decide: ({ look, retreat }) =>
      retreat.revert === 'pending'
        ? {
            state: look.state,
            because: `waiting for the commit that reverts ${look.state.plan.commit.id.slice(0, 12)} in ${look.state.plan.repository}`,
          }
        : null,
  },
  { name: 'all is back', decide: ({ look, retreat }) => endRetreat(look, retreat) },
];

/** Ends where the way back leads, without the candidate, unless it is the only one that is ready somewhere. */
export function endRetreat({ state, now }: Look, retreat: Retreat): Move {
  const lead = retreat.to === 'rolledBack' ? 'Rolled back' : 'Aborted';
  const git =
    retreat.revert === 'done'
      ? ` Commit ${retreat.revertCommit?.slice(0, 12)} says so in Git.`
      : '';
  return {
    state: { ...state, phase: retreat.to, endedAt: iso(now) },
    because: `${lead}: ${retreat.because}.${git}`,
    actor: retreat.actor,
    ...asked(retreat),
  };
}
