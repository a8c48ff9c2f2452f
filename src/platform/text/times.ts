export const iso = (ms: number): string => new Date(ms).toISOString();
export const time = (text: string): number => Date.parse(text);

/** Milliseconds as people write them: 250ms, 30s, 10m, 1h30m. */
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

/** Clock time in UTC for a sentence: `10:04:30 UTC`, with the day when it is another one. */
export function clock(at: number, now: number): string {
  const text = iso(at);
  const day = text.slice(0, 10) === iso(now).slice(0, 10) ? '' : `${text.slice(0, 10)} `;
  return `${day}${text.slice(11, 19)} UTC`;
}
