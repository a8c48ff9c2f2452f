import { jsonb } from '../platform/db/jsonb.ts';
import type { Database, Sql } from '../platform/db/types.ts';
import { problem } from '../platform/errors/problem.ts';
import { changesChannel, effectsChannel, stopNews } from './channels.ts';
import type { Write, Written } from './engine-store.ts';
import { leaveRequests, objectId, openObjects, wakeObjects, writeEvents } from './store.ts';
import { keepDecisions } from './store-journal.ts';
import type { Change, EffectOutcome, ObjectId } from './types.ts';

type Decided = Extract<Write, { type: 'decided' }>;
type Unchanged = Extract<Write, { type: 'unchanged' }>;
type Failed = Extract<Write, { type: 'failed' }>;

const neverBegan: EffectOutcome['outcome'] = {
  ok: false,
  problem: problem('TG1705', { detail: 'It was stopped before it began.' }),
};

/**
 * Writes what many looks came to, in one transaction. First every row that will be touched is locked, in the order of the
 * ids; an object whose generation or lease is no longer the one that was claimed is stale, and nothing of it is written.
 */
export function writeAll(db: Database, writes: readonly Write[]): Promise<readonly Written[]> {
  return db.transaction(async (tx) => {
    const live = await lockLive(tx, writes);
    const decided = live.filter((write) => write.type === 'decided');
    const taken = await updateDecided(tx, decided);
    await updateUnchanged(
      tx,
      live.filter((write) => write.type === 'unchanged'),
    );
    await updateFailed(
      tx,
      live.filter((write) => write.type === 'failed'),
    );
    await writeConsequences(
      tx,
      decided.filter((write) => taken.has(write.object.id)),
    );
    const ids = new Set(live.map((write) => write.object.id));
    return writes.map(({ object: { id } }) => ({ id, result: ids.has(id) ? 'written' : 'stale' }));
  });
}

async function lockLive(tx: Sql, writes: readonly Write[]): Promise<readonly Write[]> {
  const ids = new Set<ObjectId>();
  for (const write of writes) {
    ids.add(write.object.id);
    if (write.type !== 'decided') continue;
    for (const id of write.decision.wake ?? []) ids.add(id);
    for (const request of write.decision.requests ?? []) ids.add(request.objectId);
  }
  const rows = await tx.query<{ id: ObjectId; generation: number; lease: string | null }>(
    `select id, generation, leased_by as lease from objects
      where id = any($1) order by id for no key update`,
    [[...ids]],
  );
  const held = new Map(rows.map((row) => [row.id, row]));
  return writes.filter(({ object }) => {
    const row = held.get(object.id);
    return row?.generation === object.generation && row.lease === object.lease;
  });
}

async function updateDecided(tx: Sql, writes: readonly Decided[]): Promise<ReadonlySet<ObjectId>> {
  if (writes.length === 0) return new Set();
  const rows = writes.map(({ object, decision, schema, wakeAt }) => ({
    id: object.id,
    generation: object.generation,
    schema,
    phase: decision.phase,
    terminal: decision.terminal,
    because: decision.because,
    state: decision.state,
    news: object.news,
    wake_at: wakeAt?.toISOString() ?? null,
  }));
  const updated = await tx.query<{ id: ObjectId }>(
    `update objects o
        set generation = o.generation + 1, schema = d.schema, phase = d.phase, terminal = d.terminal,
            because = d.because, state = d.state, failures = 0, problem = null,
            wake_at = case when o.news > d.news then now() else d.wake_at end,
            leased_by = null, leased_until = null, updated_at = now()
       from jsonb_to_recordset($1::jsonb) as d (
            id text, generation bigint, schema integer, phase text, terminal boolean, because text,
            state jsonb, news bigint, wake_at timestamptz)
      where o.id = d.id and o.generation = d.generation
     returning o.id, pg_notify($2, o.id)`,
    [jsonb(rows), changesChannel],
  );
  return new Set(updated.map((row) => row.id));
}

async function updateUnchanged(tx: Sql, writes: readonly Unchanged[]): Promise<void> {
  if (writes.length === 0) return;
  const rows = writes.map(({ object, wakeAt }) => ({
    id: object.id,
    generation: object.generation,
    news: object.news,
    wake_at: wakeAt?.toISOString() ?? null,
  }));
  await tx.query(
    `update objects o
        set wake_at = case when o.news > d.news then now() else d.wake_at end,
            leased_by = null, leased_until = null
       from jsonb_to_recordset($1::jsonb) as d (
            id text, generation bigint, news bigint, wake_at timestamptz)
      where o.id = d.id and o.generation = d.generation`,
    [jsonb(rows)],
  );
}

async function updateFailed(tx: Sql, writes: readonly Failed[]): Promise<void> {
  if (writes.length === 0) return;
  const rows = writes.map(({ object, problem, because, delay }) => ({
    id: object.id,
    generation: object.generation,
    news: object.news,
    problem,
    because,
    delay,
  }));
  await tx.query(
    `update objects o
        set failures = o.failures + 1, problem = d.problem, because = d.because,
            wake_at = case when o.news > d.news then now()
                           else now() + d.delay * interval '1 millisecond' end,
            leased_by = null, leased_until = null, updated_at = now()
       from jsonb_to_recordset($1::jsonb) as d (
            id text, generation bigint, news bigint, problem jsonb, because text, delay float8)
      where o.id = d.id and o.generation = d.generation`,
    [jsonb(rows)],
  );
}

async function writeConsequences(tx: Sql, writes: readonly Decided[]): Promise<void> {
  const events = gather(writes, ({ object, decision }) =>
    decision.events?.map((event) => ({ objectId: object.id, ...event })),
  );
  await writeEvents(tx, events);
  const ended = await stopEffects(tx, writes);
  await insertEffects(tx, writes);
  await takeOutcomes(
    tx,
    gather(writes, ({ decision }) => decision.taken?.effects),
  );
  await takeRequests(
    tx,
    gather(writes, ({ decision }) => decision.taken?.requests),
  );
  await openObjects(
    tx,
    gather(writes, ({ decision }) => decision.open),
  );
  await leaveRequests(
    tx,
    gather(writes, ({ decision }) => decision.requests),
  );
  await wakeObjects(tx, [...ended, ...gather(writes, ({ decision }) => decision.wake)]);
  await keepDecisions(
    tx,
    writes.flatMap(({ seenAs, ...write }) => (seenAs === null ? [] : [{ ...write, seenAs }])),
  );
  await writeRows(tx, writes);
}

async function writeRows(tx: Sql, writes: readonly Decided[]): Promise<void> {
  const together = new Map<Decided['writer'], Change<unknown, unknown>[]>();
  for (const { decision, seen: object, writer } of writes) {
    const rows = decision.writes ?? [];
    if (rows.length === 0) continue;
    await writer.apply?.(tx, object, rows);
    if (!writer.applyAll) continue;
    const change = { object, writes: rows };
    const others = together.get(writer);
    if (others) others.push(change);
    else together.set(writer, [change]);
  }
  for (const [writer, changes] of together) await writer.applyAll?.(tx, changes);
}

/** What all of them ask of one sort, which most of them do not. */
function gather<T>(
  writes: readonly Decided[],
  of: (write: Decided) => readonly T[] | undefined,
): readonly T[] {
  const all: T[] = [];
  for (const write of writes) {
    const some = of(write);
    if (some !== undefined && some.length > 0) all.push(...some);
  }
  return all;
}

async function insertEffects(tx: Sql, writes: readonly Decided[]): Promise<void> {
  const rows = gather(writes, ({ object, decision }) =>
    decision.effects?.map((effect, n) => ({
      key: `${objectId(object.kind, object.key)}/${object.generation + 1}/${n}`,
      object_id: object.id,
      kind: effect.kind,
      payload: effect.payload,
      tag: effect.tag,
    })),
  );
  if (rows.length === 0) return;
  await tx.query(
    `with inserted as (
       insert into effects (key, object_id, kind, payload, tag)
       select e.key, e.object_id, e.kind, coalesce(e.payload, 'null'), e.tag
         from jsonb_to_recordset($1::jsonb) as e (
              key text, object_id text, kind text, payload jsonb, tag text)
       returning id)
     select pg_notify($2, '') from inserted limit 1`,
    [jsonb(rows), effectsChannel],
  );
}

/** Answers with the objects of effects that ended here because they never began. */
async function stopEffects(tx: Sql, writes: readonly Decided[]): Promise<readonly ObjectId[]> {
  const rows = gather(writes, ({ object, decision }) =>
    decision.stop?.map((tag) => ({ object_id: object.id, tag })),
  );
  if (rows.length === 0) return [];
  const stopped = await tx.query<{ objectId: ObjectId; ended: boolean }>(
    `with held as (
       select e.id, e.attempts = 0 as unbegun
         from effects e
        where (e.object_id, e.tag) in (
              select s.object_id, s.tag
                from jsonb_to_recordset($1::jsonb) as s (object_id text, tag text))
          and e.done_at is null and e.stop_at is null
        order by e.id
          for no key update),
     stopped as (
       update effects e
          set stop_at = clock_timestamp(),
              done_at = case when h.unbegun then clock_timestamp() end,
              outcome = case when h.unbegun then $2::jsonb end,
              problem = case when h.unbegun then $2::jsonb -> 'problem' else e.problem end,
              wake_at = case when h.unbegun then null
                             when e.leased_until is null then now() else e.wake_at end
         from held h where e.id = h.id
       returning e.object_id, h.unbegun as ended)
     select object_id as "objectId", ended, pg_notify($3, $4) from stopped`,
    [jsonb(rows), JSON.stringify(neverBegan), effectsChannel, stopNews],
  );
  return [...new Set(stopped.flatMap(({ objectId: id, ended }) => (ended ? [id] : [])))];
}

/** In the order of the ids, as those lock them who extend leases: what has ended since they looked is locked, too. */
async function takeOutcomes(tx: Sql, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.query(
    `with outcomes as (
       select id from effects
        where id = any($1) and done_at is not null and taken_at is null
        order by id
          for no key update)
     update effects e set taken_at = now() from outcomes where e.id = outcomes.id`,
    [ids],
  );
}

async function takeRequests(tx: Sql, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.query('update requests set taken_at = now() where id = any($1) and taken_at is null', [
    ids,
  ]);
}
