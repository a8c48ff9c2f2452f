import type { Sql } from '../platform/db/types.ts';
import { fail, type Problem } from '../platform/errors/problem.ts';
import type { Json } from '../platform/ids/types.ts';
import type { ObjectId } from './types.ts';

/** A durable object as screens and neighbours see it. */
export type ObjectView<S> = {
  readonly id: ObjectId;
  readonly kind: string;
  readonly key: string;
  readonly generation: number;
  readonly schema: number;
  readonly phase: string;
  readonly terminal: boolean;
  readonly because: string;
  readonly state: S;
  /** When it is looked at again; null when only news wakes it. */
  readonly wakeAt: Date | null;
  readonly failures: number;
  readonly problem: Problem | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** Reads one object; null when there is none. The caller knows what `S` its kind keeps. */
export async function readObject<S>(sql: Sql, id: ObjectId): Promise<ObjectView<S> | null> {
  const rows = await sql.query<ObjectView<S>>(
    `select id, kind, key, generation, schema, phase, terminal, because, state, wake_at as "wakeAt",
            failures, problem, created_at as "createdAt", updated_at as "updatedAt"
       from objects where id = $1`,
    [id],
  );
  return rows[0] ?? null;
}

export type EventView = {
  /** Read on from here; opaque. */
  readonly cursor: string;
  readonly id: number;
  readonly at: Date;
  readonly type: string;
  readonly actor: string;
  readonly objectId: ObjectId | null;
  readonly application: string | null;
  readonly environment: string | null;
  readonly because: string;
  readonly outcome: 'done' | 'refused' | 'failed';
  readonly before: Json;
  readonly after: Json;
  readonly requestId: string | null;
};

export type EventFilter = {
  readonly application?: string | undefined;
  readonly environment?: string | undefined;
  readonly objectId?: ObjectId | undefined;
  /** A type, or with `*` at its end all that begin so. */
  readonly type?: string | undefined;
  /** The same for who did it. */
  readonly actor?: string | undefined;
  /** From this time on. */
  readonly since?: Date | undefined;
  /** Before this time. */
  readonly until?: Date | undefined;
  /** Each of these is in its reason, type, object or actor, in capitals or not. */
  readonly words?: readonly string[] | undefined;
};

export type EventPage = { readonly events: readonly EventView[]; readonly cursor: string };

type EventRow = Omit<EventView, 'cursor' | 'id'> & {
  readonly id: number | null;
  readonly tx: string;
  readonly horizon: string;
};

const columns = `e.id, e.tx::text as tx, e.at, e.type, e.actor, e.object_id as "objectId", e.application,
                 e.environment, e.because, e.outcome, e.before, e.after, e.request_id as "requestId"`;
const matching = `($1::text is null or application = $1) and ($2::text is null or environment = $2)
                  and ($3::text is null or object_id = $3) and ($4::text is null or type like $4)
                  and ($5::text is null or actor like $5)
                  and ($6::timestamptz is null or at >= $6) and ($7::timestamptz is null or at < $7)
                  and ($8::text[] is null
                       or concat_ws(' ', because, type, object_id, actor) ilike all ($8))`;

/**
 * Events oldest first, after a cursor (from the beginning without one). An event's id is drawn before its transaction
 * commits, so a reader that went by ids would pass over one that commits late. Events are therefore read in the order of
 * their transactions, and only those of transactions below the oldest of this database that still runs: nothing can appear
 * below the answer's `cursor` any more. A reader that was notified and finds nothing looks again a little later: something older may
 * still have been running. Throws TG1603 for a cursor that is none of ours.
 */
export async function readEvents(
  sql: Sql,
  ask: EventFilter & { readonly after?: string | undefined; readonly limit: number },
): Promise<EventPage> {
  const after = parseCursor(ask.after);
  const rows = await sql.query<EventRow>(
    `select ${columns}, s.horizon::text as horizon
       from (select events_horizon() as horizon) s
       left join lateral (
            select * from events
             where tx < s.horizon and (tx, id) > ($9::xid8, $10::bigint) and ${matching}
             order by tx, id limit $11) e on true
      order by e.tx, e.id`,
    [...filterValues(ask), after.tx, after.id, ask.limit],
  );
  const events = rows.flatMap(toView);
  const last = events.at(-1);
  // A page that is not full has seen everything below the horizon, so the next one need not look there again.
  const full = last !== undefined && events.length >= ask.limit;
  return {
    events,
    cursor: full ? last.cursor : laterOf(formatCursor(rows[0]?.horizon ?? '0', 0), ask.after),
  };
}

/** Events newest first, before a cursor (from the newest without one), for screens that page into the past. */
export async function readEventsBackward(
  sql: Sql,
  ask: EventFilter & { readonly before?: string | undefined; readonly limit: number },
): Promise<EventPage> {
  const before = ask.before === undefined ? null : parseCursor(ask.before);
  const rows = await sql.query<EventRow>(
    `select ${columns}, '0' as horizon
       from events e
      where e.tx < (select events_horizon())
        and ($9::xid8 is null or (e.tx, e.id) < ($9::xid8, $10::bigint)) and ${matching}
      order by e.tx desc, e.id desc limit $11`,
    [...filterValues(ask), before?.tx ?? null, before?.id ?? null, ask.limit],
  );
  const events = rows.flatMap(toView);
  return { events, cursor: events.at(-1)?.cursor ?? ask.before ?? formatCursor('0', 0) };
}

/** The cursor after everything that can be read now: where a stream of what is new begins. */
export async function readNewestCursor(sql: Sql): Promise<string> {
  const rows = await sql.query<{ horizon: string }>('select events_horizon()::text as horizon');
  return formatCursor(rows[0]?.horizon ?? '0', 0);
}

function filterValues(filter: EventFilter): readonly unknown[] {
  const { application, environment, objectId, type, actor, since, until, words = [] } = filter;
  const exact = [application ?? null, environment ?? null, objectId ?? null];
  const patterns = [patternOf(type), patternOf(actor)];
  const inside = words.length === 0 ? null : words.map((word) => `%${literal(word)}%`);
  return [...exact, ...patterns, since ?? null, until ?? null, inside];
}

/** What LIKE matches as it is written. */
const literal = (text: string): string => text.replaceAll(/[\\%_]/g, '\\$&');

function patternOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  return text.endsWith('*') ? `${literal(text.slice(0, -1))}%` : literal(text);
}

function toView({ tx, horizon: _, id, ...rest }: EventRow): EventView[] {
  return id === null ? [] : [{ ...rest, id, cursor: formatCursor(tx, id) }];
}

/** A database that was restored from a backup counts transactions anew below; a cursor never goes back by itself. */
function laterOf(horizon: string, after: string | undefined): string {
  if (after === undefined) return horizon;
  const [one, other] = [parseCursor(horizon), parseCursor(after)];
  return BigInt(one.tx) >= BigInt(other.tx) ? horizon : after;
}

function formatCursor(tx: string, id: number): string {
  return Buffer.from(`${tx}.${id}`).toString('base64url');
}

function parseCursor(cursor: string | undefined): { readonly tx: string; readonly id: string } {
  if (cursor === undefined) return { tx: '0', id: '0' };
  const [, tx, id] =
    /^(\d{1,19})\.(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (tx === undefined || id === undefined) {
    fail('TG1603', {
      detail: 'the event cursor is not one that was given out',
      hint: 'Send the cursor of an earlier answer, or none to begin at the beginning.',
    });
  }
  return { tx, id };
}
