import type { Problem } from '../../platform/errors/problem.ts';

/** ms as people write them: 250ms, 30s, 10m, 1h30m. */
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

/** Clock time in UTC: `10:04:30 UTC`, with the day when it is another one. */
export function clock(at: Date, now: Date): string {
  const text = at.toISOString();
  const day = text.slice(0, 10) === now.toISOString().slice(0, 10) ? '' : `${text.slice(0, 10)} `;
  return `${day}${text.slice(11, 19)} UTC`;
}

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
