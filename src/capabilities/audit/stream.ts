import { eventsChannel } from '../../engine/channels.ts';
import {
  type EventFilter,
  type EventView,
  readEvents,
  readNewestCursor,
} from '../../engine/reads.ts';
import type { Database } from '../../platform/db/types.ts';
import type { EventStream } from '../../platform/http/event-stream.ts';
import { nextSignal, openSignals, type Signals } from '../../platform/http/signals.ts';
import type { Search } from './search.ts';

export type StreamTuning = {
  /** Milliseconds between signs of life. */
  readonly heartbeat: number;
  readonly page: number;
};

export const usualStreamTuning: StreamTuning = { heartbeat: 15_000, page: 200 };

/** Milliseconds after news at which it looks again. */
const settling = [50, 100, 200, 400, 800] as const;

export const openEventSignals = (db: Database): Promise<Signals> => openSignals(db, eventsChannel);

/**
 * Sends every event after `after`, in order, for as long as the client stays. Events become readable only when no
 * older transaction runs any more, which nobody announces: so after each piece of news it looks again a few times, and
 * at every heartbeat.
 */
export async function pumpEvents(
  deps: {
    readonly db: Database;
    readonly search: Search;
    readonly signals: Signals;
    readonly tuning: StreamTuning;
  },
  stream: EventStream,
  filter: EventFilter,
  after: string | undefined,
  show: (event: EventView) => unknown,
): Promise<void> {
  const { db, search, signals, tuning } = deps;
  let cursor = after ?? (await readNewestCursor(db));
  // From here on every look passes over what is new and no more, so it needs no bound.
  let isCurrent = after === undefined;
  await stream.send({ id: cursor, type: 'ready', data: {} });
  let looks: number = settling.length;
  while (!stream.ended.aborted) {
    const wait = settling[looks] ?? tuning.heartbeat;
    const news = nextSignal(signals, '', wait, [stream.ended]);
    try {
      const ask = { ...filter, after: cursor, limit: tuning.page };
      const page = isCurrent ? await readEvents(db, ask) : await search.forward(ask);
      for (const event of page.events) {
        await stream.send({ id: event.cursor, type: event.type, data: show(event) });
      }
      cursor = page.cursor;
      if (page.events.length === tuning.page) continue;
      isCurrent = true;
      const heard = await news.done;
      if (!heard && looks >= settling.length) await stream.heartbeat();
      looks = heard ? 0 : looks + 1;
    } finally {
      news.cancel();
    }
  }
}
