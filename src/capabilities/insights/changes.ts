import type { Change } from '../../contract/api/changes.ts';
import { changesChannel } from '../../engine/channels.ts';
import type { Database } from '../../platform/db/types.ts';
import { readSubjects } from './reads-changes.ts';

/** Null: anything may have changed. */
type Listener = (changes: readonly Change[] | null) => void;

export type Changes = {
  /** Returns the way out. */
  listen(listener: Listener): () => void;
  close(): Promise<void>;
};

/** Milliseconds in which changes are gathered before they are told, which is one look at the database for all. */
const gathering = 20;
/** More objects than these at once are not named. */
const mostNamed = 500;

/**
 * Hears once per process what changed, finds out whose it is, and tells whoever listens. It carries no truth: who hears
 * it asks again. While nobody listens nothing is looked up.
 */
export async function openChanges(db: Database): Promise<Changes> {
  const listeners = new Set<Listener>();
  const waiting = { ids: new Set<string>(), all: false, timer: null as NodeJS.Timeout | null };
  const flush = async (): Promise<void> => {
    waiting.timer = null;
    const ids = [...waiting.ids];
    const all = waiting.all || ids.length > mostNamed;
    waiting.ids.clear();
    waiting.all = false;
    const changes = all ? null : await named(db, ids).catch(() => null);
    for (const listener of [...listeners]) listener(changes);
  };
  const stop = await db.listen(changesChannel, (id) => {
    if (listeners.size === 0) return;
    if (id === '') waiting.all = true;
    else waiting.ids.add(id);
    waiting.timer ??= setTimeout(() => void flush(), gathering);
  });
  return {
    listen(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    async close() {
      if (waiting.timer) clearTimeout(waiting.timer);
      await stop();
    },
  };
}

async function named(db: Database, ids: readonly string[]): Promise<readonly Change[]> {
  const found = await readSubjects(db, ids);
  const subjects = new Map(found.map((one) => [one.object, one]));
  return ids.map((object) => subjects.get(object) ?? ofName(object));
}

/** A delivery is named after what it delivers where. */
function ofName(object: string): Change {
  const [, application = null, environment = null] = /^delivery\/(.+)@(.+)$/.exec(object) ?? [];
  return { object, application, environment };
}
