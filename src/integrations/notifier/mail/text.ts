import type { Notice } from '../port.ts';
import { eventLine, joinWithin, oneLine, printable, shorten, usableLinks } from '../words.ts';

/** A subject of one line; RFC 5322 §2.1.1 allows 998 characters, and few are read. */
export const subjectLine = ({ title, severity }: Notice): string =>
  shorten(`${severity === 'info' ? '' : `[${severity}] `}${oneLine(title)}`, 200);

/** Plain text, whole: mail cannot be edited, so each says all that is true now and what happened since the last. */
export function mailText(notice: Notice): string {
  const { title, text, figures, events, left } = notice;
  const facts = notice.facts
    .slice(0, 20)
    .map(({ name, value }) => ({ name: shorten(oneLine(name), 30), value: oneLine(value) }));
  const width = Math.max(0, ...facts.map((one) => one.name.length));
  const parts = [
    shorten(oneLine(title), 1_000),
    text.trim() === oneLine(title) ? '' : shorten(printable(text).trim(), 8_000),
    facts.map((one) => `${one.name.padEnd(width)}  ${shorten(one.value, 500)}`).join('\n'),
    joinWithin(figures.map(oneLine), 8_000),
    notice.next
      .slice(0, 10)
      .map(({ label, command }) => `${nice(label)}:\n    ${nice(command)}`)
      .join('\n'),
    usableLinks(notice.links)
      .map(({ label, url }) => `${label}: ${url}`)
      .join('\n'),
    joinWithin(events.map(eventLine), 16_000, left),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const nice = (text: string): string => shorten(oneLine(text), 500);
