/** Durations as people write them: 250ms, 30s, 10m, 1h30m. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))}ms`;
  const seconds = Math.round(ms / 1_000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  return parts
    .filter(([amount]) => amount > 0)
    .slice(0, 2)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join('');
}

export const iso = (ms: number): string => new Date(ms).toISOString();
export const time = (text: string): number => Date.parse(text);

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
  return whole.replaceAll('\0', '\ufffd').toWellFormed();
}
