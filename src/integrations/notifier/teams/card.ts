import type { Json } from '../../../platform/ids/types.ts';
import type { Notice } from '../port.ts';
import { eventLine, joinWithin, oneLine, printable, shorten, usableLinks } from '../words.ts';

/**
 * A message of an incoming webhook or workflow holds at most 28 KB:
 * https://learn.microsoft.com/microsoftteams/limits-specifications-teams and
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using. Some of it is left
 * for what Teams adds.
 */
export const largestMessage = 26_000;

type Element = { readonly [field: string]: Json };

const colours = {
  open: 'Accent',
  waiting: 'Warning',
  succeeded: 'Good',
  failed: 'Attention',
  ended: 'Default',
} as const;

/**
 * A message with one Adaptive Card 1.4 (https://adaptivecards.io/explorer). Words of others stand in text runs only, which
 * know no markdown, so that nobody's commit message becomes a link. It is made shorter until it fits.
 */
export function cardMessage(notice: Notice): string {
  for (const share of [1, 0.5, 0.25, 0.1, 0.02]) {
    const text = JSON.stringify(messageOf(notice, share));
    if (Buffer.byteLength(text) <= largestMessage) return text;
  }
  const bare = { ...notice, text: '', facts: [], figures: [], next: [], links: [], events: [] };
  return JSON.stringify(messageOf(bare, 0.1));
}

function messageOf(notice: Notice, share: number): Element {
  const card = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: bodyOf(notice, (most) => Math.ceil(most * share)),
    actions: usableLinks(notice.links)
      .slice(0, 4)
      .map(({ label, url }) => ({ type: 'Action.OpenUrl', title: label, url })),
  };
  return {
    type: 'message',
    attachments: [
      { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card },
    ],
  };
}

function bodyOf(notice: Notice, of: (most: number) => number): readonly Element[] {
  const { title, text, standing, facts, figures, next, events, left } = notice;
  const run = (words: string, more: Element = {}): Element => ({
    type: 'TextRun',
    text: words === '' ? ' ' : printable(words),
    ...more,
  });
  const rich = (...inlines: Element[]): Element => ({ type: 'RichTextBlock', inlines });
  const heading = { size: 'Large', weight: 'Bolder', color: colours[standing] };
  const details = joinWithin(events.map(eventLine), of(6_000), left);
  return [
    rich(run(shorten(oneLine(title), Math.max(of(300), 60)), heading)),
    ...(text.trim() === '' ? [] : [rich(run(shorten(text.trim(), of(4_000))))]),
    ...facts
      .slice(0, 20)
      .map(({ name, value }) =>
        rich(
          run(`${shorten(oneLine(name), 60)}: `, { weight: 'Bolder' }),
          run(shorten(oneLine(value), of(300))),
        ),
      ),
    ...(figures.length === 0 ? [] : [rich(run(joinWithin(figures.map(oneLine), of(3_000))))]),
    ...next
      .slice(0, 6)
      .map(({ label, command }) =>
        rich(
          run(`${shorten(oneLine(label), 60)}: `),
          run(shorten(oneLine(command), of(300)), { fontType: 'Monospace' }),
        ),
      ),
    ...(details === '' ? [] : [rich(run(details, { size: 'Small', isSubtle: true }))]),
  ];
}
