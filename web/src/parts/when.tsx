import { useSyncExternalStore } from 'react';

/** Seconds between two looks at the clock, shared by all times on the page. */
const beat = 5;
const listeners = new Set<() => void>();
const clock = { timer: null as ReturnType<typeof setInterval> | null, now: Date.now() };

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) clock.now = Date.now();
  clock.timer ??= setInterval(() => {
    clock.now = Date.now();
    for (const one of listeners) one();
  }, beat * 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || clock.timer === null) return;
    clearInterval(clock.timer);
    clock.timer = null;
  };
}

/** Milliseconds since the epoch, a few seconds old at most. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => clock.now);

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

/** How long ago, in words; the exact time in the reader's zone is said on hover and to screen readers. */
export function When({ at }: { readonly at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={exactTime(at)} className="tg-number">
      {ago(Date.parse(at), now)}
    </time>
  );
}

export const exactTime = (at: string): string => exact.format(new Date(at));

export const clockTime = (at: string | number): string =>
  new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' }).format(new Date(at));

/** `just now`, `42 s ago`, `3 min ago`, `5 h ago`, `12 d ago`; `in …` for what is to come. */
export function ago(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000);
  if (Math.abs(seconds) < 5) return 'just now';
  const text = lasting(Math.abs(seconds) * 1000);
  return seconds < 0 ? `in ${text}` : `${text} ago`;
}

/** Milliseconds as the largest unit that fits. */
export function lasting(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
