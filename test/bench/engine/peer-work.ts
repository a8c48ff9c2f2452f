import { until } from '../../../src/engine/until.ts';
import type { Database } from '../../../src/platform/db/types.ts';

export type PeerWork = 'noop' | 'reconcile';

/** As many as the engine's own benchmark has objects. */
export const keys = 2_000;

/** Jobs per key that are queued before a no-op run. */
export const backlog = 20;

/** Seconds. */
const warmUp = 2;
const measured = 8;

export type Done = { count: number; stop: boolean };

/** The table that a service on a job queue would keep its objects in. */
export async function createObjects(db: Database): Promise<void> {
  await db.query(
    `create table peer_objects (
       id text primary key, generation bigint not null default 0, because text not null default '',
       state jsonb not null, updated_at timestamptz not null default now())`,
  );
  await db.query(
    `insert into peer_objects (id, state)
     select 'key-' || n, '{"n":0,"waves":["eu-1","eu-2","us-1","us-2"],"started":"2026-01-01T00:00:00Z"}'
       from generate_series(0, $1::int - 1) n`,
    [keys],
  );
  await db.query('vacuum analyze');
}

/** Jobs per second, by the handler's own count. A no-op run ends when its backlog does. */
export async function rateOf(done: Done, work: PeerWork): Promise<number> {
  const all = work === 'noop' ? keys * backlog : Number.POSITIVE_INFINITY;
  if (work === 'reconcile') await until(() => false, warmUp * 1_000);
  const before = done.count;
  const start = performance.now();
  await until(() => done.count >= all, measured * 1_000);
  return (done.count - before) / ((performance.now() - start) / 1_000);
}
