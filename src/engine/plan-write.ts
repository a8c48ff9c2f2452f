import type { Problem } from '../platform/errors/problem.ts';
import { isSameJson } from '../platform/ids/same-json.ts';
import type { Backoff } from './backoff.ts';
import { backoffDelay } from './backoff.ts';
import type { AnyReconciler, ClaimedObject, Write } from './engine-store.ts';
import type { Decision, DurableObject } from './types.ts';

type AnyDecision = Decision<unknown, unknown>;

/** A decision that changes nothing and asks to be looked at again at once would spin; it waits this long, in ms. */
export const idlePause = 100;

/** A state of a newer version waits for a newer worker, which may be about to start. Milliseconds. */
const newerStateBackoff: Backoff = { first: 1_000, most: 5_000 };

/** What is to be written after a decision: all of it, or no more than when to look again. */
export function planWrite(
  object: ClaimedObject,
  seen: DurableObject<unknown>,
  reconciler: Pick<AnyReconciler, 'schema' | 'apply' | 'applyAll' | 'journal'>,
  decision: AnyDecision,
  inbox: { readonly now: Date; readonly more: boolean; readonly snapshot?: unknown },
): Write {
  const wakeAt = nextLook(decision, inbox.more, inbox.now);
  if (object.schema === reconciler.schema && isUnchanged(object, decision)) {
    return { type: 'unchanged', object, wakeAt: notAtOnce(wakeAt, inbox.now) };
  }
  return {
    type: 'decided',
    object,
    seen,
    decision,
    schema: reconciler.schema,
    wakeAt,
    writer: reconciler,
    seenAs: reconciler.journal ? { at: inbox.now, snapshot: inbox.snapshot } : null,
  };
}

/** A terminal object sleeps until news; one that could not see its whole inbox and took some of it looks again. */
function nextLook(decision: AnyDecision, more: boolean, now: Date): Date | null {
  const took = decision.taken?.effects?.length || decision.taken?.requests?.length;
  if (more && took) return now;
  return decision.terminal ? null : decision.wakeAt;
}

function notAtOnce(wakeAt: Date | null, now: Date): Date | null {
  if (wakeAt === null) return null;
  return new Date(Math.max(wakeAt.getTime(), now.getTime() + idlePause));
}

/** True when a decision says what the row already says, and asks for nothing else. */
export function isUnchanged(object: ClaimedObject, decision: AnyDecision): boolean {
  if (
    decision.phase !== object.phase ||
    decision.because !== object.because ||
    decision.terminal !== object.terminal ||
    object.failures > 0 ||
    asks(decision)
  ) {
    return false;
  }
  return isSameJson(decision.state, object.state);
}

function asks(decision: AnyDecision): boolean {
  const { events, effects, stop, open, wake, requests, taken, writes } = decision;
  const lists = [
    events,
    effects,
    stop,
    open,
    wake,
    requests,
    taken?.effects,
    taken?.requests,
    writes,
  ];
  return lists.some((list) => list !== undefined && list.length > 0);
}

/** What is to be written when a look failed: why, and when the next one is. The state stays. */
export function planFailure(object: ClaimedObject, problem: Problem, backoff: Backoff): Write {
  const failures = object.failures + 1;
  const grows = problem.code === 'TG1702' ? newerStateBackoff : backoff;
  return {
    type: 'failed',
    object,
    problem,
    because: `Failed ${failures === 1 ? 'once' : `${failures} times in a row`}, trying again: ${problem.detail}`,
    delay: backoffDelay(failures, object.id, grows),
  };
}

/**
 * Which of the ready writes go into the next transaction: as many as there is room for, but one that is written by
 * `apply` goes alone.
 */
export function nextBatch(
  ready: readonly Write[],
  most: number,
): { readonly batch: readonly Write[]; readonly rest: readonly Write[] } {
  const [first, ...others] = ready;
  if (!first) return { batch: [], rest: [] };
  if (goesAlone(first)) return { batch: [first], rest: others };
  const batch = ready.filter((write) => !goesAlone(write)).slice(0, most);
  const taken = new Set(batch);
  return { batch, rest: ready.filter((write) => !taken.has(write)) };
}

function goesAlone(write: Write): boolean {
  if (write.type !== 'decided' || write.writer.applyAll) return false;
  return (write.decision.writes?.length ?? 0) > 0;
}
