import { setTimeout as sleep } from 'node:timers/promises';
import { eventsChannel } from '../../engine/channels.ts';
import { wakeObjects } from '../../engine/store.ts';
import { startTicker } from '../../engine/ticker.ts';
import type { Database } from '../../platform/db/types.ts';
import type { Log } from '../../platform/log/log.ts';
import { classify } from './decide-classify.ts';
import { mayConcern } from './decide-filter.ts';
import { listChannels, listOpenChannels, readChannelEvents } from './reads.ts';
import { ensureChannel } from './store.ts';
import type { ChannelEvent, Cursor } from './types.ts';

export type WatchDeps = { readonly db: Database; readonly log: Log };

/** Milliseconds: between two looks without news, for news that cannot be read yet, and from one look to the next. */
const slow = 30_000;
const settling = 15;
const shortest = 30;
const afterFailure = 1_000;

const pageSize = 500;

type Channels = Awaited<ReturnType<typeof listChannels>>;
type Known = { cursor: Cursor | null; channels: Channels; listedAt: number; lookedAt: number };

/**
 * Follows the events once for all channels of this worker: opens those that are declared, and wakes those that an event
 * may concern, so that all others sleep on. It holds no truth: what it misses is found by a channel's own look, which
 * comes once a minute.
 */
export async function watchEvents(deps: WatchDeps): Promise<{ stop(): Promise<void> }> {
  const { db, log } = deps;
  const never = Number.NEGATIVE_INFINITY;
  const known: Known = { cursor: null, channels: [], listedAt: never, lookedAt: never };
  const run = async (): Promise<number> => {
    const rest = known.lookedAt + shortest - performance.now();
    if (rest > 0) await sleep(rest);
    known.lookedAt = performance.now();
    try {
      return await look(db, known);
    } catch (error) {
      log.warn({ err: error }, 'events could not be followed for channels; trying again');
      return afterFailure;
    }
  };
  const ticker = startTicker({ run, longest: slow, log, name: 'channels' });
  const deaf = await db.listen(eventsChannel, ticker.poke).catch(async (error: unknown) => {
    await ticker.stop();
    throw error;
  });
  return {
    stop: async () => {
      await deaf();
      await ticker.stop();
    },
  };
}

async function look(db: Database, known: Known): Promise<number> {
  const everything = { limit: pageSize, applications: [], environments: [], types: [] };
  const read = await readChannelEvents(db, { ...everything, after: known.cursor });
  const isDeclared = read.events.some(isDeclaration);
  if (isDeclared || performance.now() - known.listedAt > slow) {
    known.channels = await listChannels(db);
    known.listedAt = performance.now();
    for (const { name } of known.channels) await ensureChannel(db, name);
  }
  const all = isDeclared ? await listOpenChannels(db) : [];
  await wakeObjects(db, [...new Set([...all, ...concerned(known.channels, read.events)])]);
  // Only now: what was read and woke nobody, because that failed, is read again.
  known.cursor = read.cursor;
  if (read.more) return 0;
  return read.unsettled ? settling : slow;
}

/** `Commit 4b825dc642cb (…) added Channel payments.` */
const isDeclaration = ({ type, because }: ChannelEvent): boolean =>
  type.startsWith('document.') && because.includes('Channel ');

function concerned(channels: Channels, events: readonly ChannelEvent[]): readonly string[] {
  const told = events.map((event) => ({ event, told: classify(event) }));
  return channels
    .filter(({ spec }) => told.some((one) => mayConcern(spec, one.event, one.told)))
    .map(({ name }) => `channel/${name}`);
}
