import type { ChannelKind, ChannelSpec } from '../../contract/kinds/channel.ts';
import type { NewEffect, NewEvent } from '../../engine/types.ts';
import { type Traits, traitsOf } from './decide-traits.ts';
import type { ChannelEvent, ChannelSnapshot, ChannelState, Subject } from './types.ts';

/** A decision in the making. */
export type Work = {
  readonly snapshot: ChannelSnapshot;
  readonly spec: ChannelSpec;
  readonly kind: ChannelKind;
  readonly traits: Traits;
  /** Milliseconds since the epoch. */
  readonly now: number;
  head: Omit<ChannelState, 'subjects'>;
  readonly subjects: Map<string, Subject>;
  readonly effects: NewEffect[];
  readonly events: NewEvent[];
};

export function workOf(
  snapshot: ChannelSnapshot,
  spec: ChannelSpec,
  kind: ChannelKind,
  now: Date,
): Work {
  const { subjects, ...head } = snapshot.state;
  return {
    snapshot,
    spec,
    kind,
    traits: traitsOf[kind],
    now: now.getTime(),
    head,
    subjects: new Map(Object.entries(subjects)),
    effects: [],
    events: [],
  };
}

export const iso = (ms: number): string => new Date(ms).toISOString();

/** Subjects that something is to be sent of, and events that are not told yet: above these, events wait where they are. */
const mostWaiting = 200;
const mostPending = 600;
/** Events of one subject that are kept for its next message. */
export const mostEvents = 40;
/** Subjects that nothing is to be sent of now, but may be later. */
const mostKept = 300;

/** Something of it is to be sent now. Details by themselves are, where there is a thread for them. */
export const isDue = (one: Subject, traits: Traits): boolean =>
  one.alarm === null
    ? one.isStale || (traits.edits && one.isPosted && one.pending.length > 0)
    : one.isStale || wantsAlarm(one);

export const wantsAlarm = ({ alarm }: Subject): boolean =>
  alarm !== null && alarm.told !== alarm.wanted;

/** How many more events can be taken in. Zero: they stay where they are until the receiver has taken some. */
export function roomIn({ subjects }: Pick<ChannelState, 'subjects'>, traits: Traits): number {
  const due = Object.values(subjects).filter((one) => isDue(one, traits));
  const pending = due.reduce((sum, one) => sum + one.pending.length, 0);
  return due.length >= mostWaiting ? 0 : Math.max(0, Math.min(200, mostPending - pending));
}

/** Forgets what is over and told, and of the rest the longest silent when there are too many. */
export function forget(work: Work): void {
  const { subjects, traits } = work;
  const idle = [...subjects.values()].filter((one) => one.inFlight === null && !isDue(one, traits));
  for (const { key } of idle.filter((one) => one.isOver)) subjects.delete(key);
  const kept = idle.filter((one) => !one.isOver);
  const byAge = kept.toSorted((a, b) => Date.parse(a.latest.at) - Date.parse(b.latest.at));
  for (const { key } of byAge.slice(0, Math.max(0, kept.length - mostKept))) subjects.delete(key);
}

export function put(work: Work, subject: Subject): void {
  work.subjects.set(subject.key, subject);
}

/** What a subject keeps of an event for the next message: all but what it was before and after. */
export function lineOf({ before: _before, after: _after, ...line }: ChannelEvent) {
  return line;
}
