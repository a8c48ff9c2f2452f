import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

const firstPause = 100;
const longestPause = 5_000;

/**
 * Listens on a NOTIFY channel with a connection of its own, which is opened again whenever it breaks. After each
 * opening but the first the listener is called with an empty payload, since news may have been missed.
 */
export async function listenOn(
  connect: () => pg.Client,
  channel: string,
  listener: (payload: string) => void,
): Promise<() => Promise<void>> {
  const stopped = new AbortController();
  const first = await subscribe(connect(), channel, listener);
  const watched = watch(first);
  return async () => {
    stopped.abort();
    await watched;
  };

  async function watch(opened: Subscription): Promise<void> {
    let current: Subscription | null = opened;
    while (!stopped.signal.aborted) {
      if (current) await Promise.race([current.broken, whenAborted(stopped.signal)]);
      if (stopped.signal.aborted) break;
      await current?.end();
      current = await reopen();
      if (current) listener('');
    }
    await current?.end();
  }

  async function reopen(): Promise<Subscription | null> {
    for (
      let pause = firstPause;
      !stopped.signal.aborted;
      pause = Math.min(pause * 2, longestPause)
    ) {
      try {
        return await subscribe(connect(), channel, listener);
      } catch {
        await sleep(pause, undefined, { signal: stopped.signal }).catch(() => undefined);
      }
    }
    return null;
  }
}

type Subscription = { readonly broken: Promise<void>; end(): Promise<void> };

async function subscribe(
  client: pg.Client,
  channel: string,
  listener: (payload: string) => void,
): Promise<Subscription> {
  const broken = new Promise<void>((resolve) => {
    client.once('error', () => resolve());
    client.once('end', () => resolve());
  });
  // An error after the first must not become an uncaught one.
  client.on('error', () => undefined);
  await client.connect();
  client.on('notification', (message) => listener(message.payload ?? ''));
  await client.query(`listen ${client.escapeIdentifier(channel)}`);
  return { broken, end: () => client.end().catch(() => undefined) };
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
