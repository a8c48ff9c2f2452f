import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/support/postgres.ts';
import { nextSignal, openSignals, type Signals } from './signals.ts';

const own: { database?: FreshDatabase; signals?: Signals } = {};
const signals = (): Signals => own.signals as Signals;
const notify = (payload: string) =>
  own.database?.db.query(`select pg_notify('news', $1)`, [payload]);
beforeEach(async () => {
  own.database = await freshDatabase();
  own.signals = await openSignals(own.database.db, 'news');
});
afterEach(async () => {
  await own.signals?.close();
  await own.database?.drop();
});

test('a waiter is woken by its own payload only', async () => {
  const mine = nextSignal(signals(), 'eu-1', 5_000, []);
  const other = nextSignal(signals(), 'us-1', 300, []);
  await notify('eu-1');
  expect([await mine.done, await other.done]).toEqual([true, false]);
});

test('when news may have been missed, everyone is woken', async () => {
  const waiting = ['eu-1', 'us-1'].map((name) => nextSignal(signals(), name, 20_000, []));
  await own.database?.db.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name like '% listen' and datname = current_database()`,
  );
  expect(await Promise.all(waiting.map((one) => one.done))).toEqual([true, true]);
});

test('an end that is or becomes aborted ends the wait at once', async () => {
  const end = new AbortController();
  const waiting = nextSignal(signals(), 'eu-1', 20_000, [end.signal]);
  end.abort();
  expect(await waiting.done).toBe(false);
  expect(await nextSignal(signals(), 'eu-1', 20_000, [end.signal]).done).toBe(false);
});

test('a wait that was given up hears nothing more', async () => {
  const waiting = nextSignal(signals(), 'eu-1', 20_000, []);
  waiting.cancel();
  expect(await waiting.done).toBe(false);
});
