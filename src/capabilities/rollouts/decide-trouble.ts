import type { NewEvent } from '../../engine/types.ts';
import { iso } from '../../platform/text/times.ts';
import { unclearWords } from './decide-analysis.ts';
import { readyOf } from './decide-intents.ts';
import type { Look } from './decide-look.ts';
import { isFast } from './decide-strategy.ts';
import { reachable, readinessWords, specFor, touchedTargets } from './decide-targets.ts';
import type { Trouble } from './types.ts';

/**
 * What stands in the way though the plan declares no wait for it: the candidate lost its last ready replica on a
 * target that it served, or an analysis came to no verdict. Nothing goes on past it; its deadline counts from when
 * it was first seen.
 */
export function withTrouble(look: Look): {
  readonly look: Look;
  readonly events: readonly NewEvent[];
} {
  const { state, now } = look;
  const seen = troubleOf(look);
  const before = state.trouble;
  if (!seen && !before) return { look, events: [] };
  const since = before?.kind === seen?.kind && before ? before.since : iso(now);
  const trouble: Trouble | null = seen && { ...seen, since };
  const next = { ...look, state: { ...state, trouble } };
  if (before?.kind === seen?.kind) return { look: next, events: [] };
  return { look: next, events: [troubleEvent(next, before)] };
}

function troubleOf(look: Look): Omit<Trouble, 'since'> | null {
  const unready = lostReadiness(look);
  if (unready !== null) return { kind: 'unready', because: unready };
  const unclear = unclearWords(look);
  return unclear === null ? null : { kind: 'inconclusive', because: unclear };
}

/** Where it serves already, the candidate must not lose its last ready replica. */
function lostReadiness(look: Look): string | null {
  const { state } = look;
  const serves = state.weight > 0 || state.routes.length > 0;
  const waiting = state.begun && (isFast(state) || !serves) && state.phase !== 'completing';
  const fresh = waiting ? (state.plan.waves[state.wave]?.targets ?? []) : [];
  const targets = touchedTargets(state).filter((target) => !fresh.includes(target));
  for (const view of reachable(look, targets)) {
    const { candidate } = state.plan;
    if (readyOf(view, candidate) > 0) continue;
    const asked = specFor(look, view.name).versions.find((one) => one.release === candidate);
    const needs = asked?.replicas ?? 1;
    return readinessWords(view, candidate, needs, needs);
  }
  return null;
}

function troubleEvent({ state, snapshot }: Look, before: Trouble | null): NewEvent {
  const { trouble, plan } = state;
  return {
    type: trouble ? 'rollout.held' : 'rollout.cleared',
    actor: 'tidegate',
    objectId: `rollout/${snapshot.id}`,
    application: plan.application,
    environment: plan.environment,
    because: trouble ? `Held: ${trouble.because}.` : `No longer held: ${before?.because}.`,
    outcome: 'done',
  };
}
