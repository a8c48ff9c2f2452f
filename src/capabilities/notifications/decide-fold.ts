import { cdeventsOf } from '../../contract/cdevents/cdevents.ts';
import type { NoticeEvent } from '../../integrations/notifier/port.ts';
import { type AlarmSignal, classify, type Told } from './decide-classify.ts';
import { figuresOf } from './decide-figures.ts';
import { isForChannel, wants } from './decide-filter.ts';
import { lineOf, mostEvents, put, type Work } from './decide-work.ts';
import type { AlarmState, ChannelEvent, Subject, SubjectFacts } from './types.ts';

/** Takes events in, in order: each goes to the subject that it is about, or is passed over. */
export function foldEvents(work: Work, events: readonly ChannelEvent[]): void {
  for (const event of events) {
    // What befalls this channel cannot be told by it.
    if (event.object === `channel/${work.snapshot.name}`) continue;
    const told = classify(event);
    if (work.traits.alarms) foldAlarms(work, event, told);
    else foldMessage(work, event, told);
  }
}

/**
 * An event begins to be told when the filters want it. Once its subject is told of, what follows is told too, so that a
 * message never goes on saying what is true no more; a receiver of events gets just what the filters let through.
 */
function foldMessage(work: Work, event: ChannelEvent, told: Told): void {
  const { spec, traits } = work;
  const known = work.subjects.get(told.subject);
  const isWanted = wants(spec, event, told);
  const cdevents = spec.webhook?.format === 'cdevents' ? cdeventsOf(event) : null;
  if (cdevents?.length === 0) return;
  const isDetail = told.minor && spec.events.length === 0 && !traits.everything;
  const follows = known !== undefined && !traits.everything && isForChannel(spec, event);
  const opens = isWanted && !isDetail;
  if (!opens && !follows) return;
  const base = known ?? subjectOf(work, told.subject, event, told);
  const isNews = !isDetail || traits.edits;
  put(work, {
    ...withEvent(base, { ...lineOf(event), ...(cdevents ? { cdevents } : {}) }),
    ...standingOf(work, base, told),
    ...knownNow(work, told.subject, base, event),
    severity: isDetail ? base.severity : told.severity,
    latest: isDetail && known ? base.latest : trimmed(work, event),
    isStale: base.isStale || isNews,
    since: base.isStale || base.pending.length > 0 ? base.since : event.at,
  });
}

function standingOf(work: Work, base: Subject, told: Told): Pick<Subject, 'standing' | 'isOver'> {
  const facts = work.snapshot.facts[told.subject];
  const isOver = base.isOver || told.isOver;
  if (facts?.is === 'run' && !facts.terminal && !isOver) {
    return { standing: facts.awaiting.length > 0 ? 'waiting' : 'open', isOver };
  }
  return { standing: told.standing ?? base.standing, isOver };
}

/** Newest facts and figures; who began it is whoever is the actor of its first event. */
function knownNow(work: Work, key: string, base: Subject, event: ChannelEvent) {
  const { facts, figures } = work.snapshot;
  const own = figuresOf(event);
  const begins = /\.opened$/.test(event.type);
  return {
    facts: facts[key] ?? base.facts,
    figures: figures[key] ?? (own.length > 0 ? own : base.figures),
    begun: begins ? { actor: event.actor, because: event.because } : base.begun,
  };
}

function withEvent(subject: Subject, line: NoticeEvent): Subject {
  const { pending, left } = subject;
  const all = [...pending, line];
  const extra = Math.max(0, all.length - mostEvents);
  // The newest say more of what is true now.
  return { ...subject, pending: all.slice(extra), left: left + extra };
}

export function subjectOf(work: Work, key: string, event: ChannelEvent, told: Told): Subject {
  return {
    key,
    standing: told.standing ?? 'open',
    severity: told.severity,
    isOver: false,
    application: event.application,
    environment: event.environment,
    begun: null,
    facts: null,
    figures: [],
    latest: trimmed(work, event),
    pending: [],
    left: 0,
    isStale: false,
    since: event.at,
    isPosted: false,
    ref: null,
    inFlight: null,
    alarm: work.traits.alarms ? { told: 'none', wanted: 'none' } : null,
  };
}

/** Only templates look at what was before and after, and the state is written often. */
function trimmed(work: Work, event: ChannelEvent): ChannelEvent {
  const { title, text } = work.spec.templates;
  const isAsked = title !== undefined || text !== undefined;
  const small = (value: ChannelEvent['after']) =>
    isAsked && JSON.stringify(value).length <= 4_096 ? value : null;
  return { ...event, before: small(event.before), after: small(event.after) };
}

function foldAlarms(work: Work, event: ChannelEvent, told: Told): void {
  for (const signal of told.alarms) {
    const known = work.subjects.get(signal.key);
    if (signal.is === 'raise') {
      if (wants(work.spec, event, told)) raised(work, event, told, signal);
    } else if (known?.alarm) {
      const wanted = wantedAfter(known, signal);
      const gone = wanted === 'resolved' && known.alarm.told === 'none';
      // What was mended before anybody was told wakes nobody.
      if (gone && known.inFlight === null) work.subjects.delete(signal.key);
      else put(work, settled(known, event, wanted));
    }
  }
}

function wantedAfter({ alarm }: Subject, { is }: AlarmSignal): AlarmState {
  if (is === 'clear') return 'resolved';
  return alarm?.wanted === 'raised' ? 'acknowledged' : (alarm?.wanted ?? 'none');
}

function settled(known: Subject, event: ChannelEvent, wanted: AlarmState): Subject {
  if (!known.alarm || known.alarm.wanted === wanted) return known;
  const isOver = wanted === 'resolved';
  return {
    ...withEvent(known, event),
    since: event.at,
    isOver,
    standing: isOver ? 'succeeded' : known.standing,
    alarm: { ...known.alarm, wanted },
  };
}

/** The same alarm once more shows the newest of it; one that was resolved meanwhile begins anew. */
function raised(work: Work, event: ChannelEvent, told: Told, { key }: AlarmSignal): void {
  const base = work.subjects.get(key) ?? subjectOf(work, key, event, told);
  const before = base.alarm ?? { told: 'none', wanted: 'none' };
  const isOpen = before.told === 'raised' || before.told === 'acknowledged';
  const about: SubjectFacts | null = work.snapshot.facts[told.subject] ?? base.facts;
  put(work, {
    ...withEvent(base, event),
    isOver: false,
    standing: told.standing ?? 'failed',
    severity: told.severity,
    facts: about,
    figures: work.snapshot.figures[told.subject] ?? base.figures,
    latest: trimmed(work, event),
    since: event.at,
    isStale: base.inFlight !== null || (isOpen && before.wanted !== 'resolved'),
    alarm: { told: before.told === 'resolved' ? 'none' : before.told, wanted: 'raised' },
  });
}
