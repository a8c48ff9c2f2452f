import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../../src/platform/db/embedded.ts';
import { migrate } from '../../src/platform/db/migrate.ts';
import { openDatabase } from '../../src/platform/db/pool.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL with a migrated database `template`, from which each test file makes its own. */
    databaseUrl: string;
  }
}

/** One real PostgreSQL for the whole run. Nothing here outlives a test, so it need not reach the disk. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'tidegate-test-'));
  const settings = {
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: '300',
  };
  const postgres = await startEmbedded({ directory, settings });
  const db = openDatabase(postgres.url, { max: 1 });
  await db.query('create database template');
  await db.close();
  await migrate(postgres.url.replace(/\/postgres$/, '/template'));
  project.provide('databaseUrl', postgres.url);
  return async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
}
