import { type Problem, problem } from '../../platform/errors/problem.ts';
import type { MetricQuestion } from './port.ts';

/**
 * Fills `{{application}}`, `{{args.name}}` and the like into a text. What an argument may bring with it depends on
 * where it lands, so each place has its own way of escaping; a value that cannot be made safe there is refused.
 */
export type Filled =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: Problem };

/** Gives the value as it may stand at `at`, the text before it being `before`; null refuses it. */
export type Escape = (value: string, before: string) => string | null;

const placeholder = /\{\{\s*([A-Za-z][A-Za-z0-9_.-]*)\s*\}\}/g;

export function fill(text: string, question: MetricQuestion, made: Escape): Filled {
  let filled = '';
  let from = 0;
  for (const match of text.matchAll(placeholder)) {
    const name = match[1] ?? '';
    filled += text.slice(from, match.index);
    from = match.index + match[0].length;
    const value = lookUp(name, question);
    if (value === null) return refused(`there is no value for {{${name}}}`);
    const escaped = made(value, filled);
    if (escaped === null) return refused(`the value of {{${name}}} cannot stand there`);
    filled += escaped;
  }
  return { ok: true, text: filled + text.slice(from) };
}

function lookUp(name: string, { subject, args }: MetricQuestion): string | null {
  if (name.startsWith('args.')) {
    const arg = name.slice('args.'.length);
    return Object.hasOwn(args, arg) ? (args[arg] ?? null) : null;
  }
  switch (name) {
    case 'application':
      return subject.application;
    case 'environment':
      return subject.environment;
    case 'release':
      return subject.candidate;
    case 'stable':
      return subject.stable ?? '';
    case 'rollout':
      return subject.rollout;
    default:
      return null;
  }
}

type Header = { readonly name: string; readonly value: string };
export type FilledHeaders =
  | { readonly ok: true; readonly headers: readonly Header[] }
  | { readonly ok: false; readonly problem: Problem };

export function fillHeaders(headers: readonly Header[], question: MetricQuestion): FilledHeaders {
  const done: Header[] = [];
  for (const { name, value } of headers) {
    const filled = fill(value, question, inHeader);
    if (!filled.ok) return filled;
    done.push({ name, value: filled.text });
  }
  return { ok: true, headers: done };
}

const refused = (why: string): Filled => ({
  ok: false,
  problem: problem('TG1402', { detail: `The metric cannot be asked for: ${why}.` }),
});

/** At the very beginning an argument may bring a whole address; further on it is one part of a path or of a query. */
export const inAddress: Escape = (value, before) =>
  before === '' ? value : encodeURIComponent(value);

/** Inside a JSON text between quotes. */
export const inJson: Escape = (value) => JSON.stringify(value).slice(1, -1);

/** A header takes one line of printable characters. */
export const inHeader: Escape = (value) => (/^[\t\x20-\x7e\x80-\xff]*$/.test(value) ? value : null);

/** What may stand outside of quotes in any query language: one word or one number. */
export const isBare = (value: string): boolean => /^(?:[A-Za-z0-9_:.]+|-?[0-9.]+)$/.test(value);

/** How a query language marks texts and comments. A backslash takes the next character of a text along. */
export type Lexis = {
  readonly quotes: string;
  readonly lineComments?: readonly string[];
  readonly blockComment?: readonly [begin: string, end: string];
};

/** The quote, or the beginning of the comment, that is open at the end of a text; null outside of both. */
export function openAt(text: string, lexis: Lexis): string | null {
  let open: string | null = null;
  let at = 0;
  while (at < text.length) {
    if (open === null) {
      open = opening(text, at, lexis);
      at += open?.length ?? 1;
    } else if (lexis.quotes.includes(open)) {
      if (text[at] === open) open = null;
      at += text[at] === '\\' ? 2 : 1;
    } else {
      const end = open === lexis.blockComment?.[0] ? lexis.blockComment[1] : '\n';
      const closed = text.indexOf(end, at);
      if (closed < 0) return open;
      open = null;
      at = closed + end.length;
    }
  }
  return open;
}

function opening(text: string, at: number, lexis: Lexis): string | null {
  const { quotes, lineComments = [], blockComment } = lexis;
  const comments = blockComment ? [...lineComments, blockComment[0]] : lineComments;
  const char = text[at] ?? '';
  return comments.find((one) => text.startsWith(one, at)) ?? (quotes.includes(char) ? char : null);
}
