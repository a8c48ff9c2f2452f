import type { ActionRequest, NewEvent, NewRequest } from '../../engine/types.ts';
import { iso } from '../../platform/text/times.ts';
import { isRolloutAction, nothingToAbort, refusalOf } from './actions.ts';
import {
  backgroundDue,
  cancelRequests,
  needsOpening,
  skipUses,
  unclearUses,
  usesOfStep,
} from './decide-analysis.ts';
import type { Look } from './decide-look.ts';
import { stepsOf } from './decide-strategy.ts';
import type { AnalysisUse, RolloutAction, RolloutSnapshot, RolloutState } from './types.ts';

/** What the requests of one look come to. `order` is what ends the way forward; it comes before every other rule. */
export type Folded = {
  readonly state: RolloutState;
  readonly order: {
    readonly action: 'abort' | 'supersede';
    readonly request: ActionRequest;
  } | null;
  readonly events: readonly NewEvent[];
  /** To analyses that a person skipped. */
  readonly requests: readonly NewRequest[];
  readonly taken: readonly number[];
};

type Answer = { readonly state: RolloutState; readonly requests?: readonly NewRequest[] };

/**
 * Takes the requests in the order in which they came, each with exactly one event: done, or refused and why. Only an
 * abort that finds it over has none, since it asks for what is so already.
 */
export function foldRequests(snapshot: RolloutSnapshot, now: number): Folded {
  const start: Folded = {
    state: snapshot.state,
    order: null,
    events: [],
    requests: [],
    taken: snapshot.requests.map((request) => request.id),
  };
  return snapshot.requests.reduce((folded, request) => fold(snapshot, folded, request, now), start);
}

function fold(
  snapshot: RolloutSnapshot,
  folded: Folded,
  request: ActionRequest,
  now: number,
): Folded {
  if (request.action === 'abort' && nothingToAbort(folded.state) !== null) return folded;
  const refusal = refuse(folded, request);
  const event = eventOf(snapshot, request, refusal);
  const events = [...folded.events, event];
  if (refusal !== null) return { ...folded, events };
  const action = request.action as RolloutAction;
  if (action === 'abort' || action === 'supersede') {
    // The first order stands: an abort after an abort changes nothing.
    return { ...folded, events, order: folded.order ?? { action, request } };
  }
  const answer = answers[action]({ ...snapshot, state: folded.state }, request, now);
  return {
    ...folded,
    events,
    state: answer.state,
    requests: [...folded.requests, ...(answer.requests ?? [])],
  };
}

function refuse(folded: Folded, request: ActionRequest): string | null {
  const { action, actor, because } = request;
  if (!isRolloutAction(action)) return `Rollouts know no action ${action}.`;
  if (folded.order && action !== 'abort' && action !== 'supersede') {
    return `It ends: ${folded.order.request.actor} asked to ${folded.order.action} it.`;
  }
  if (action === 'overrideFreeze' && because.trim() === '') {
    return 'Overriding a freeze needs a reason.';
  }
  return refusalOf(folded.state, action, actor);
}

function eventOf(
  snapshot: RolloutSnapshot,
  request: ActionRequest,
  refusal: string | null,
): NewEvent {
  const { plan } = snapshot.state;
  const type = isRolloutAction(request.action) ? `rollout.${request.action}` : 'rollout.unknown';
  return {
    type: `${type}Requested`,
    actor: request.actor,
    objectId: `rollout/${snapshot.id}`,
    application: plan.application,
    environment: plan.environment,
    because: refusal ?? (request.because || 'No reason was given.'),
    outcome: refusal === null ? 'done' : 'refused',
    ...(request.requestId === null ? {} : { requestId: request.requestId }),
  };
}

type Handler = (snapshot: RolloutSnapshot, request: ActionRequest, now: number) => Answer;

const answers: { readonly [A in Exclude<RolloutAction, 'abort' | 'supersede'>]: Handler } = {
  pause: ({ state }, { actor, because }, now) => ({
    state: { ...state, held: { actor, because, at: iso(now) } },
  }),
  resume: ({ state }, _request, now) => ({
    state: { ...state, held: null, trouble: null, progressAt: iso(now) },
  }),
  overrideFreeze: ({ state }, { actor, because }) => ({
    state: { ...state, freezeOverride: { actor, because } },
  }),
  approve: ({ state }, { actor, because }, now) => ({
    state: { ...state, approvals: [...state.approvals, { actor, at: iso(now), because }] },
  }),
  promoteFull: (snapshot, { actor, because }, now) => {
    const open = snapshot.state.analyses.filter((use) => use.mark !== 'skipped');
    const state = skipUses(snapshot.state, open);
    return {
      state: { ...state, full: { actor, because }, trouble: null, progressAt: iso(now) },
      requests: cancelRequests({ snapshot }, open, actor, because),
    };
  },
  promote: skipWait,
};

/** Leaves the wait under way: analyses without a verdict, the rest of a soak, or the step. */
function skipWait(snapshot: RolloutSnapshot, request: ActionRequest, now: number): Answer {
  const { state } = snapshot;
  const look = { snapshot, state, steps: stepsOf(state.plan), now };
  if (state.trouble?.kind === 'inconclusive') return skipUnclear(look, request);
  if (state.phase === 'soaking') {
    const soak = state.plan.waves[state.wave]?.soak ?? 0;
    return { state: { ...state, soakSince: iso(now - soak), progressAt: iso(now) } };
  }
  return leaveStep(look, usesOfStep(state), request);
}

/** Goes on without the analyses that came to no verdict, and without those that could not be opened. */
function skipUnclear(look: Look, request: ActionRequest): Answer {
  const { state, now } = look;
  const stuck = unclearUses(look);
  const onStep = usesOfStep(state);
  const isStep = needsOpening(look) !== null || stuck.some((use) => onStep.includes(use));
  const due = backgroundDue(look);
  const known = due ? { ...state, analyses: [...state.analyses, due.skipped] } : state;
  const next = { ...look, state: { ...known, trouble: null, progressAt: iso(now) } };
  if (isStep) return leaveStep(next, [...onStep, ...stuck], request);
  return {
    state: skipUses(next.state, stuck),
    requests: cancelRequests(look, stuck, request.actor, request.because),
  };
}

function leaveStep(look: Look, uses: readonly AnalysisUse[], request: ActionRequest): Answer {
  const { state, now } = look;
  return {
    state: {
      ...skipUses(state, uses),
      step: state.step + 1,
      stepSince: iso(now),
      progressAt: iso(now),
      approvals: [],
    },
    requests: cancelRequests(look, uses, request.actor, request.because),
  };
}
