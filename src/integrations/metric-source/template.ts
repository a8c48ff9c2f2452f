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
