import { backoffDelay } from '../../engine/backoff.ts';
import type { EffectOutcome, NewEvent } from '../../engine/types.ts';
import type { Delivered, Delivery } from '../../integrations/notifier/port.ts';
import { type Problem, problem } from '../../platform/errors/problem.ts';
import { canonicalJson } from '../../platform/ids/digest.ts';
import type { Json } from '../../platform/ids/types.ts';
import { iso, mostEvents, put, type Work } from './decide-work.ts';
import type { NotifyEffect, Subject } from './types.ts';

type Failed = Extract<Delivered, { readonly ok: false }>;

/** Milliseconds between tries after failures in a row. */
const backoff = { first: 1_000, most: 300_000 };
/** Failures in a row that may pass by themselves, after which the channel counts as broken. */
const patience = 3;

/** What became of deliveries: what the receiver calls the message, or when to come again. */
export function foldOutcomes(work: Work): void {
  for (const effect of work.snapshot.effects) foldOutcome(work, effect);
}

function foldOutcome(work: Work, effect: EffectOutcome): void {
  const { receiver, delivery } = effect.payload as unknown as NotifyEffect;
  // What another receiver said, before the channel was given this one, is of no use to it.
  if (canonicalJson(receiver) !== work.head.receiver) {
    release(work, delivery, () => ({}));
    return;
  }
  const delivered = deliveredOf(effect);
  if (delivered.ok) taken(work, delivery, delivered.ref);
  else notTaken(work, delivery, delivered);
}

function deliveredOf({ outcome }: EffectOutcome): Delivered {
  if (outcome.ok) return outcome.value as unknown as Delivered;
  return { ok: false, problem: outcome.problem, blame: 'receiver', retryAfter: null };
}

/** Subjects of a delivery that is over may have another. */
function release(work: Work, { id }: Delivery, change: (one: Subject) => Partial<Subject>): void {
  for (const one of work.subjects.values()) {
    if (one.inFlight === id) put(work, { ...one, inFlight: null, ...change(one) });
  }
}

function taken(work: Work, delivery: Delivery, ref: Json): void {
  if (work.head.isBroken) {
    const because = `It takes messages again after ${work.head.failures} failures.`;
    work.events.push(eventOf(work, 'mended', because, 'done'));
  }
  work.head = {
    ...work.head,
    failures: 0,
    refusals: 0,
    isBroken: false,
    problem: null,
    notBefore: null,
  };
  release(work, delivery, (one) => ({
    isPosted: true,
    ref: ref ?? one.ref,
    alarm: one.alarm && { ...one.alarm, told: alarmAfter(delivery.act, one.alarm.told) },
  }));
}

function alarmAfter(act: Delivery['act'], told: NonNullable<Subject['alarm']>['told']) {
  if (act === 'raise') return 'raised';
  if (act === 'acknowledge') return 'acknowledged';
  return act === 'resolve' ? 'resolved' : told;
}

function notTaken(work: Work, delivery: Delivery, failed: Failed): void {
  const { head } = work;
  // Somebody removed the message: the next one is the first again.
  if (failed.gone) {
    release(work, delivery, () => ({ isPosted: false, ref: null, isStale: true }));
    return;
  }
  const refusals = head.refusals + (failed.blame === 'message' ? 1 : 0);
  if (failed.blame === 'message' && refusals < patience) {
    if (delivery.more.length > 0) takeApart(work, delivery, failed.problem);
    else drop(work, delivery, failed.problem);
    return;
  }
  const failures = head.failures + 1;
  const wait = failed.retryAfter ?? backoffDelay(failures, work.snapshot.name, backoff);
  work.head = {
    ...head,
    again: [...head.again, delivery],
    failures,
    refusals,
    problem: failed.problem,
    notBefore: later(head.notBefore, work.now + wait),
    isBroken: head.isBroken || isBreaking(failed, failures),
  };
  if (head.isBroken || !work.head.isBroken) return;
  const { title, detail } = failed.problem;
  const because = `${title}: ${detail} What it would tell waits, and is tried again.`;
  const event = eventOf(work, 'broken', because, 'failed');
  work.events.push({ ...event, after: { problem: failed.problem } });
}

/** Too much at once is no fault; what may pass by itself is one only when it goes on. */
function isBreaking({ problem: { code } }: Failed, failures: number): boolean {
  if (code === 'TG1952') return false;
  return failures >= patience || code === 'TG1953' || code === 'TG1911';
}

/** One of many is at fault: each is sent by itself until the receiver takes them again. */
function takeApart(work: Work, delivery: Delivery, why: Problem): void {
  const notices = [delivery.notice, ...delivery.more];
  work.head = { ...work.head, refusals: work.head.refusals + 1, problem: why };
  release(work, delivery, (one) => {
    const untold = notices.find((notice) => notice.subject === one.key)?.events ?? [];
    return { pending: [...untold, ...one.pending].slice(-mostEvents), isStale: true };
  });
}

/** The receiver takes others, and not this one: it is let go of, and that is on record. */
function drop(work: Work, delivery: Delivery, why: Problem): void {
  const because = `The message about ${delivery.notice.subject} was let go of. ${why.title}: ${why.detail}`;
  const event = eventOf(work, 'dropped', because, 'failed');
  work.events.push({ ...event, after: { problem: why } });
  work.head = { ...work.head, refusals: work.head.refusals + 1, problem: why };
  release(work, delivery, () => ({}));
}

/** A template that gave nothing is said once, until it gives something else. */
export function foldTemplate(work: Work, detail: string | null): void {
  const before = work.head.templateProblem;
  work.head = { ...work.head, templateProblem: detail };
  if (detail === null || before !== null) return;
  const why = problem('TG1954', { detail });
  const because = `${why.title}: ${detail} The usual words stand in.`;
  work.events.push({ ...eventOf(work, 'template', because, 'failed'), after: { problem: why } });
}

const eventOf = (
  work: Work,
  type: string,
  because: string,
  outcome: NewEvent['outcome'],
): NewEvent => ({
  type: `channel.${type}`,
  actor: 'tidegate',
  objectId: `channel/${work.snapshot.name}`,
  because,
  outcome,
});

const later = (before: string | null, at: number): string =>
  before !== null && Date.parse(before) > at ? before : iso(at);
