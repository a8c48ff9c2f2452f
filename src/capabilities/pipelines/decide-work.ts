import type { StepKindName } from '../../contract/kinds/pipeline-step.ts';
import type { ActionRequest, NewEffect, NewEvent } from '../../engine/types.ts';
import type { StepAdapter, StepOutcome } from '../../integrations/step/port.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { Declared, Plan } from './decide-plan.ts';
import type { RunSnapshot, RunState, StepEffect, StepState, StepStatus } from './types.ts';

export type Adapters = ReadonlyMap<StepKindName, StepAdapter>;

/** The run without its steps, which are kept beside it while a look is under way. */
export type RunHead = Omit<RunState, 'steps'>;

/**
 * One look under way. Everything that moves is in here and nowhere else: the snapshot stays as it is, and each step's
 * state is replaced as a whole.
 */
export type Work = {
  readonly snapshot: RunSnapshot;
  readonly plan: Plan;
  readonly adapters: Adapters;
  /** ms since the epoch */
  readonly now: number;
  head: RunHead;
  readonly steps: Map<string, StepState>;
  /** Instances of each forEach that has begun, in order. */
  readonly instances: Map<string, readonly string[]>;
  /** `INSTANCE#ATTEMPT` of those that were asked in this look. */
  readonly asked: Set<string>;
  /** Instances that began an attempt in this look: one each, so that a look ends. */
  readonly begun: Set<string>;
  readonly outcomes: Map<string, { readonly id: number; readonly outcome: StepOutcome }>;
  readonly answers: Map<string, readonly ActionRequest[]>;
  /** Outcomes and requests that are not for now, and must be shown again. */
  readonly left: { readonly effects: Set<number>; readonly requests: Set<number> };
  readonly effects: NewEffect[];
  readonly stops: Set<string>;
  readonly events: NewEvent[];
  /** Other runs that have to look. */
  readonly wakes: Set<string>;
  /** About the length of the state's JSON; it only grows within a look. */
  size: number;
  /** There is more to do at once. */
  again: boolean;
};

const overs: ReadonlySet<StepStatus> = new Set([
  'succeeded',
  'failed',
  'errored',
  'cancelled',
  'skipped',
  'omitted',
] satisfies StepStatus[]);

export const isOver = (status: StepStatus): boolean => overs.has(status);

export const isUnderWay = ({ status }: StepState): boolean =>
  status === 'running' || status === 'backingOff';

/** `soak#3`: one attempt of one instance, as its effect is tagged. */
export const tagOf = (instance: string, attempt: number): string => `${instance}#${attempt}`;

export function openWork(snapshot: RunSnapshot, plan: Plan, adapters: Adapters, now: number): Work {
  const { steps, ...head } = snapshot.state;
  const work: Work = {
    snapshot,
    plan,
    adapters,
    now,
    head,
    steps: new Map(Object.entries(steps)),
    instances: new Map(),
    asked: new Set(),
    begun: new Set(),
    outcomes: new Map(),
    answers: new Map(),
    left: { effects: new Set(), requests: new Set() },
    effects: [],
    stops: new Set(),
    events: [],
    wakes: new Set(),
    size: JSON.stringify(snapshot.state).length,
    again: false,
  };
  for (const { name, step } of plan.declared) {
    if (step.forEach === undefined) continue;
    work.instances.set(name, instancesOf(work, name));
  }
  matchOutcomes(work);
  return work;
}

function instancesOf(work: Work, name: string): readonly string[] {
  const found: string[] = [];
  for (let at = 0; work.steps.has(instanceName(name, at)); at += 1) {
    found.push(instanceName(name, at));
  }
  return found;
}

export const instanceName = (name: string, index: number): string => `${name}[${index}]`;

/** An outcome belongs to the attempt that asked for it. One that comes after its attempt ended changes nothing. */
function matchOutcomes(work: Work): void {
  for (const { id, payload, outcome } of work.snapshot.effects) {
    const { instance = '' } = (payload ?? {}) as Partial<StepEffect>;
    const step = work.steps.get(instance);
    if (!step?.isBusy || !matches(payload, instance, step) || work.outcomes.has(instance)) continue;
    work.outcomes.set(instance, { id, outcome });
  }
}

/** Whether an effect of this payload is of this very attempt. */
export function matches(payload: Json, name: string, step: StepState): boolean {
  const { instance, attempt } = (payload ?? {}) as Partial<StepEffect>;
  return step.status === 'running' && instance === name && attempt === step.attempt;
}

export function stepOf(work: Work, name: string): StepState {
  const step = work.steps.get(name);
  if (!step) throw new Error(`no step ${name}`);
  return step;
}

export function declaredOf(work: Work, step: StepState): Declared {
  const declared = work.plan.byName.get(step.step);
  if (!declared) throw new Error(`no declaration of ${step.step}`);
  return declared;
}

export function put(work: Work, name: string, change: Partial<StepState>): StepState {
  const next = { ...stepOf(work, name), ...change };
  work.steps.set(name, next);
  return next;
}

/** Ends the effect under way, if there is one; its outcome comes all the same, and counts while the attempt lasts. */
export function stopEffect(work: Work, name: string): void {
  const step = stepOf(work, name);
  if (step.isBusy && !work.outcomes.has(name)) work.stops.add(tagOf(name, step.attempt));
}
