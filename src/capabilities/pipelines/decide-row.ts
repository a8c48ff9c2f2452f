import { isEnded } from './actions.ts';
import { isOver, type Work } from './decide-work.ts';
import type { RunRow, RunState, StepState } from './types.ts';

/** The readable side of a run in this state. */
export function rowOf(id: string, state: RunState, work: Pick<Work, 'plan' | 'now'>): RunRow {
  const declared = work.plan.declared.map(({ name }) => state.steps[name]);
  return {
    id,
    pipeline: state.pipeline,
    application: state.application,
    release: state.release,
    commit: state.commit,
    spec: state.spec,
    trigger: state.origin.trigger,
    actor: state.origin.actor,
    group: state.group,
    phase: state.phase,
    terminal: isEnded(state.phase),
    because: state.because,
    awaiting: awaitingOf(state.steps),
    done: declared.filter((step) => step && isOver(step.status)).length,
    steps: declared.length,
    parent: state.origin.parent?.run ?? null,
    openedAt: state.openedAt,
    startedAt: state.startedAt,
    updatedAt: new Date(work.now).toISOString(),
    endedAt: state.endedAt,
  };
}

/** Instances that wait for a person now. */
export const awaitingOf = (steps: RunState['steps']): readonly string[] =>
  Object.entries(steps)
    .filter(([, step]) => isAwaiting(step))
    .map(([name]) => name)
    .sort();

/** A forEach itself is asked nothing; its instances are. */
export const isAwaiting = (step: StepState): boolean =>
  step.kind === 'approve' &&
  step.status === 'running' &&
  step.stopping === null &&
  step.settings !== null;
