import type { Database } from '../db/types.ts';

type Listener = (payload: string) => void;

/** One NOTIFY channel heard once per process and handed to any number of waiters in memory. */
export type Signals = {
  /** Calls on each notification with this payload, and when some may have been missed. Returns the way out. */
  on(payload: string, listener: Listener): () => void;
  close(): Promise<void>;
};

export async function openSignals(db: Database, channel: string): Promise<Signals> {
  const listeners = new Map<string, Set<Listener>>();
  const tell = (payload: string, set: Iterable<Listener>): void => {
    for (const listener of [...set]) listener(payload);
  };
  const stop = await db.listen(channel, (payload) => {
    if (payload === '') for (const set of listeners.values()) tell(payload, set);
    else tell(payload, listeners.get(payload) ?? []);
  });
  return {
    on(payload, listener) {
      const set = listeners.get(payload) ?? new Set();
      listeners.set(payload, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size === 0) listeners.delete(payload);
      };
    },
    close: stop,
  };
}

/**
 * Resolves true at the next signal for this payload, false when the time is over or one of the ends is aborted. It
 * listens from the call on, so ask it before you look, and wait after.
 */
export function nextSignal(
  signals: Signals,
  payload: string,
  milliseconds: number,
  ends: readonly AbortSignal[],
): { readonly done: Promise<boolean>; cancel(): void } {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const over = (): void => resolve(false);
  const off = signals.on(payload, () => resolve(true));
  const timer = setTimeout(over, milliseconds);
  for (const one of ends) {
    if (one.aborted) over();
    one.addEventListener('abort', over, { once: true });
  }
  const cancel = (): void => {
    off();
    clearTimeout(timer);
    for (const one of ends) one.removeEventListener('abort', over);
    resolve(false);
  };
  return { done: promise.finally(cancel), cancel };
}
