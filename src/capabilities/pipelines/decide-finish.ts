import type { Decision, NewEvent } from '../../engine/types.ts';
import { time } from '../../platform/text/times.ts';
import { isEnded } from './actions.ts';
import { deadlineOf } from './decide-deadline.ts';
import { awaitingOf, isAwaiting, rowOf } from './decide-row.ts';
import { timeoutAt } from './decide-step.ts';
import { sentenceOf } from './decide-words.ts';
import { declaredOf, isUnderWay, type Work } from './decide-work.ts';
import type { RunRow, RunSnapshot, RunState, RunWrite, StepState } from './types.ts';

/** A run that is over only answers what it is still asked, and calls the next of its group. */
export function rest(work: Work): Decision<RunState, RunWrite> {
  const { state } = work.snapshot;
  return {
    state,
    phase: state.phase,
    terminal: true,
    because: state.because,
    wakeAt: null,
    events: work.events,
    wake: nextOf(work.snapshot),
    taken: takenOf(work),
  };
}

/** Whose turn it is. One that is opened later sees by itself that this run is over. */
function nextOf({ id, rivals }: RunSnapshot): readonly string[] {
  const next = rivals.find((rival) => rival.id !== id);
  return next ? [`run/${next.id}`] : [];
}

/** The whole decision: the state, its row, and one event for each change. */
export function finish(work: Work, because: string): Decision<RunState, RunWrite> {
  const { snapshot } = work;
  const state: RunState = {
    ...work.head,
    because: sentenceOf(because),
    steps: Object.fromEntries(work.steps),
  };
  const isOverNow = isEnded(state.phase);
  // Only what is read after the end is written shows who waits for it, so a run of a group looks once more.
  const terminal = isOverNow && state.group === null;
  const { parent } = state.origin;
  if (isOverNow && parent) work.wakes.add(parent.run);
  return {
    state,
    phase: state.phase,
    terminal,
    because: state.because,
    wakeAt: terminal ? null : wakeAtOf(work),
    events: [
      ...work.events,
      ...startEvents(work, state),
      ...stepEvents(work),
      ...endEvents(work, state),
    ],
    effects: work.effects,
    stop: [...work.stops],
    wake: [...work.wakes].map((run) => `run/${run}`),
    taken: takenOf(work),
    writes: rowWrites(snapshot.id, snapshot.state, state, work),
  };
}

function takenOf({ snapshot, left }: Work) {
  const ids = (all: readonly { readonly id: number }[], not: ReadonlySet<number>) =>
    all.map(({ id }) => id).filter((id) => !not.has(id));
  return {
    effects: ids(snapshot.effects, left.effects),
    requests: ids(snapshot.requests, left.requests),
  };
}

/** When time itself may change something: the earliest of waits, backoffs, timeouts and the run's own end. */
function wakeAtOf(work: Work): Date | null {
  if (work.again || isEnded(work.head.phase)) return new Date(work.now);
  const times = [...work.steps.values()].flatMap((step) => stepTimes(work, step));
  const deadline = deadlineOf(work);
  if (deadline !== null && !isPast(work, deadline)) times.push(deadline);
  return times.length === 0 ? null : new Date(Math.min(...times));
}

const isPast = (work: Work, at: number): boolean => at <= work.now;

function stepTimes(work: Work, step: StepState): readonly number[] {
  const declared = declaredOf(work, step);
  // A forEach itself waits for nothing but its instances.
  const isForEach = declared.step.forEach !== undefined && step.index === null;
  if (isForEach || !isUnderWay(step)) return [];
  const times: number[] = [];
  if (step.wakeAt !== null) times.push(time(step.wakeAt));
  if (step.stopping) return [...times, time(step.stopping.until)];
  const timeout = timeoutAt(declared, step);
  if (timeout !== null) times.push(timeout);
  return times;
}

function rowWrites(id: string, before: RunState, after: RunState, work: Work): readonly RunWrite[] {
  const row = rowOf(id, after, work);
  const was = rowOf(id, before, work);
  const waits = ({ awaiting }: RunRow) => awaiting.join('\n');
  const isSame = (Object.keys(row) as (keyof RunRow)[]).every((one) =>
    one === 'awaiting' ? waits(row) === waits(was) : row[one] === was[one],
  );
  return isSame ? [] : [{ table: 'runs', row }];
}

function eventBase(work: Work): Pick<NewEvent, 'actor' | 'objectId' | 'application'> {
  const { application } = work.head;
  return {
    actor: 'tidegate',
    objectId: `run/${work.snapshot.id}`,
    ...(application === null ? {} : { application }),
  };
}

/** One event for each instance that began to wait for a person, failed, or had an error. */
function stepEvents(work: Work): readonly NewEvent[] {
  const before = work.snapshot.state.steps;
  const waited = new Set(awaitingOf(before));
  return [...work.steps].flatMap(([name, step]) => {
    const type = changeOf(before[name], step, waited.has(name));
    if (type === null) return [];
    const { environment } = declaredOf(work, step).step;
    return [
      {
        type: `step.${type}`,
        ...eventBase(work),
        ...(environment === undefined ? {} : { environment }),
        because: `${name}: ${step.because}`,
        outcome: type === 'awaiting' ? 'done' : 'failed',
        after: { step: name, kind: step.kind, pipeline: work.head.pipeline, attempt: step.attempt },
      } as const,
    ];
  });
}

function changeOf(
  before: StepState | undefined,
  after: StepState,
  hadWaited: boolean,
): 'awaiting' | 'failed' | 'errored' | null {
  if (isAwaiting(after)) return hadWaited && before?.attempt === after.attempt ? null : 'awaiting';
  if (before?.status === after.status) return null;
  return after.status === 'failed' || after.status === 'errored' ? after.status : null;
}

const aboutRun = ({ pipeline, commit, release, phase }: RunState) => ({
  pipeline,
  commit,
  release,
  phase,
});

function startEvents(work: Work, after: RunState): readonly NewEvent[] {
  const before = work.snapshot.state;
  if (before.startedAt !== null || after.startedAt === null) return [];
  return [
    {
      type: 'run.started',
      ...eventBase(work),
      because: after.origin.because || 'Its turn has come.',
      outcome: 'done',
      before: { phase: before.phase },
      after: { ...aboutRun(after), phase: 'running' },
    },
  ];
}

function endEvents(work: Work, after: RunState): readonly NewEvent[] {
  if (!isEnded(after.phase)) return [];
  const isBad = after.phase === 'failed' || after.phase === 'errored';
  const isStopped = after.phase === 'cancelled' && after.stopping !== null;
  return [
    {
      type: `run.${after.phase}`,
      ...eventBase(work),
      ...(isStopped ? { actor: after.stopping.actor } : {}),
      because: after.because,
      outcome: isBad ? 'failed' : 'done',
      before: { phase: work.snapshot.state.phase },
      after: aboutRun(after),
    },
  ];
}
