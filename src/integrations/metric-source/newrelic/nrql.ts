import { type Escape, isBare, openAt } from '../template.ts';

/**
 * A value inside NRQL. Within quotes it may be any text without quotes, backslashes and control characters, so that it
 * needs no escape. Outside of them, and where the query itself has a backslash (does it end a text there or not?), it is
 * one word or one number.
 *
 * https://docs.newrelic.com/whats-new/2023/04/whats-new-04-12-nrql-comments/
 */
export const inNrql: Escape = (value, before) => {
  const open = openAt(before, lexis);
  const isText = open !== null && lexis.quotes.includes(open) && !before.includes('\\');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused.
  if (isText) return /['"`\\\u0000-\u001f]/.test(value) ? null : value;
  return isBare(value) ? value : null;
};

const lexis = {
  quotes: '\'"`',
  lineComments: ['--', '//'],
  blockComment: ['/*', '*/'],
} as const;
