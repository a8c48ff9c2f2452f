import { toStorable } from '../../platform/text/storable.ts';

/** `a, b and 3 more`: at most `most` names. */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  const last = shown.at(-1) ?? '';
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} and ${last}`;
}

/** A sentence as it stands after another one: without the full stop that it came with. */
export const bare = (text: string): string => text.trim().replace(/\.+$/, '');

/** `ada cancelled it: wrong branch`. */
export const withReason = (text: string, reason: string): string =>
  bare(reason) === '' ? text : `${text}: ${bare(reason)}`;

const longestBecause = 1000;

/** What comes from steps and people is cut, and made fit to be stored: no NUL, no half of a surrogate pair. */
export function sentenceOf(text: string): string {
  const whole = text.length > longestBecause ? `${text.slice(0, longestBecause - 1)}…` : text;
  return toStorable(whole);
}
