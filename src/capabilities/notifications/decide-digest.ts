import type { Delivery, Notice, NoticeEvent } from '../../integrations/notifier/port.ts';
import { titleOf } from './decide-notice.ts';
import { put, type Work } from './decide-work.ts';
import type { Subject } from './types.ts';

/** Lines of one digest; the rest is counted. */
const mostLines = 40;

/**
 * One message for many subjects at once, a line each. They count as told: what happens to one of them later is told by
 * itself again, and an error or a wait for a person is never in here.
 */
export function digestOf(work: Work, asked: Omit<Delivery, 'notice' | 'more'>): Delivery {
  const all = [...work.subjects.values()].filter(
    (one) =>
      !one.isPosted &&
      one.inFlight === null &&
      one.isStale &&
      one.severity !== 'error' &&
      one.standing !== 'waiting',
  );
  for (const one of all) put(work, { ...one, isStale: false, pending: [], left: 0 });
  const subject = `digest/${asked.id}`;
  // Held until its outcome is there, as every delivery is.
  const [first] = all;
  if (first) put(work, { ...digestSubject(first, subject), inFlight: asked.id });
  return { ...asked, notice: noticeOf(work, subject, all), more: [] };
}

function noticeOf(work: Work, subject: string, all: readonly Subject[]): Notice {
  const counts = new Map<string, number>();
  for (const { standing } of all) counts.set(standing, (counts.get(standing) ?? 0) + 1);
  const words = [...counts].map(([standing, count]) => `${count} ${names[standing] ?? standing}`);
  const shown = all.slice(0, mostLines);
  return {
    channel: work.snapshot.name,
    subject,
    title: `${all.length} changes at once: ${words.join(', ')}`,
    text: shown.map((one) => `• ${titleOf(one)}`).join('\n'),
    severity: all.some((one) => one.severity === 'warning') ? 'warning' : 'info',
    standing: 'ended',
    facts: [],
    figures: [],
    next: [{ label: 'See all', command: 'tidegate status' }],
    links: [],
    events: all.slice(0, mostLines).map(({ latest }): NoticeEvent => {
      const { before: _before, after: _after, ...line } = latest;
      return line;
    }),
    left: all.length - shown.length,
    at: all.at(-1)?.latest.at ?? work.head.openedAt ?? '',
  };
}

const names: { readonly [standing: string]: string } = {
  open: 'under way',
  succeeded: 'succeeded',
  failed: 'failed',
  ended: 'over',
};

const digestSubject = (first: Subject, key: string): Subject => ({
  ...first,
  key,
  isOver: true,
  isStale: false,
  pending: [],
  left: 0,
  facts: null,
  figures: [],
  ref: null,
});
