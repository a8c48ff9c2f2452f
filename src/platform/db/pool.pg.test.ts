import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/support/postgres.ts';
import { migrate } from './migrate.ts';

const own: { database?: FreshDatabase } = {};
const fresh = () => own.database as FreshDatabase;
beforeAll(async () => {
  own.database = await freshDatabase();
});
afterAll(() => fresh().drop());

test('bigints arrive as numbers, timestamps as dates, jsonb parsed', async () => {
  const [row] = await fresh().db.query<object>(
    `select 5::int8 n, array[1, 2]::int8[] ns, '2026-01-02T03:04:05Z'::timestamptz t, '{"a":[1]}'::jsonb j`,
  );
  expect(row).toEqual({
    n: 5,
    ns: [1, 2],
    t: new Date('2026-01-02T03:04:05Z'),
    j: { a: [1] },
  });
});

test('a transaction that throws leaves nothing', async () => {
  const { db } = fresh();
  await db.query('create table things (name text)');
  const failing = db.transaction(async (tx) => {
    await tx.query(`insert into things values ('a')`);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  await db.transaction((tx) => tx.query(`insert into things values ('b')`));
  expect(await db.query('select name from things')).toEqual([{ name: 'b' }]);
});

test('a connection that breaks in a transaction fails it, and nothing else', async () => {
  const { db } = fresh();
  await db.query('create table broken (name text)');
  const cut = db.transaction(async (tx) => {
    const [own] = await tx.query<{ pid: number }>('select pg_backend_pid() pid');
    await tx.query(`insert into broken values ('a')`);
    await db.query('select pg_terminate_backend($1)', [own?.pid]);
    // Long enough for the end to be heard while no statement runs.
    await sleep(200);
    await tx.query(`insert into broken values ('b')`);
  });
  await expect(cut).rejects.toThrow();
  await db.transaction((tx) => tx.query(`insert into broken values ('c')`));
  expect(await db.query('select name from broken')).toEqual([{ name: 'c' }]);
});

test('a listener hears news, and is told when it may have missed some', async () => {
  const { db } = fresh();
  const heard: string[] = [];
  const stop = await db.listen('news', (payload) => heard.push(payload));
  await db.query(`select pg_notify('news', 'one')`);
  await vi.waitFor(() => expect(heard).toEqual(['one']));
  await db.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name like '% listen' and datname = current_database()`,
  );
  await vi.waitFor(() => expect(heard).toEqual(['one', '']), { timeout: 5_000 });
  await db.query(`select pg_notify('news', 'two')`);
  await vi.waitFor(() => expect(heard).toEqual(['one', '', 'two']));
  await stop();
});

test('migrating again changes nothing; a newer schema is refused', async () => {
  const { db, url } = fresh();
  expect(await migrate(url)).toBe(0);
  await db.query(`insert into migrations (name) values ('9999_from_the_future.sql')`);
  await expect(migrate(url)).rejects.toThrow('TG1702');
});
