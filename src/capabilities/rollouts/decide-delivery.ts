import { decideOnward } from '../../engine/onward.ts';
import type { Decision } from '../../engine/types.ts';
import { openingMove } from './decide-delivery-open.ts';
import { emptyWrites, steadyWrites } from './decide-delivery-steady.ts';
import {
  commitWords,
  type DeliveryMove,
  deliveryEvent,
  isRetry,
  rest,
  runOf,
} from './decide-delivery-words.ts';
import { sentence } from './decide-look.ts';
import { deliverySeenAfter, joinWrites } from './decide-onward.ts';
import type { DeliverySnapshot, DeliveryState, DeliveryWrite, RolloutRow } from './types.ts';

type Rule = {
  readonly name: string;
  /** It decides what becomes of the desired commit. */
  readonly settles?: true;
  readonly decide: (snapshot: DeliverySnapshot, now: Date) => DeliveryMove | null;
};

/**
 * What follows from what Git desires and what is stable. First match wins:
 *
 *   the rollout under way is over          → note how it ended, look again
 *   not declared here any more             → abort what is under way, then remove it everywhere
 *   under way, Git cannot be read          → let it go on
 *   under way, desired is its candidate    → wait
 *   under way, desired is the stable one   → ask it to abort
 *   under way, desired is quarantined      → let it go on
 *   under way, desired is another          → ask it to give way, or queue
 *   desired is stable                      → steady
 *   desired is quarantined                 → refuse, unless its commit says Tidegate-Retry
 *   desired by the commit that was taken back → refuse
 *   nothing desired, no environment        → leave what runs
 *   desired is another                     → open a rollout
 */
export const decideDelivery = (
  first: DeliverySnapshot,
  now: Date,
): Decision<DeliveryState, DeliveryWrite> =>
  decideOnward({ decide: decideMove, seenAfter: deliverySeenAfter, joinWrites }, first, now);

function decideMove(snapshot: DeliverySnapshot, now: Date): Decision<DeliveryState, DeliveryWrite> {
  for (const rule of rules) {
    const move = rule.decide(snapshot, now);
    if (move) return complete(snapshot, rule.settles ? told(snapshot, move) : move, now);
  }
  return complete(snapshot, told(snapshot, openingMove(snapshot, now)), now);
}

/** The run whose step made the commit is woken once, when it is settled what becomes of it. */
function told(snapshot: DeliverySnapshot, move: DeliveryMove): DeliveryMove {
  const { commit } = snapshot.desired ?? {};
  const run = commit ? runOf(commit.trailers) : null;
  if (!commit || run === null || snapshot.state.toldCommit === commit.id) return move;
  return {
    ...move,
    state: { ...move.state, toldCommit: commit.id },
    wake: [...(move.wake ?? []), run],
  };
}

function complete(
  snapshot: DeliverySnapshot,
  { again, ...move }: DeliveryMove,
  now: Date,
): Decision<DeliveryState, DeliveryWrite> {
  const problem = snapshot.problem
    ? ` The newest Release document has a problem, so the last good one counts: ${snapshot.problem}`
    : '';
  return {
    ...move,
    phase: phaseOf(move.state),
    terminal: false,
    because: `${sentence(move.because)}.${problem}`,
    wakeAt: again ? now : null,
    taken: { requests: snapshot.requests.map((request) => request.id) },
  };
}

const phaseOf = (state: DeliveryState): string => {
  if (state.active) return 'rolling';
  return state.stable ? 'steady' : 'empty';
};

function isRemoved(snapshot: DeliverySnapshot): string | null {
  const { state, application, desired, problem } = snapshot;
  if (!application) return `application ${state.application} is not declared any more`;
  const isOnPath = application.spec.environments.some((entry) => entry.name === state.environment);
  if (!isOnPath) return `${state.environment} is not on the path of ${state.application} any more`;
  const isGone = desired === null && problem === null && state.stable !== null;
  return isGone ? `the Release document of ${state.application} was deleted` : null;
}

/** Asks once per commit; the rollout answers by ending. */
function ask(
  snapshot: DeliverySnapshot,
  active: RolloutRow,
  wish: { action: 'abort' | 'supersede'; actor: string; because: string; commit: string },
): DeliveryMove {
  const { asked } = snapshot.state;
  const { action, actor, commit, because } = wish;
  const words = `waiting for ${active.id} to end: ${because}`;
  if (asked?.action === action && asked.commit === commit) return rest(snapshot, words);
  return {
    state: { ...snapshot.state, asked: { action, commit } },
    because: words,
    requests: [
      { objectId: `rollout/${active.id}`, action, actor, because, payload: { revert: false } },
    ],
  };
}

const endedRule: Rule = {
  name: 'the rollout under way is over',
  decide: ({ state, active }) => {
    if (state.active === null || (active && !active.terminal)) return null;
    const phase = active?.phase ?? null;
    return {
      state: {
        ...state,
        active: null,
        activeRelease: null,
        asked: null,
        stable: phase === 'succeeded' ? state.activeRelease : state.stable,
        lastEnded: phase,
      },
      because: `rollout ${state.active} is over: ${phase ?? 'it is not there any more'}`,
      again: true,
    };
  },
};

const removedRule: Rule = {
  name: 'not declared here any more',
  decide: (snapshot) => {
    const { state, active } = snapshot;
    const because = isRemoved(snapshot);
    if (because === null) return null;
    if (active && state.active) {
      return ask(snapshot, active, {
        action: 'abort',
        actor: 'tidegate',
        because,
        commit: 'removed',
      });
    }
    const writes = emptyWrites(snapshot, because);
    const words = `nothing is to run: ${because}`;
    if (writes.length === 0 && state.stable === null) return rest(snapshot, words);
    return {
      state: { ...state, stable: null },
      because: words,
      writes,
      events: [
        deliveryEvent(snapshot, {
          type: 'delivery.removed',
          because,
          outcome: 'done',
          before: { release: state.stable },
          after: { release: null },
        }),
      ],
    };
  },
};

/** A rollout that waits may wait for what an edit in Git changed: freeze windows, a template. */
const wakes = (active: RolloutRow): readonly string[] =>
  active.phase === 'pending' || active.phase === 'paused' ? [`rollout/${active.id}`] : [];

const activeRule: Rule = {
  name: 'a rollout is under way',
  decide: (snapshot) => {
    const { active, desired, state, application, quarantine } = snapshot;
    if (!active || !state.active) return null;
    const under = `rollout ${active.id} of ${active.release} is under way`;
    const goOn = (words: string) => ({ ...rest(snapshot, words), wake: wakes(active) });
    if (!desired) return goOn(`${under}; Git declares no release that can be read`);
    const { release, commit } = desired;
    if (release.id === active.release) return goOn(`${under}: ${active.because}`);
    const actor = `git:${commit.author}`;
    if (release.id === state.stable) {
      if (active.phase === 'rollingBack') return rest(snapshot, `${under}: ${active.because}`);
      const because = `${commitWords(desired)} asks for ${release.id} again`;
      return ask(snapshot, active, { action: 'abort', actor, because, commit: commit.id });
    }
    if (quarantine && !isRetry(snapshot))
      return goOn(`${under}; ${release.id} is desired but quarantined: ${quarantine.because}`);
    if (application?.spec.onNewRelease === 'queue')
      return goOn(`${under}; ${release.id} waits in the queue (onNewRelease: queue)`);
    const because = `${commitWords(desired)} asks for ${release.id}`;
    return ask(snapshot, active, { action: 'supersede', actor, because, commit: commit.id });
  },
};

const steadyRule: Rule = {
  name: 'desired is stable',
  settles: true,
  decide: (snapshot) => {
    const { state, desired } = snapshot;
    return desired && desired.release.id === state.stable
      ? steady(snapshot, `${state.stable} is desired and stable`)
      : null;
  },
};

/** Keeps the stable release as it is declared now: replicas, strategy, targets that joined or left. */
function steady(snapshot: DeliverySnapshot, because: string): DeliveryMove {
  const writes = steadyWrites(snapshot, because);
  if (writes.length === 0) return rest(snapshot, because);
  const targets = writes.map((write) => write.target).join(', ');
  const words = `${because}; ${targets} ${writes.length === 1 ? 'is' : 'are'} told what is declared now`;
  return {
    state: snapshot.state,
    because: words,
    writes,
    events: [deliveryEvent(snapshot, { type: 'delivery.steady', because: words, outcome: 'done' })],
  };
}

const refusedRule: Rule = {
  name: 'desired but refused',
  settles: true,
  decide: (snapshot) => {
    const { desired, state } = snapshot;
    const because = refusal(snapshot);
    if (!desired || because === null) return null;
    const move = steady(snapshot, because);
    if (state.refusedCommit === desired.commit.id) return move;
    const event = deliveryEvent(snapshot, {
      type: 'delivery.refused',
      because,
      outcome: 'refused',
      after: { release: desired.release.id, commit: desired.commit.id },
    });
    return {
      ...move,
      state: { ...move.state, refusedCommit: desired.commit.id },
      events: [event, ...(move.events ?? [])],
    };
  },
};

function refusal(snapshot: DeliverySnapshot): string | null {
  const { desired, quarantine, state } = snapshot;
  if (!desired) return null;
  const { release, commit } = desired;
  const retry = 'commit it again with the trailer Tidegate-Retry: true to try again';
  if (quarantine && !isRetry(snapshot)) {
    return `${release.id} is quarantined since rollout ${quarantine.rollout}: ${quarantine.because}; ${retry}`;
  }
  const wasTakenBack = state.lastEnded === 'aborted' || state.lastEnded === 'rolledBack';
  return wasTakenBack && commit.id === state.decidedCommit
    ? `the rollout that commit ${commit.id.slice(0, 12)} asked for was ${state.lastEnded === 'aborted' ? 'aborted' : 'rolled back'}; promote ${release.id} again to try again`
    : null;
}

const rules: readonly Rule[] = [endedRule, removedRule, activeRule, steadyRule, refusedRule];
