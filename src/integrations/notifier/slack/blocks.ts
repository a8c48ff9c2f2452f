import type { Json } from '../../../platform/ids/types.ts';
import type { Notice } from '../port.ts';
import { eventLine, joinWithin, oneLine, printable, shorten, usableLinks } from '../words.ts';

/**
 * Limits of Block Kit: https://docs.slack.dev/reference/block-kit/blocks (50 blocks in a message; header 150 characters;
 * section text 3,000; at most 10 fields of 2,000 each; context at most 10 elements) and of `text`, which is cut at 40,000
 * and is best below 4,000: https://docs.slack.dev/reference/methods/chat.postMessage.
 */
export const slackLimits = {
  blocks: 50,
  header: 150,
  section: 3_000,
  fields: 10,
  field: 2_000,
  context: 10,
  text: 4_000,
} as const;

type Block = { readonly [field: string]: Json };

const marks = {
  open: ':arrow_forward:',
  waiting: ':raised_hand:',
  succeeded: ':white_check_mark:',
  failed: ':x:',
  ended: ':black_square_for_stop:',
} as const;

/** The three characters that mean something in mrkdwn entities: https://docs.slack.dev/messaging/formatting-message-text. */
export const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Escaping makes a text longer, and half an entity is none: so it is cut first, to what will fit in the worst case it has. */
function fitting(given: string, most: number): string {
  const text = printable(given);
  let size = most;
  let escaped = escapeText(shorten(text, size));
  while (escaped.length > most) {
    size -= Math.max(1, Math.ceil((escaped.length - most) / 5));
    escaped = escapeText(shorten(text, size));
  }
  return escaped;
}

/** `verbatim`: names and channels in words that others wrote are not made into mentions. */
const mrkdwn = (text: string): Block => ({ type: 'mrkdwn', text, verbatim: true });
const section = (text: string): Block => ({ type: 'section', text: mrkdwn(text) });

/** The fallback for notifications. */
export const fallbackText = ({ title, subject }: Notice): string =>
  fitting(oneLine(title) || subject, slackLimits.text);

export function noticeBlocks(notice: Notice): readonly Block[] {
  const { title, text, standing, facts, figures, next } = notice;
  const links = usableLinks(notice.links).slice(0, slackLimits.context);
  const head = `${marks[standing]} ${oneLine(title)}`;
  const fields = facts.slice(0, slackLimits.fields).map(({ name, value }) => {
    const words = fitting(oneLine(value), slackLimits.field - 100) || '–';
    return mrkdwn(`*${fitting(oneLine(name), 60)}*\n${words}`);
  });
  const commands = next.map(
    ({ label, command }) =>
      `${fitting(oneLine(label), 100)}: \`${fitting(oneLine(command).replaceAll('`', "'"), 400)}\``,
  );
  return [
    {
      type: 'header',
      text: { type: 'plain_text', text: shorten(head, slackLimits.header), emoji: true },
    },
    ...(text.trim() === '' ? [] : [section(fitting(text.trim(), slackLimits.section))]),
    ...(fields.length === 0 ? [] : [{ type: 'section', fields }]),
    ...(figures.length === 0 ? [] : [section(listed(figures.map((one) => `• ${oneLine(one)}`)))]),
    ...(commands.length === 0 ? [] : [section(joinWithin(commands, slackLimits.section))]),
    ...(links.length === 0 ? [] : [linkBlock(links)]),
  ];
}

/** Details, for the thread. */
export function threadBlocks(notice: Notice): readonly Block[] {
  const lines = listed(notice.events.map(eventLine), notice.left);
  return [section(lines || fallbackText(notice))];
}

const listed = (lines: readonly string[], left = 0): string =>
  joinWithin(
    lines.map((line) => fitting(line, 600)),
    slackLimits.section,
    left,
  );

function linkBlock(links: Notice['links']): Block {
  // A bar would end the address early.
  const elements = links.map(({ label, url }) =>
    mrkdwn(`<${escapeText(url.replaceAll('|', '%7C'))}|${fitting(label, 100)}>`),
  );
  return { type: 'context', elements };
}
