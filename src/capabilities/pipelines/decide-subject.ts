import type { StepLook, StepSubject } from '../../integrations/step/port.ts';
import type { RunState, StepState } from './types.ts';

export function subjectOf(
  id: string,
  run: Omit<RunState, 'steps'>,
  instance: string,
  attempt: number,
): StepSubject {
  return {
    run: id,
    pipeline: run.pipeline,
    step: instance,
    attempt,
    application: run.application,
    release: run.release,
    commit: run.commit,
    actor: run.origin.actor,
    author: run.author,
  };
}

/** What a kind sees of its step, without what `load` finds. */
export function lookAt(
  id: string,
  run: Omit<RunState, 'steps'>,
  instance: string,
  step: StepState,
): StepLook {
  const { stopping } = step;
  return {
    subject: subjectOf(id, run, instance, step.attempt),
    settings: step.settings,
    memory: step.memory,
    facts: null,
    outcome: null,
    answers: step.answers,
    since: step.since ?? run.openedAt,
    cancelled: stopping ? { actor: stopping.actor, because: stopping.because } : null,
  };
}
