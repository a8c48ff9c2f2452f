import { iso } from '../../platform/text/times.ts';
import type { IntentSpec } from '../fleet/types.ts';
import {
  arrange,
  isFit,
  isServed,
  readyOf,
  statusOf,
  stickyOf,
  type Wanted,
} from './decide-intents.ts';
import type { Look, Step } from './decide-look.ts';
import {
  copyId,
  copyOf,
  copyScaleOf,
  copyShare,
  hasCopy,
  replicasFor,
  scaleOf,
} from './decide-strategy.ts';
import type { RolloutSnapshot, RolloutState, TargetView } from './types.ts';

/** The target as reported; one that is not there counts as out of reach. */
export function viewOf(snapshot: RolloutSnapshot, name: string): TargetView {
  return (
    snapshot.targets.find((target) => target.name === name) ?? {
      name,
      status: null,
      connected: false,
      silentAt: null,
      intent: null,
    }
  );
}

/** Targets that were told of the candidate so far: all of the waves begun. */
export function touchedTargets(state: RolloutState): readonly string[] {
  const [first, ...more] = state.plan.waves.slice(0, state.wave + (state.begun ? 1 : 0));
  return (first?.targets ?? []).concat(...more.map((wave) => wave.targets));
}

/** Targets of the wave under way. */
export const targetsOf = ({ plan, wave }: RolloutState): readonly string[] =>
  plan.waves[wave]?.targets ?? [];

const isPromoted = (state: RolloutState, target: string): boolean =>
  state.phase === 'completing' ||
  state.plan.waves.slice(0, state.wave).some((wave) => wave.targets.includes(target));

/** What one touched target shall serve while the rollout is in this state. */
export function specFor(
  look: Pick<Look, 'snapshot' | 'state' | 'steps'>,
  target: string,
): IntentSpec {
  const { snapshot, state, steps } = look;
  const view = viewOf(snapshot, target);
  const forward = state.retreat === null;
  return arrange(view, wantedOn(look, view), {
    candidate: state.plan.candidate,
    routes: forward && !isPromoted(state, target) ? state.routes : [],
    sticky: stickyOf(state.plan.strategy),
    preview: forward && isPreviewed(state, steps) && !isPromoted(state, target),
  });
}

function isPreviewed(state: RolloutState, steps: readonly Step[]): boolean {
  return steps.some((step) => step.do === 'preview') && state.weight < 100 && state.full === null;
}

function wantedOn(look: Pick<Look, 'snapshot' | 'state' | 'steps'>, view: TargetView): Wanted[] {
  const { snapshot, state, steps } = look;
  const { replicas } = state.plan;
  const stable = (weight: number): Wanted[] =>
    snapshot.stable ? [{ release: snapshot.stable, replicas, weight, needs: 1 }] : [];
  if (state.retreat) {
    const asked = view.intent?.spec.versions.find((one) => one.release === state.plan.candidate);
    const kept = asked && state.endedAt === null && snapshot.stable;
    const candidate = { release: snapshot.candidate, needs: 1, weight: 0 };
    return [
      ...stable(100),
      ...copyKept(look, view),
      ...(kept ? [{ ...candidate, replicas: asked.replicas }] : []),
    ];
  }
  const promoted = isPromoted(state, view.name);
  const full = promoted ? replicas : replicasFor(replicas, scaleOf(state, steps));
  const weight = promoted || !snapshot.stable ? 100 : state.weight;
  const candidate = { release: snapshot.candidate, replicas: full, weight, needs: full };
  if (state.dropped) return [{ ...candidate, weight: 100 }];
  const copy = promoted ? null : copyWanted(look, view);
  return [...stable(100 - weight - (copy?.weight ?? 0)), ...(copy ? [copy] : []), candidate];
}

/** The fresh copy, with its part of the stable release's traffic once it is ready. */
function copyWanted(
  { snapshot, state, steps }: Pick<Look, 'snapshot' | 'state' | 'steps'>,
  view: TargetView,
): Wanted | null {
  if (!snapshot.stable || !hasCopy(state)) return null;
  const replicas = replicasFor(state.plan.replicas, copyScaleOf(state, steps));
  const copy = {
    release: copyOf(snapshot.stable, state.plan),
    replicas,
    weight: 0,
    needs: replicas,
  };
  return isFit(view, copy) ? { ...copy, weight: copyShare(state.weight) } : copy;
}

/** On the way back the copy goes at once, unless it is all that is left of the stable release on a target. */
function copyKept(
  { snapshot, state }: Pick<Look, 'snapshot' | 'state'>,
  view: TargetView,
): Wanted[] {
  const id = copyId(state.plan);
  const asked = view.intent?.spec.versions.find((one) => one.release === id);
  const isLast = asked && readyOf(view, asked.release) > 0 && state.endedAt === null;
  if (!snapshot.stable || !isLast || readyOf(view, snapshot.stable.id) > 0) return [];
  const release = copyOf(snapshot.stable, state.plan);
  return [{ release, replicas: asked.replicas, weight: 0, needs: 1 }];
}

/** Targets that must be ready and serve before the rollout goes on: those within reach. */
export function reachable(look: Look, targets: readonly string[]): readonly TargetView[] {
  return targets
    .map((target) => viewOf(look.snapshot, target))
    .filter((target) => target.connected);
}

/**
 * When the first of those within reach will be out of it unless its agent is heard of, in ms since the epoch: nobody tells
 * that an agent fell silent, so what waits for targets looks again then. Infinity when none is within reach.
 */
export function reachEnds(look: Look): number {
  const times = reachable(look, touchedTargets(look.state)).map(
    // It may have come since the target was read.
    ({ silentAt }) => Math.max(silentAt?.getTime() ?? Number.POSITIVE_INFINITY, look.now + 100),
  );
  return Math.min(...times);
}

/**
 * One more ready replica is progress, so a slow start of many replicas is none without end. Only more than ever before
 * counts: a replica that comes and goes moves nothing.
 */
export function withReadiness(look: Look): Look {
  const { state, snapshot, now } = look;
  const { candidate } = state.plan;
  const ready = touchedTargets(state).reduce(
    (sum, name) => sum + readyOf(viewOf(snapshot, name), candidate),
    0,
  );
  if (ready <= (state.mostReady ?? 0)) return look;
  return { ...look, state: { ...state, mostReady: ready, progressAt: iso(now) } };
}

/** A sentence when more targets are out of reach than may be; null when it need not wait for them. */
export function outOfReach(look: Look): string | null {
  const { maxUnavailable } = look.state.plan;
  const away = touchedTargets(look.state).filter((name) => !viewOf(look.snapshot, name).connected);
  if (away.length <= maxUnavailable) return null;
  const [is, its] = away.length === 1 ? ['is', 'its agent'] : ['are', 'their agents'];
  return `waiting for ${its} to report: ${away.join(', ')} ${is} out of reach, and maxUnavailable is ${maxUnavailable}`;
}

/** A sentence for the first target where the candidate lacks ready replicas; null when none does. */
export function notReady(look: Look, targets: readonly string[]): string | null {
  const { candidate } = look.state.plan;
  for (const view of reachable(look, targets)) {
    const asked = specFor(look, view.name).versions.find((one) => one.release === candidate);
    const needs = asked?.replicas ?? 1;
    const missing = needs - readyOf(view, candidate);
    if (missing > 0) return readinessWords(view, candidate, missing, needs);
  }
  return null;
}

/** "waiting for 1 of 2 replicas of r-abc on eu-1 to become ready: replica 1 exited with code 1 (3 times)" */
export function readinessWords(
  view: TargetView,
  release: string,
  missing: number,
  needs: number,
): string {
  const of = needs === 1 ? 'the replica' : `${missing} of ${needs} replicas`;
  const message = statusOf(view, release)?.message;
  const why = message || (view.status ? 'not started yet' : 'no status was reported yet');
  return `waiting for ${of} of ${release} on ${view.name} to become ready: ${why}`;
}

/** A sentence for the first target that does not serve yet what is asked of it; null when all do. */
export function notServed(look: Look, targets: readonly string[]): string | null {
  for (const view of reachable(look, targets)) {
    const spec = specFor(look, view.name);
    if (isServed(view, spec)) continue;
    const wants = spec.versions.map((one) => `${one.release} at ${one.weight} %`).join(', ');
    const has = (view.status?.versions ?? [])
      .map((one) => `${one.release} at ${one.weight} %`)
      .join(', ');
    return `waiting for ${view.name} to serve ${wants || 'nothing'} (now ${has || 'nothing'})`;
  }
  return null;
}
