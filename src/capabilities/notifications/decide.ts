import { type ChannelSpec, kindOf } from '../../contract/kinds/channel.ts';
import type { Decision } from '../../engine/types.ts';
import { canonicalJson } from '../../platform/ids/digest.ts';
import type { Json } from '../../platform/ids/types.ts';
import { foldEvents } from './decide-fold.ts';
import { foldMessages } from './decide-messages.ts';
import { foldOutcomes } from './decide-outcomes.ts';
import { flyingOf, send, sendableAt, waitingOf } from './decide-send.ts';
import { forget, mostEvents, type Work, workOf } from './decide-work.ts';
import { type ChannelSnapshot, type ChannelState, newChannel, type Subject } from './types.ts';

type Made = Decision<ChannelState>;

/** Milliseconds between two looks without news. */
const safetyLook = 60_000;

/**
 * What follows from one look at a channel:
 *
 *   not declared       → closed: what it knew is forgotten, and one of the same name begins anew
 *   looked at first    → it follows from now on; what was before is told to nobody
 *   else               → outcomes, messages that were left, events; then as much is sent as the receiver takes
 */
export function decideChannel(snapshot: ChannelSnapshot, now: Date): Made {
  const { spec } = snapshot;
  if (spec === null) return closed(snapshot);
  const work = workOf(configured(snapshot, spec, now), spec, kindOf(spec), now);
  foldOutcomes(work);
  foldMessages(work);
  foldEvents(work, snapshot.events);
  work.head = { ...work.head, cursor: snapshot.cursor };
  forget(work);
  send(work);
  return complete(work);
}

function closed({ effects, requests }: ChannelSnapshot): Made {
  return {
    state: newChannel,
    phase: 'closed',
    terminal: true,
    because: 'It is not declared any more.',
    wakeAt: null,
    taken: takenOf({ effects, requests }),
  };
}

/** Another receiver knows none of the messages, and is not to blame for what the one before did. */
function configured(snapshot: ChannelSnapshot, spec: ChannelSpec, now: Date): ChannelSnapshot {
  const { state } = snapshot;
  const receiver = canonicalJson((spec[kindOf(spec)] ?? null) as Json);
  const openedAt = state.openedAt ?? now.toISOString();
  if (state.receiver === receiver) return { ...snapshot, state: { ...state, openedAt } };
  const untold = state.again.flatMap(({ notice, more }) => [notice, ...more]);
  const subjects = Object.values(state.subjects)
    .filter((one) => (one.alarm !== null) === (kindOf(spec) === 'pagerduty'))
    .map((one): Subject => {
      const events = untold.find((notice) => notice.subject === one.key)?.events ?? [];
      const pending = [...events, ...one.pending].slice(-mostEvents);
      const isStale = one.isStale || events.length > 0;
      return { ...one, isPosted: false, ref: null, inFlight: null, pending, isStale };
    });
  return {
    ...snapshot,
    state: {
      ...newChannel,
      cursor: state.cursor,
      keys: state.keys,
      openedAt,
      receiver,
      subjects: Object.fromEntries(subjects.map((one) => [one.key, one])),
    },
  };
}

const takenOf = ({ effects, requests }: Pick<ChannelSnapshot, 'effects' | 'requests'>) => ({
  effects: effects.map((one) => one.id),
  requests: requests.map((one) => one.id),
});

function complete(work: Work): Made {
  const { snapshot, head, subjects, effects, events } = work;
  return {
    state: { ...head, subjects: Object.fromEntries(subjects) },
    phase: head.isBroken ? 'broken' : 'following',
    terminal: false,
    because: becauseOf(work),
    wakeAt: wakeAtOf(work),
    events,
    effects,
    taken: takenOf(snapshot),
  };
}

function becauseOf(work: Work): string {
  const { problem, failures, notBefore, templateProblem } = work.head;
  const count = waitingOf(work).length + work.head.again.length;
  if (failures > 0 && problem) {
    const until = notBefore === null ? '' : ` Tried again at ${notBefore.slice(11, 19)} UTC.`;
    return `${problem.title}: ${problem.detail} ${count} of what it tells wait.${until} ${problem.hint}`;
  }
  const said = templateProblem === null ? '' : ` A template has no value: ${templateProblem}`;
  const rest = count === 0 ? 'all is told' : `${count} wait, as fast as the receiver takes them`;
  return `It follows the events; ${rest}.${said}`;
}

/** The earliest of: more to read, when the receiver takes the next one, and the safety look. */
function wakeAtOf(work: Work): Date {
  const { snapshot, now } = work;
  if (snapshot.more) return new Date(now);
  const times = [now + safetyLook];
  const isWaiting = waitingOf(work).length + work.head.again.length > 0;
  // While as much as may be is under way, its outcome is the news; else time is.
  const isFree = flyingOf(work).size === 0 || sendableAt(work) > now;
  if (isWaiting && isFree) times.push(sendableAt(work));
  return new Date(Math.max(now, Math.min(...times)));
}
