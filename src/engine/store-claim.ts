import type { Database } from '../platform/db/types.ts';
import type { Claim, ClaimedObject, EngineStore, InboxRow, Lease } from './engine-store.ts';
import type { ActionRequest, EffectOutcome, ObjectId } from './types.ts';

/** Most effects and most requests that one look takes in. */
export const inboxLimit = 100;

/**
 * Takes due objects for one worker, in one statement. `wake_at` moves to the end of the lease, so an object whose worker
 * dies is due again by itself and no sweep is needed.
 */
export async function claim(
  db: Database,
  ask: Parameters<EngineStore['claim']>[0],
): Promise<Claim> {
  const rows = await db.query<ClaimedObject & { now: Date }>(
    `with due as (
       select id from objects
        where wake_at <= now() and kind = any($1)
        order by wake_at
        limit $3
          for no key update skip locked)
     update objects o
        set leased_by = $2,
            leased_until = now() + $4 * interval '1 millisecond',
            wake_at = now() + $4 * interval '1 millisecond'
       from due where o.id = due.id
     returning o.id, o.kind, o.key, o.generation, o.schema, o.phase, o.terminal, o.because, o.state, o.news,
               o.failures, o.leased_by as lease, clock_timestamp() as now`,
    [ask.kinds, ask.lease, ask.limit, ask.duration],
  );
  return { now: rows[0]?.now ?? new Date(0), objects: rows };
}

type OutcomeRow = EffectOutcome & { readonly objectId: ObjectId };
type RequestRow = ActionRequest & { readonly objectId: ObjectId };

/** Everything that waits to be seen by these objects, oldest first, at most `inboxLimit` of each sort per object. */
export async function readInbox(
  db: Database,
  ids: readonly ObjectId[],
): Promise<ReadonlyMap<ObjectId, InboxRow>> {
  const [effects, requests] = await Promise.all([readOutcomes(db, ids), readRequests(db, ids)]);
  if (effects.length === 0 && requests.length === 0) return new Map();
  const inbox = new Map<ObjectId, { effects: EffectOutcome[]; requests: ActionRequest[] }>();
  const of = (id: ObjectId) => {
    const found = inbox.get(id) ?? { effects: [], requests: [] };
    inbox.set(id, found);
    return found;
  };
  for (const { objectId, ...effect } of effects) of(objectId).effects.push(effect);
  for (const { objectId, ...request } of requests) of(objectId).requests.push(request);
  return new Map(
    [...inbox].map(([id, rows]) => [
      id,
      { ...rows, more: rows.effects.length === inboxLimit || rows.requests.length === inboxLimit },
    ]),
  );
}

function readOutcomes(db: Database, ids: readonly ObjectId[]): Promise<OutcomeRow[]> {
  return db.query<OutcomeRow>(
    `select e.object_id as "objectId", e.id, e.key, e.kind, e.payload, e.outcome
       from unnest($1::text[]) as o (id)
      cross join lateral (
            select * from effects
             where object_id = o.id and done_at is not null and taken_at is null
             order by id limit $2) e
      order by e.id`,
    [ids, inboxLimit],
  );
}

function readRequests(db: Database, ids: readonly ObjectId[]): Promise<RequestRow[]> {
  return db.query<RequestRow>(
    `select r.object_id as "objectId", r.id, r.action, r.actor, r.because, r.payload,
            r.request_id as "requestId", r.at
       from unnest($1::text[]) as o (id)
      cross join lateral (
            select * from requests
             where object_id = o.id and taken_at is null
             order by id limit $2) r
      order by r.id`,
    [ids, inboxLimit],
  );
}

/** Extends leases that are still held; answers with their ids. */
export async function extendLeases(
  db: Database,
  leases: readonly Lease[],
  duration: number,
): Promise<readonly ObjectId[]> {
  const rows = await db.query<{ id: ObjectId }>(
    `with held as (
       select o.id from objects o join unnest($1::text[], $2::text[]) as l (id, lease) on o.id = l.id
        where o.leased_by = l.lease
        order by o.id
          for no key update of o)
     update objects o
        set leased_until = now() + $3 * interval '1 millisecond',
            wake_at = now() + $3 * interval '1 millisecond'
       from held where o.id = held.id
     returning o.id`,
    [leases.map((each) => each.id), leases.map((each) => each.lease), duration],
  );
  return rows.map((row) => row.id);
}

/** Gives leases back unworked: the objects are due at once, for any worker. */
export async function releaseLeases(db: Database, leases: readonly Lease[]): Promise<void> {
  if (leases.length === 0) return;
  await db.query(
    `with held as (
       select o.id from objects o join unnest($1::text[], $2::text[]) as l (id, lease) on o.id = l.id
        where o.leased_by = l.lease
        order by o.id
          for no key update of o)
     update objects o
        set leased_by = null, leased_until = null, wake_at = now()
       from held where o.id = held.id`,
    [leases.map((each) => each.id), leases.map((each) => each.lease)],
  );
}

/** Milliseconds until the next object of these kinds is due, leases' ends included. */
export async function nextDue(db: Database, kinds: readonly string[]): Promise<number | null> {
  const rows = await db.query<{ wait: number }>(
    `select (extract(epoch from wake_at - clock_timestamp()) * 1000)::float8 as wait
       from objects
      where wake_at is not null and kind = any($1)
      order by wake_at limit 1`,
    [kinds],
  );
  return rows[0]?.wait ?? null;
}
