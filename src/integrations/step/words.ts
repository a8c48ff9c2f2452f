import type { Problem } from '../../platform/errors/problem.ts';

/** A sentence of somebody else, to go on within ours. */
export const within = (text: string): string => text.replace(/\.+\s*$/, '');

/** `ada`, `ada or bob`, `ada, bob or role admin`. */
export function either(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} or ${last}`;
}

/** What went wrong and what to do about it, in one line. */
export const problemWords = (from: Problem): string =>
  `${from.code} ${from.title}: ${within(from.detail)}. ${from.hint}`;
