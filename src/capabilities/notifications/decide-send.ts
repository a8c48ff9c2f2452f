import { severities } from '../../contract/kinds/channel.ts';
import type { Act, Delivery, Notice } from '../../integrations/notifier/port.ts';
import type { Json } from '../../platform/ids/types.ts';
import { digestOf } from './decide-digest.ts';
import { noticeOf } from './decide-notice.ts';
import { foldTemplate } from './decide-outcomes.ts';
import { countOne, nextAllowed } from './decide-rate.ts';
import { inWords } from './decide-template.ts';
import { isDue, put, type Work, wantsAlarm } from './decide-work.ts';
import type { Subject } from './types.ts';

/**
 * Asks for as many deliveries as the receiver takes now, what is gravest first. One subject has one delivery under way
 * at most, so that what is told of it comes in order; what happens meanwhile is in its next one.
 */
export function send(work: Work): void {
  const most = work.head.failures > 0 ? 1 : work.traits.inFlight;
  const mayGo = (): boolean => flyingOf(work).size < most && sendableAt(work) <= work.now;
  while (mayGo() && work.head.again.length > 0) sendAgain(work);
  for (const { key } of inOrder(work)) {
    if (!mayGo()) return;
    const subject = work.subjects.get(key);
    // An earlier delivery of this look may have taken it along.
    if (subject && subject.inFlight === null && isDue(subject, work.traits)) sendOne(work, subject);
  }
}

/** Names of the deliveries whose outcome is not there yet. */
export function flyingOf({ subjects, head }: Work): ReadonlySet<string> {
  const names = [...subjects.values()].flatMap(({ inFlight }) => inFlight ?? []);
  const waiting = head.again.map((one) => one.id);
  return new Set(names.filter((name) => !waiting.includes(name)));
}

/** When something may be sent, milliseconds since the epoch. */
export function sendableAt({ head, traits, now }: Work): number {
  const free = nextAllowed(head.windows, traits.limits, now);
  return head.notBefore === null ? free : Math.max(free, Date.parse(head.notBefore));
}

export const waitingOf = ({ subjects, traits }: Work): readonly Subject[] =>
  [...subjects.values()].filter((one) => one.inFlight === null && isDue(one, traits));

/** First what is grave or waits for a person, then what is new or changed, then details; of these the oldest. */
function inOrder(work: Work): readonly Subject[] {
  const rank = (one: Subject): number => {
    if (!one.isStale && !wantsAlarm(one) && !work.traits.everything) return 5;
    if (one.standing === 'waiting') return 1;
    return 4 - severities.indexOf(one.severity);
  };
  const age = (one: Subject): number => Date.parse(one.since);
  return waitingOf(work).toSorted((a, b) => rank(a) - rank(b) || age(a) - age(b));
}

function sendAgain(work: Work): void {
  const [first, ...again] = work.head.again;
  work.head = { ...work.head, again };
  if (first) ask(work, first);
}

function sendOne(work: Work, subject: Subject): void {
  const act = actOf(work, subject);
  const base = deliveryOf(work, act, subject.ref);
  if (act === 'post' && !subject.isPosted && isBurst(work, subject)) {
    ask(work, digestOf(work, base));
    return;
  }
  const batch = work.head.refusals > 0 ? 1 : work.traits.batch;
  const others = batch > 1 ? inOrder(work).filter((one) => one !== subject) : [];
  const [notice, ...more] = [subject, ...others.slice(0, batch - 1)].map((one) =>
    take(work, one, base),
  );
  if (notice) ask(work, { ...base, notice, more });
}

/** Its notice, as it goes out with this delivery. */
function take(work: Work, subject: Subject, { id, act }: Pick<Delivery, 'id' | 'act'>): Notice {
  const plain = noticeOf(work.snapshot, subject);
  const { notice, problem } = inWords(work.spec.templates, plain, subject);
  foldTemplate(work, problem);
  put(work, { ...told(work, subject, act), inFlight: id });
  return notice;
}

/** Errors and what waits for a person have a message of their own, however much else there is. */
function isBurst(work: Work, subject: Subject): boolean {
  if (subject.severity === 'error' || subject.standing === 'waiting') return false;
  const first = waitingOf(work).filter((one) => !one.isPosted && one.isStale);
  return first.length > work.traits.burst;
}

function actOf({ traits }: Work, subject: Subject): Act {
  const { alarm, isPosted, isStale } = subject;
  if (alarm) return alarm.wanted === 'resolved' ? 'resolve' : alarmAct(subject);
  if (!isPosted || (!traits.edits && !traits.threads)) return 'post';
  return traits.edits && isStale ? 'edit' : 'reply';
}

const alarmAct = ({ alarm, isStale }: Subject): Act =>
  alarm?.wanted === 'acknowledged' && !isStale ? 'acknowledge' : 'raise';

/** The subject once this is on its way. The thread of an edited message has the details, if there is more than one. */
function told(work: Work, subject: Subject, act: Act): Subject {
  const keepsDetails =
    work.traits.edits && (act === 'edit' || (act === 'post' && subject.pending.length > 1));
  return {
    ...subject,
    isStale: false,
    ...(keepsDetails ? {} : { pending: [], left: 0 }),
  };
}

function deliveryOf(work: Work, act: Act, ref: Json): Omit<Delivery, 'notice' | 'more'> {
  const { name, generation } = work.snapshot;
  const opened = Date.parse(work.head.openedAt ?? '').toString(36);
  return { id: `${name}.${opened}.${generation + 1}.${work.effects.length}`, act, ref };
}

function ask(work: Work, delivery: Delivery): void {
  const { kind, spec, head, traits, now } = work;
  const receiver = (spec[kind] ?? null) as unknown as Json;
  const payload = { kind, receiver, delivery } as unknown as Json;
  work.effects.push({ kind: `notify.${kind}`, payload });
  work.head = { ...head, windows: countOne(head.windows, traits.limits, now) };
}
