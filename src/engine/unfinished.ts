import type { Sql } from '../platform/db/types.ts';

/** Of these idempotency keys, those whose effects are not over. */
export async function readUnfinished(
  sql: Sql,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const rows = await sql.query<{ key: string }>(
    'select key from effects where key = any($1) and done_at is null',
    [keys],
  );
  return new Set(rows.map((row) => row.key));
}

/**
 * A name of this database that no other has: what is marked with it elsewhere belongs to whoever works here, on
 * whichever machine and by whichever address.
 */
export async function readInstallation(sql: Sql): Promise<string> {
  const [row] = await sql.query<{ name: string }>(
    `select c.system_identifier::text || '-' || d.oid::text as name
       from pg_control_system() c, pg_database d where d.datname = current_database()`,
  );
  return row?.name ?? '';
}
