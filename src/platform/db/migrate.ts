import { readdir, readFile } from 'node:fs/promises';
import { fail } from '../errors/problem.ts';
import { openDatabase } from './pool.ts';
import type { Sql } from './types.ts';

const folder = new URL('../../../migrations/', import.meta.url);
/** Any constant will do; it must only be the same in every process that migrates. */
const lockKey = 7_468_332;

/**
 * Brings the schema up to date and gives the number of files that were applied. Safe to run from any number of
 * processes at once: one migrates, the others wait. All of it is one transaction.
 */
export async function migrate(url: string): Promise<number> {
  const db = openDatabase(url, { max: 1, name: 'tidegate migrate' });
  try {
    return await db.transaction(async (tx) => {
      await tx.query(`select pg_advisory_xact_lock($1)`, [lockKey]);
      return await applyMissing(tx);
    });
  } finally {
    await db.close();
  }
}

async function applyMissing(tx: Sql): Promise<number> {
  await tx.query(
    `create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())`,
  );
  const applied = await tx.query<{ name: string }>(`select name from migrations`);
  const done = new Set(applied.map((row) => row.name));
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const unknown = [...done].filter((name) => !files.includes(name));
  if (unknown.length > 0) {
    fail('TG1702', {
      detail: `The database has been migrated by a newer version (${unknown.join(', ')}).`,
    });
  }
  const missing = files.filter((name) => !done.has(name));
  for (const name of missing) {
    await tx.query(await readFile(new URL(name, folder), 'utf8'));
    await tx.query(`insert into migrations (name) values ($1)`, [name]);
  }
  return missing.length;
}
