import type { Decision, NewEvent } from '../../engine/types.ts';
import type { Json } from '../../platform/ids/types.ts';
import { sameSpec } from './decide-intents.ts';
import { type Look, type Move, sentence } from './decide-look.ts';
import type { Folded } from './decide-requests.ts';
import { stepsOf } from './decide-strategy.ts';
import { specFor, touchedTargets, viewOf } from './decide-targets.ts';
import { strategyName } from './open.ts';
import {
  type RolloutRow,
  type RolloutSnapshot,
  type RolloutState,
  type RolloutWrite,
  terminalPhases,
} from './types.ts';

const isTerminal = (state: RolloutState) => terminalPhases.some((phase) => phase === state.phase);

/** A finished rollout only answers what it is still asked. */
export function rest(
  snapshot: RolloutSnapshot,
  folded: Folded,
): Decision<RolloutState, RolloutWrite> {
  const { state } = snapshot;
  return {
    state,
    phase: state.phase,
    terminal: true,
    because: state.because,
    wakeAt: null,
    events: folded.events,
    taken: { effects: snapshot.effects.map((effect) => effect.id), requests: folded.taken },
  };
}

/** The whole decision of a move: its intents, its row, and one event for what changed. */
export function finish(
  look: Look,
  folded: Folded,
  move: Move,
  events: readonly NewEvent[],
): Decision<RolloutState, RolloutWrite> {
  const { snapshot, now } = look;
  const before = snapshot.state;
  const because = sentence(move.because);
  const state: RolloutState = { ...move.state, because };
  const terminal = isTerminal(state);
  const told = intentWrites({ ...look, state });
  const changed = changeEvent(snapshot.id, before, state, {
    who: {
      actor: move.actor ?? 'tidegate',
      ...(move.requestId === undefined ? {} : { requestId: move.requestId }),
    },
    targets: told.map((write) => write.target),
  });
  return {
    state,
    phase: state.phase,
    terminal,
    because,
    wakeAt: wakeAt(move, now, terminal),
    events: [...folded.events, ...events, ...(move.events ?? []), ...changed],
    effects: move.effects ?? [],
    open: move.open ?? [],
    requests: [...folded.requests, ...(move.requests ?? [])],
    wake: terminal
      ? [
          `delivery/${state.plan.application}@${state.plan.environment}`,
          ...(state.plan.wakes ?? []),
        ]
      : [],
    taken: { effects: snapshot.effects.map((effect) => effect.id), requests: folded.taken },
    writes: [...told, ...(move.writes ?? []), ...rowWrites(snapshot.id, before, state, now)],
  };
}

function wakeAt(move: Move, now: number, terminal: boolean): Date | null {
  if (terminal) return null;
  if (move.again) return new Date(now);
  const { until = Number.POSITIVE_INFINITY } = move;
  return Number.isFinite(until) ? new Date(until) : null;
}

/** Intents of the touched targets that ask for something else than before. */
function intentWrites(look: Look): readonly Extract<RolloutWrite, { readonly table: 'intents' }>[] {
  return touchedTargets(look.state).flatMap((target) => {
    const spec = specFor(look, target);
    const { intent } = viewOf(look.snapshot, target);
    if (intent && sameSpec(intent.spec, spec)) return [];
    return [{ table: 'intents' as const, target, spec, because: look.state.because }];
  });
}

export function rowOf(id: string, state: RolloutState, now: number): RolloutRow {
  const { plan } = state;
  return {
    id,
    application: plan.application,
    environment: plan.environment,
    release: plan.candidate,
    stable: plan.stable,
    strategy: strategyName(plan),
    phase: state.phase,
    terminal: isTerminal(state),
    because: state.because,
    weight: state.weight,
    wave: state.wave,
    waves: plan.waves.length,
    step: state.step,
    steps: stepsOf(plan).length,
    startedAt: state.startedAt,
    updatedAt: new Date(now).toISOString(),
    endedAt: state.endedAt,
  };
}

/** All of a row but the plan, which stays, and what follows from these. */
const moving = ['phase', 'because', 'weight', 'wave', 'step', 'startedAt', 'endedAt'] as const;

function rowWrites(
  id: string,
  before: RolloutState,
  after: RolloutState,
  now: number,
): readonly RolloutWrite[] {
  const isSame = before.plan === after.plan && moving.every((one) => before[one] === after[one]);
  return isSame ? [] : [{ table: 'rollouts', row: rowOf(id, after, now) }];
}

/** What people see of a state, before and after. */
const shown = (state: RolloutState): { readonly [field: string]: Json } => ({
  phase: state.phase,
  wave: state.wave,
  step: state.step,
  weight: state.weight,
});

/** One event for one change, named after the largest part of it; `told` when only the orders to targets changed. */
function changeEvent(
  id: string,
  before: RolloutState,
  after: RolloutState,
  {
    who,
    targets,
  }: {
    readonly who: Pick<NewEvent, 'actor' | 'requestId'>;
    readonly targets: readonly string[];
  },
): readonly NewEvent[] {
  const type = changeType(before, after) ?? (targets.length > 0 ? 'told' : null);
  if (type === null) return [];
  const { plan } = after;
  return [
    {
      type: `rollout.${type}`,
      ...who,
      objectId: `rollout/${id}`,
      application: plan.application,
      environment: plan.environment,
      because: after.because,
      outcome: after.phase === 'rolledBack' && before.phase !== 'rolledBack' ? 'failed' : 'done',
      before: { ...shown(before), release: plan.stable },
      after: { ...shown(after), release: plan.candidate, told: [...targets] },
    },
  ];
}

function changeType(before: RolloutState, after: RolloutState): string | null {
  if (before.phase !== after.phase) return after.phase;
  if (before.wave !== after.wave) return 'wave';
  if (before.step !== after.step) return 'step';
  if (before.weight !== after.weight) return 'weight';
  if (JSON.stringify(before.routes) !== JSON.stringify(after.routes)) return 'routes';
  return null;
}
