import type { Json } from '../../platform/ids/types.ts';
import { pendingStep } from './decide-foreach.ts';
import { groupOf } from './decide-group.ts';
import { planOf } from './decide-plan.ts';
import { storable } from './decide-storable.ts';
import type { NewRun, RunState, StepState } from './types.ts';

/** Characters of JSON of what triggered a run, as far as expressions can see it. */
export const largestEvent = 16 * 1024;

/** A run at its beginning. `digest` is that of its specification. */
export function openState(run: NewRun, digest: string, now: Date): RunState {
  const { origin } = run;
  const event = storable(origin.event);
  const head: Omit<RunState, 'steps'> = {
    pipeline: run.pipeline,
    spec: digest,
    application: run.application,
    release: run.release,
    commit: run.commit,
    author: run.author,
    inputs: (storable(run.inputs)?.value ?? {}) as RunState['inputs'],
    origin: { ...origin, event: event === null || event.size > largestEvent ? null : event.value },
    group: null,
    phase: 'queued',
    because: 'it has just been opened',
    stopping: null,
    openedAt: now.toISOString(),
    startedAt: null,
    finishingAt: null,
    endedAt: null,
  };
  const group = groupOf(run.spec, run.id, head);
  return {
    ...head,
    group: group?.ok ? (group.value as string) : null,
    steps: { ...pendingSteps(run), ...run.kept },
  };
}

const pendingSteps = ({ spec }: NewRun): { readonly [name: string]: StepState } =>
  Object.fromEntries(planOf(spec).declared.map((one) => [one.name, pendingStep(one, null, null)]));

/**
 * What a retry need not do again: what succeeded or was skipped, as far as all that it needs is kept too. Of a forEach
 * that did not succeed, the instances that did. `onFailure` and `finally` run anew.
 */
export function keptSteps(
  id: string,
  { steps }: Pick<RunState, 'steps'>,
  spec: NewRun['spec'],
): { readonly [instance: string]: StepState } {
  const kept = new Set<string>();
  const { declared } = planOf(spec);
  const mayKeep = (name: string): boolean =>
    declared.find((one) => one.name === name)?.needs.every((need) => kept.has(need.step)) ?? false;
  const isDone = (name: string): boolean =>
    steps[name]?.status === 'succeeded' || steps[name]?.status === 'skipped';
  const inSteps = declared.filter((one) => one.section === 'steps').map((one) => one.name);
  // As often as a chain of needs can be long.
  for (const _ of inSteps) {
    for (const name of inSteps) if (isDone(name) && mayKeep(name)) kept.add(name);
  }
  const instances = Object.entries(steps).filter(([name, step]) =>
    step.index === null
      ? kept.has(name)
      : isDone(name) && step.section === 'steps' && mayKeep(step.step),
  );
  return Object.fromEntries(instances.map(([name, step]) => [name, keep(id, step)]));
}

const keep = (id: string, step: StepState): StepState => ({
  ...step,
  because: `kept from ${id}: ${step.because.replace(/^kept from run-\w+: /, '')}`,
});

/** JSON of a state, as the engine keeps it. */
export const stateJson = (state: RunState): Json => state as unknown as Json;
