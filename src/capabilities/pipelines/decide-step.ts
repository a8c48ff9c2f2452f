import type { Json } from '../../platform/ids/types.ts';
import { iso, span, time } from '../../platform/text/times.ts';
import { ask } from './decide-ask.ts';
import { finishAttempt, over } from './decide-attempt.ts';
import type { Declared } from './decide-plan.ts';
import { evaluateFor } from './decide-scope.ts';
import { fillSettings } from './decide-settings.ts';
import { largestState, storable } from './decide-storable.ts';
import { withReason } from './decide-words.ts';
import { declaredOf, put, stepOf, stopEffect, type Work } from './decide-work.ts';
import type { StepState } from './types.ts';

/** How long a step that timed out may clear up. */
export const clearUpTime = 30_000;
/** How long a step may clear up when its run is cancelled: a rollout that goes back takes its time. */
export const cancelTime = 600_000;

/** One look at one instance that is not over. True when something moved. */
export function advance(work: Work, name: string): boolean {
  timeOut(work, name);
  switch (stepOf(work, name).status) {
    case 'pending':
      return begin(work, name);
    case 'backingOff':
      return goOn(work, name);
    case 'running':
      return ask(work, name);
    default:
      return false;
  }
}

/** Its needs are met and there is room for it: `when` is asked once, before the first attempt. */
function begin(work: Work, name: string): boolean {
  const step = stepOf(work, name);
  const declared = declaredOf(work, step);
  const when = isWanted(work, declared, step);
  if (when === 'yes') startAttempt(work, name);
  else if (when === 'no') over(work, name, 'skipped', `${declared.step.when} is false`);
  else over(work, name, 'errored', when.because);
  return true;
}

/** Whether `when` lets it begin; why it has no answer, when it has none. */
export function isWanted(
  work: Work,
  declared: Declared,
  step: StepState,
): 'yes' | 'no' | { readonly because: string } {
  const { when } = declared.step;
  if (when === undefined) return 'yes';
  const answer = evaluateFor(work, declared, step, when);
  if (!answer.ok) return { because: `when has no value: ${answer.detail} (TG1906)` };
  if (typeof answer.value === 'boolean') return answer.value ? 'yes' : 'no';
  return { because: `when is neither true nor false: ${shown(answer.value)} (TG1906)` };
}

export const shown = (value: Json): string => {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
};

/** A wait between two attempts is over when its time has come. */
function goOn(work: Work, name: string): boolean {
  const { wakeAt } = stepOf(work, name);
  if (wakeAt !== null && time(wakeAt) > work.now) return false;
  if (work.begun.has(name)) {
    work.again = true;
    return false;
  }
  startAttempt(work, name);
  return true;
}

function startAttempt(work: Work, name: string): StepState {
  work.begun.add(name);
  const now = iso(work.now);
  const before = stepOf(work, name);
  const step = put(work, name, {
    status: 'running',
    because: 'it has begun',
    attempt: before.attempt + 1,
    since: now,
    startedAt: before.startedAt ?? now,
    memory: null,
    answers: [],
    isBusy: false,
    outputs: {},
    wakeAt: null,
  });
  const filled = fillSettings(work, declaredOf(work, step), step);
  if (!filled.ok) return errored(work, name, `${filled.detail} (TG1906)`);
  const settings = storable(filled.value);
  if (settings === null) return errored(work, name, 'its settings have no JSON (TG1907)');
  if (work.size + settings.size > largestState) {
    return errored(work, name, 'the run has become too large for its settings (TG1908)');
  }
  work.size += settings.size;
  return put(work, name, { settings: settings.value });
}

const errored = (work: Work, name: string, because: string): StepState =>
  finishAttempt(work, name, { status: 'errored', because, outputs: {} });

/** Tells an instance under way to clear up; one that waits between two attempts has nothing to clear up. */
export function stopStep(
  work: Work,
  name: string,
  why: Omit<NonNullable<StepState['stopping']>, 'until'>,
  patience: number,
): void {
  const step = stepOf(work, name);
  const until = iso(work.now + patience);
  if (step.status === 'backingOff') {
    over(work, name, why.as, why.because);
  } else if (step.status === 'running') {
    const { stopping } = step;
    if (stopping && stopping.until <= until) return;
    put(work, name, { stopping: stopping ? { ...stopping, until } : { ...why, until } });
    stopEffect(work, name);
  }
}

/** The time of a step counts from its first attempt and over all of them; what a try may take is for its kind to say. */
export function timeoutAt(declared: Declared, step: StepState): number | null {
  const { timeout } = declared.step;
  return timeout === undefined || step.startedAt === null ? null : time(step.startedAt) + timeout;
}

function timeOut(work: Work, name: string): void {
  const step = stepOf(work, name);
  if (step.stopping !== null) return;
  const declared = declaredOf(work, step);
  const at = timeoutAt(declared, step);
  if (at === null || at > work.now) return;
  const because = withReason(
    `it took longer than its timeout of ${span(declared.step.timeout ?? 0)}`,
    step.because,
  );
  stopStep(work, name, { actor: 'tidegate', because, as: 'errored' }, clearUpTime);
}
