import { wordsOf } from '../../contract/api/events.ts';
import {
  type EventFilter,
  type EventPage,
  readEvents,
  readEventsBackward,
} from '../../engine/reads.ts';
import type { Database, Sql } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { limitSearch } from './reads.ts';

/** What a request asks for, as its query says it. */
export type FilterQuery = {
  readonly application?: string | undefined;
  readonly environment?: string | undefined;
  readonly object?: string | undefined;
  readonly type?: string | undefined;
  readonly actor?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly q?: string | undefined;
};

export const filterOf = (query: FilterQuery): EventFilter => ({
  application: query.application,
  environment: query.environment,
  objectId: query.object,
  type: query.type,
  actor: query.actor,
  since: query.since === undefined ? undefined : new Date(query.since),
  until: query.until === undefined ? undefined : new Date(query.until),
  words: wordsOf(query.q ?? ''),
});

/** Milliseconds after which a search is given up. */
export const searchPatience = 5_000;

export type Search = {
  /** Oldest first, after a cursor. TG1609 when it takes too long. */
  forward(ask: Parameters<typeof readEvents>[1]): Promise<EventPage>;
  /** Newest first, before a cursor. TG1609 when it takes too long. */
  backward(ask: Parameters<typeof readEventsBackward>[1]): Promise<EventPage>;
};

/** Reads the log within a time: what matches little may be looked for in all of it. */
export function searchIn(db: Database, patience = searchPatience): Search {
  return {
    forward: (ask) => within(db, patience, (tx) => readEvents(tx, ask)),
    backward: (ask) => within(db, patience, (tx) => readEventsBackward(tx, ask)),
  };
}

/** SQLSTATE of a statement that was given up. */
const givenUp = '57014';

async function within<T>(
  db: Database,
  patience: number,
  read: (tx: Sql) => Promise<T>,
): Promise<T> {
  try {
    return await db.transaction(async (tx) => {
      await limitSearch(tx, patience);
      return await read(tx);
    });
  } catch (error) {
    if ((error as { readonly code?: string }).code !== givenUp) throw error;
    const detail = `The log was searched for ${patience / 1_000} s without an end.`;
    return fail('TG1609', { detail }, error);
  }
}
