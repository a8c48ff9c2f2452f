import { inject } from 'vitest';
import { openDatabase } from '../../src/platform/db/pool.ts';
import type { Database } from '../../src/platform/db/types.ts';
import { newId } from '../../src/platform/ids/new-id.ts';

export type FreshDatabase = {
  readonly db: Database;
  readonly url: string;
  drop(): Promise<void>;
};

/** A migrated database of its own on the run's PostgreSQL. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = inject('databaseUrl');
  const name = newId('test').replaceAll('-', '_');
  await once(server, `create database ${name} template template`);
  const url = server.replace(/\/postgres$/, `/${name}`);
  const db = openDatabase(url, { max: 10, name });
  return {
    db,
    url,
    drop: async () => {
      await db.close();
      await once(server, `drop database ${name} with (force)`);
    },
  };
}

async function once(url: string, statement: string): Promise<void> {
  const db = openDatabase(url, { max: 1 });
  try {
    await db.query(statement);
  } finally {
    await db.close();
  }
}
