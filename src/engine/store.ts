import { jsonb } from '../platform/db/jsonb.ts';
import type { Sql } from '../platform/db/types.ts';
import { eventsChannel, objectsChannel } from './channels.ts';
import type { NewEvent, NewObject, NewRequest, ObjectId } from './types.ts';

/** `kind/key`. */
export function objectId(kind: string, key: string): ObjectId {
  return `${kind}/${key}`;
}

/** Opens a durable object; nothing happens when one of that kind and key exists. */
export async function openObject(sql: Sql, object: NewObject): Promise<void> {
  await openObjects(sql, [object]);
}

/** Opens many, in the order of their ids, so that two that open the same ones never wait for each other in a circle. */
export async function openObjects(sql: Sql, objects: readonly NewObject[]): Promise<void> {
  if (objects.length === 0) return;
  const rows = objects.map((object) => ({
    id: objectId(object.kind, object.key),
    kind: object.kind,
    key: object.key,
    schema: object.schema ?? 1,
    phase: object.phase,
    because: object.because ?? '',
    state: object.state,
    wake_at: object.wakeAt?.toISOString() ?? null,
  }));
  await sql.query(
    `with opened as (
       insert into objects (id, kind, key, schema, phase, because, state, wake_at)
       select o.id, o.kind, o.key, o.schema, o.phase, o.because, o.state, coalesce(o.wake_at, now())
         from jsonb_to_recordset($1::jsonb) as o (
              id text, kind text, key text, schema integer, phase text, because text, state jsonb,
              wake_at timestamptz)
        order by o.id
           on conflict do nothing
       returning id)
     select pg_notify($2, '') from opened limit 1`,
    [jsonb(rows), objectsChannel],
  );
}

/** Leaves a wish for an object and makes it due. Throws (foreign key) when there is no such object. */
export async function leaveRequest(sql: Sql, request: NewRequest): Promise<void> {
  await leaveRequests(sql, [request]);
}

/** Leaves many wishes. They are shown to their objects in the order given. */
export async function leaveRequests(sql: Sql, requests: readonly NewRequest[]): Promise<void> {
  if (requests.length === 0) return;
  const rows = requests.map((request, at) => ({
    at,
    object_id: request.objectId,
    action: request.action,
    actor: request.actor,
    because: request.because,
    payload: request.payload ?? {},
    request_id: request.requestId ?? null,
  }));
  await sql.query(
    `insert into requests (object_id, action, actor, because, payload, request_id)
     select r.object_id, r.action, r.actor, r.because, r.payload, r.request_id
       from jsonb_to_recordset($1::jsonb) as r (
            at integer, object_id text, action text, actor text, because text, payload jsonb, request_id text)
      order by r.at`,
    [jsonb(rows)],
  );
  await wakeObjects(sql, [...new Set(requests.map((request) => request.objectId))]);
}

/**
 * News for objects: each is due at once or, when a worker has it in hand, as soon as that worker has written. Ids of
 * no object are passed over. Rows are locked in the order of their ids, as the engine's own writes do.
 */
export async function wakeObjects(sql: Sql, ids: readonly ObjectId[]): Promise<void> {
  if (ids.length === 0) return;
  await sql.query(
    `with news as (
       select id from objects where id = any($1) order by id for no key update),
     woken as (
       update objects o
          set news = o.news + 1,
              wake_at = case when o.leased_until is null then now() else o.wake_at end
         from news where o.id = news.id
       returning o.id)
     select pg_notify($2, '') from woken limit 1`,
    [ids, objectsChannel],
  );
}

export async function writeEvent(sql: Sql, event: NewEvent): Promise<void> {
  await writeEvents(sql, [event]);
}

/** Appends audit events, in the order given. They are seen by readers when the transaction has ended. */
export async function writeEvents(sql: Sql, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event, at) => ({
    n: at,
    type: event.type,
    actor: event.actor,
    object_id: event.objectId ?? null,
    application: event.application ?? null,
    environment: event.environment ?? null,
    because: event.because,
    outcome: event.outcome,
    before: event.before ?? null,
    after: event.after ?? null,
    request_id: event.requestId ?? null,
  }));
  await sql.query(
    `with written as (
       insert into events (type, actor, object_id, application, environment, because, outcome,
                           before, after, request_id)
       select e.type, e.actor, e.object_id, e.application, e.environment, e.because, e.outcome,
              e.before, e.after, e.request_id
         from jsonb_to_recordset($1::jsonb) as e (
              n integer, type text, actor text, object_id text, application text, environment text,
              because text, outcome text, before jsonb, after jsonb, request_id text)
        order by e.n
       returning id)
     select pg_notify($2, '') from written limit 1`,
    [jsonb(rows), eventsChannel],
  );
}
