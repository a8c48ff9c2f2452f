import type { Limit } from './decide-traits.ts';
import type { Window } from './types.ts';

/** When the next may be sent: `now` or later. Milliseconds since the epoch. */
export function nextAllowed(
  windows: readonly Window[],
  limits: readonly Limit[],
  now: number,
): number {
  return limits.reduce((at, { ms, most }, index) => {
    const window = windows[index];
    const isFull = window !== undefined && window.count >= most && now < window.since + ms;
    return isFull ? Math.max(at, window.since + ms) : at;
  }, now);
}

/** The windows after one was sent. A window begins with what is first sent in it. */
export function countOne(
  windows: readonly Window[],
  limits: readonly Limit[],
  now: number,
): readonly Window[] {
  return limits.map(({ ms }, index) => {
    const window = windows[index];
    const isOpen = window !== undefined && now < window.since + ms && now >= window.since;
    return isOpen ? { since: window.since, count: window.count + 1 } : { since: now, count: 1 };
  });
}
