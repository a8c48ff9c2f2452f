import type { PipelineSpec } from '../../contract/kinds/pipeline.ts';
import type { Decision } from '../../engine/types.ts';
import { iso, span } from '../../platform/text/times.ts';
import { isEnded } from './actions.ts';
import { over } from './decide-attempt.ts';
import { deadlineOf } from './decide-deadline.ts';
import { close, endOf, waitingWords } from './decide-end.ts';
import { finish, rest } from './decide-finish.ts';
import { groupFault } from './decide-group.ts';
import { type Plan, planOf } from './decide-plan.ts';
import { foldRequests, refuseLeftovers } from './decide-requests.ts';
import { decideRivals, outranked } from './decide-rivals.ts';
import { advanceSections, stopSections } from './decide-sections.ts';
import { type Adapters, isOver, openWork, type Work } from './decide-work.ts';
import type { RunPhase, RunSnapshot, RunState, RunWrite } from './types.ts';

export type DecideRun = (snapshot: RunSnapshot, now: Date) => Decision<RunState, RunWrite>;

/**
 * The next moves of a run: all that are possible now, so that a step costs one look when it begins and one when it
 * ends. The order is the point. First match wins:
 *
 *   over                              → rest
 *   queued, cancelled                 → end: nothing has begun, so there is nothing to clear up
 *   queued, its group has no value    → end errored
 *   queued, by the table of rivals    → give way, wait, begin
 *   running, by the table of rivals   → cancel, when a newer run of its group asks for that
 *   its time is over                  → stop what is under `steps`; later what comes after them as well
 *   being stopped                     → tell what is under way
 *   running, finishing                → every step that can begin, go on or end, section by section
 *   everything is over                → end
 */
export function decideRun(adapters: Adapters): DecideRun {
  // The same specification is the same object for as long as it is kept in memory, and so is what follows from it.
  const plans = new WeakMap<PipelineSpec, Plan>();
  const planFor = (spec: PipelineSpec): Plan => {
    const known = plans.get(spec);
    if (known) return known;
    const plan = planOf(spec);
    plans.set(spec, plan);
    return plan;
  };
  return (snapshot, now) => {
    const work = openWork(snapshot, planFor(snapshot.spec), adapters, now.getTime());
    foldRequests(work);
    if (isEnded(snapshot.state.phase)) return rest(work);
    const because = look(work);
    refuseLeftovers(work);
    return finish(work, because);
  };
}

/** Takes the moves; answers with why the run is where it is then. */
function look(work: Work): string {
  const queued = work.head.phase === 'queued' ? leaveQueue(work) : null;
  if (queued !== null) return queued;
  if (work.snapshot.state.phase !== 'queued') heedRivals(work);
  heedTime(work);
  stopSections(work);
  advanceSections(work);
  const end = endOf(work);
  if (!end) return waitingWords(work);
  close(work, end.phase);
  return end.because;
}

/** Begins the run, or says why it does not; null when it has begun. */
function leaveQueue(work: Work): string | null {
  const { stopping, group, phase } = work.head;
  if (stopping) return endUnbegun(work, 'cancelled', stopping.because);
  const fault = groupFault(work.snapshot);
  if (fault !== null) return endUnbegun(work, 'errored', fault);
  const move = decideRivals({ ...work.snapshot, group, phase });
  for (const run of outranked({
    ...work.snapshot,
    policy: work.snapshot.spec.concurrency?.policy,
  })) {
    work.wakes.add(run);
  }
  if (move.is === 'wait') return move.because;
  if (move.is === 'giveWay') return endUnbegun(work, 'cancelled', move.because);
  work.head = { ...work.head, phase: 'running', startedAt: iso(work.now) };
  return null;
}

/** Ends a run of which nothing has begun: not even `finally`, since another of its group may be under way. */
function endUnbegun(
  work: Work,
  phase: Extract<RunPhase, 'cancelled' | 'errored'>,
  because: string,
): string {
  for (const [name, step] of work.steps) {
    if (!isOver(step.status)) over(work, name, 'omitted', because);
  }
  close(work, phase);
  return because;
}

function heedRivals(work: Work): void {
  const { group, phase, stopping } = work.head;
  if (stopping !== null) return;
  const move = decideRivals({ ...work.snapshot, group, phase });
  if (move.is !== 'cancel') return;
  const { by: actor, because } = move;
  work.head = {
    ...work.head,
    stopping: { actor: `run:${actor}`, because, as: 'cancelled', entirely: false },
  };
}

function heedTime(work: Work): void {
  const { stopping, phase } = work.head;
  const at = deadlineOf(work);
  if (at === null || at > work.now) return;
  const because = `it took longer than its timeout of ${span(work.snapshot.spec.timeout)}`;
  const late = { actor: 'tidegate', because, as: 'failed', entirely: false } as const;
  if (phase === 'running') {
    if (!stopping) work.head = { ...work.head, stopping: late };
  } else if (!stopping?.entirely) {
    work.head = { ...work.head, stopping: { ...(stopping ?? late), entirely: true } };
  }
}
