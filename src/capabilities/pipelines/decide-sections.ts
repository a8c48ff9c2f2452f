import { iso } from '../../platform/text/times.ts';
import { over } from './decide-attempt.ts';
import { advanceForEach, beginForEach, sumUp } from './decide-foreach.ts';
import { hasFailed } from './decide-gravity.ts';
import { readinessOf } from './decide-needs.ts';
import type { Declared } from './decide-plan.ts';
import { advance, cancelTime, clearUpTime, stopStep } from './decide-step.ts';
import { isOver, put, stepOf, type Work } from './decide-work.ts';
import type { Section } from './types.ts';

/** Takes every move of the run that is possible now. */
export function advanceSections(work: Work): void {
  // Each pass ends or begins something, so this is more than a run can need; what is left then is taken at once again.
  const most = 3 * (work.plan.declared.length + 2);
  for (let pass = 0; pass < most; pass += 1) {
    if (!advancePass(work)) return;
  }
  work.again = true;
}

function advancePass(work: Work): boolean {
  let moved = false;
  for (const declared of work.plan.declared) {
    if (isActive(work, declared.section) && advanceDeclared(work, declared)) moved = true;
  }
  return passOn(work) || moved;
}

/** `steps`, then `onFailure`, then `finally`: one at a time. */
function isActive(work: Work, section: Section): boolean {
  if (section === 'steps') return work.head.phase === 'running';
  if (work.head.phase !== 'finishing') return false;
  return section === 'onFailure' || isSectionOver(work, 'onFailure');
}

export const isSectionOver = (work: Work, section: Section): boolean =>
  work.plan.declared.every(
    (one) => one.section !== section || isOver(work.steps.get(one.name)?.status ?? 'omitted'),
  );

function advanceDeclared(work: Work, declared: Declared): boolean {
  const { name } = declared;
  const { status } = stepOf(work, name);
  if (isOver(status)) return false;
  if (status !== 'pending') return advanceBegun(work, declared);
  const unwanted = whyNot(work, declared);
  if (unwanted !== null) {
    over(work, name, 'omitted', unwanted);
    return true;
  }
  const ready = readinessOf(work, declared);
  if (ready.is === 'unmet') {
    over(work, name, 'omitted', ready.because);
    return true;
  }
  if (ready.is === 'waiting') {
    put(work, name, { because: ready.because });
    return false;
  }
  if (declared.step.forEach === undefined) return advance(work, name);
  beginForEach(work, declared);
  return true;
}

const advanceBegun = (work: Work, declared: Declared): boolean =>
  declared.step.forEach === undefined
    ? advance(work, declared.name)
    : advanceForEach(work, declared);

/** Why nothing of this section may begin any more; null while it may. */
function whyNot(work: Work, { section }: Declared): string | null {
  const { stopping } = work.head;
  if (isStopped(work, section) && stopping) return stopping.because;
  if (section === 'onFailure' && !hasFailed(work)) return 'nothing failed';
  return null;
}

/** A cancel stops `steps` and `onFailure`, a second one `finally` too; time that is over stops `steps` alone. */
function isStopped(work: Work, section: Section): boolean {
  const { stopping } = work.head;
  if (stopping === null) return false;
  if (stopping.entirely || section === 'steps') return true;
  return section === 'onFailure' && stopping.as === 'cancelled';
}

/** Tells what is under way to stop, as far as the run is being stopped. */
export function stopSections(work: Work): void {
  const { stopping } = work.head;
  if (stopping === null) return;
  const patience = stopping.entirely ? clearUpTime : cancelTime;
  const why = { actor: stopping.actor, because: stopping.because, as: 'cancelled' } as const;
  for (const { name, section, step } of work.plan.declared) {
    if (!isStopped(work, section) || isOver(stepOf(work, name).status)) continue;
    if (step.forEach === undefined) {
      stopStep(work, name, why, patience);
      continue;
    }
    const names = work.instances.get(name) ?? [];
    if (stepOf(work, name).status === 'pending') continue;
    for (const instance of names) {
      if (stepOf(work, instance).status === 'pending') {
        over(work, instance, 'omitted', stopping.because);
      } else stopStep(work, instance, why, patience);
    }
    sumUp(work, name, names);
  }
}

/** From `steps` to what comes after them. True when it went on. */
function passOn(work: Work): boolean {
  if (work.head.phase !== 'running' || !isSectionOver(work, 'steps')) return false;
  work.head = { ...work.head, phase: 'finishing', finishingAt: iso(work.now) };
  return true;
}
