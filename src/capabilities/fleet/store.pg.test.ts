import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/support/postgres.ts';
import { openObject } from '../../engine/store.ts';
import type { Database } from '../../platform/db/types.ts';
import { followIntents, listTargets, readTargetViews } from './reads.ts';
import { type NewIntent, saveStatuses, touchAgent, writeIntents } from './store.ts';
import { specOf, statusOf } from './test/fixtures.ts';

const own: { database?: FreshDatabase } = {};
const db = (): Database => (own.database as FreshDatabase).db;
beforeEach(async () => {
  own.database = await freshDatabase();
});
afterEach(() => own.database?.drop());

const writer = { application: 'shop', environment: 'production', writtenBy: 'rollout/ro-1' };
const intent = (target: string, weights: Record<string, number>): NewIntent => ({
  target,
  spec: specOf(weights),
  because: 'test',
});
const write = (rows: readonly NewIntent[], by = writer) =>
  db().transaction((tx) => writeIntents(tx, by, rows));
const generations = async () => {
  const rows = await db().query<{ target: string; generation: number }>(
    'select target, generation from intents',
  );
  return Object.fromEntries(rows.map(({ target, generation }) => [target, generation]));
};

test('a generation grows only when the intent really changed', async () => {
  const one = [intent('us-1', { 'r-1': 100 }), intent('eu-1', { 'r-1': 100 })];
  await write(one);
  expect(await generations()).toEqual({ 'eu-1': 1, 'us-1': 1 });
  await write(one);
  expect(await generations()).toEqual({ 'eu-1': 1, 'us-1': 1 });
  const two = [intent('us-1', { 'r-1': 100 }), intent('eu-1', { 'r-1': 90, 'r-2': 10 })];
  await write(two);
  await write([]);
  expect(await generations()).toEqual({ 'eu-1': 2, 'us-1': 1 });
  const revisions = await db().query(`select target, revision from target_revisions order by 1`);
  expect(revisions).toEqual([
    { target: 'eu-1', revision: 2 },
    { target: 'us-1', revision: 1 },
  ]);
});

test('a transaction that fails leaves neither intent nor revision', async () => {
  const failing = db().transaction(async (tx) => {
    await writeIntents(tx, writer, [intent('eu-1', { 'r-1': 100 })]);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await followIntents(db(), 'eu-1', 0)).toEqual({ revision: 0, target: null, intents: [] });
});

test('many writers of the same targets do not deadlock, and each change has a revision of its own', async () => {
  const targets = ['a', 'b', 'c', 'd'];
  const writes = Array.from({ length: 24 }, (_, n) => {
    const order = n % 2 === 0 ? targets : [...targets].reverse();
    const by = { ...writer, application: `app-${n % 6}` };
    return write(
      order.map((target) => intent(target, { [`r-${n}`]: 100 })),
      by,
    );
  });
  await Promise.all(writes);
  for (const target of targets) {
    const followed = await followIntents(db(), target, 0);
    expect(followed.revision).toBe(24);
    expect(followed.intents).toHaveLength(6);
    expect(new Set(followed.intents.map((one) => one.revision)).size).toBe(6);
    expect(followed.intents.at(-1)?.revision).toBe(24);
  }
});

test('following goes on from a revision, in pages, and starts again when the revision is from the future', async () => {
  for (const application of ['a', 'b', 'c']) {
    await write([intent('eu-1', { 'r-1': 100 })], { ...writer, application });
  }
  const page = await followIntents(db(), 'eu-1', 0, 2);
  expect(page.intents.map((one) => one.application)).toEqual(['a', 'b']);
  expect(page.revision).toBe(2);
  const rest = await followIntents(db(), 'eu-1', page.revision, 2);
  expect(rest.intents.map((one) => one.application)).toEqual(['c']);
  expect(await followIntents(db(), 'eu-1', rest.revision)).toMatchObject({
    intents: [],
    revision: 3,
  });
  expect((await followIntents(db(), 'eu-1', 99)).intents).toHaveLength(3);
});

const newsOf = async (): Promise<Record<string, number>> => {
  const rows = await db().query<{ id: string; news: number }>(`select id, news from objects`);
  return Object.fromEntries(rows.map((row) => [row.id, row.news]));
};

async function openWaiters(): Promise<void> {
  const object = { phase: 'progressing', state: {} };
  await openObject(db(), { kind: 'rollout', key: 'ro-1', ...object });
  await openObject(db(), { kind: 'rollout', key: 'ro-0', ...object });
  await openObject(db(), { kind: 'delivery', key: 'shop@production', ...object });
  const insert = `insert into rollouts (id, application, environment, release, strategy, phase, terminal, because, started_at, updated_at)
     values ($1, 'shop', 'production', 'r-1', 'canary', $2, $3, '', now(), now())`;
  await db().query(insert, ['ro-0', 'succeeded', true]);
  await db().query(insert, ['ro-1', 'progressing', false]);
}

test('a status wakes the active rollout and nobody else, and not when only counters changed', async () => {
  await openWaiters();
  await write([intent('eu-1', { 'r-1': 100 })]);
  const save = (status: ReturnType<typeof statusOf>) =>
    db().transaction((tx) => saveStatuses(tx, 'agent-1', [status]));
  await save(statusOf('eu-1', 1));
  const woken = {
    'rollout/ro-1': 1,
    'rollout/ro-0': 0,
    'delivery/shop@production': 0,
  };
  expect(await newsOf()).toEqual(woken);
  await save(statusOf('eu-1', 1, { requests: 500, at: '2026-01-01T00:00:05.000Z' }));
  expect(await newsOf()).toEqual(woken);
  const [view] = await readTargetViews(db(), 'shop', 'production', ['eu-1']);
  expect(view?.status?.versions[0]?.counters.requests).toBe(500);
  await save(statusOf('eu-1', 1, { message: 'replica 1 exited with code 1' }));
  expect((await newsOf())['rollout/ro-1']).toBe(2);
});

test('without a rollout, a status wakes the delivery of a target that still has the version from before', async () => {
  await openWaiters();
  await db().query(`update rollouts set terminal = true`);
  await write([intent('eu-1', { 'r-1': 100 })]);
  const save = (generation: number) =>
    db().transaction((tx) => saveStatuses(tx, 'agent-1', [statusOf('eu-1', generation)]));
  await save(1);
  expect(await newsOf()).toMatchObject({ 'rollout/ro-1': 0, 'delivery/shop@production': 0 });
  await write([intent('eu-1', { 'r-2': 0, 'r-1': 100 })]);
  await save(2);
  expect(await newsOf()).toMatchObject({ 'rollout/ro-1': 0, 'delivery/shop@production': 1 });
});

test('a late report of an older generation is dropped', async () => {
  const save = (generation: number, message: string) =>
    db().transaction((tx) => saveStatuses(tx, 'a', [statusOf('eu-1', generation, { message })]));
  for (const weight of [10, 20]) {
    await write([intent('eu-1', { 'r-1': 100 - weight, 'r-2': weight })]);
  }
  await save(2, 'new');
  await save(1, 'late');
  await save(3, 'of an intent that was never written');
  const [view] = await readTargetViews(db(), 'shop', 'production', ['eu-1']);
  expect(view?.status).toMatchObject({ generation: 2, message: 'new' });
});

test('a target is connected for 15 s after its agent reported', async () => {
  await db().query(
    `insert into agents (name, token_hash, targets) values ('a', 'h', '{eu-1,us-1}')`,
  );
  await write([intent('eu-1', { 'r-1': 100 })]);
  const connected = async () =>
    (await readTargetViews(db(), 'shop', 'production', ['us-1', 'eu-1', 'ap-1'])).map(
      (one) => one.connected,
    );
  expect(await connected()).toEqual([false, false, false]);
  expect(await db().transaction((tx) => touchAgent(tx, 'a', '1.0.0'))).toBe(true);
  expect(await connected()).toEqual([true, true, false]);
  const [view, , never] = await readTargetViews(db(), 'shop', 'production', [
    'us-1',
    'eu-1',
    'ap-1',
  ]);
  const [heard] = await db().query<{ at: Date }>('select last_seen_at at from agents');
  expect(view?.silentAt?.getTime()).toBe((heard?.at.getTime() ?? 0) + 15_000);
  expect(never?.silentAt).toBeNull();
  expect(await db().transaction((tx) => touchAgent(tx, 'a', '1.0.0'))).toBe(false);
  await db().query(`update agents set last_seen_at = now() - interval '16 seconds'`);
  expect(await connected()).toEqual([false, false, false]);
  expect(await db().transaction((tx) => touchAgent(tx, 'a', '1.0.0'))).toBe(true);
  expect(await listTargets(db(), { limit: 10 })).toMatchObject([
    { name: 'eu-1', agent: 'a', agentVersion: '1.0.0', connected: true, revision: 1 },
  ]);
});

test('a target is not taken from the environment that it serves, until that one let go', async () => {
  await write([intent('eu-1', { 'r-1': 100 })]);
  const other = { application: 'shop', environment: 'staging', writtenBy: 'delivery/shop@staging' };
  const take = () =>
    db().transaction((tx) => writeIntents(tx, other, [intent('eu-1', { 'r-2': 100 })]));
  await expect(take()).rejects.toThrow('Target eu-1 serves shop for production');
  const [view] = await readTargetViews(db(), 'shop', 'production', ['eu-1']);
  expect(view?.intent?.spec.versions.map((one) => one.release)).toEqual(['r-1']);
  await write([intent('eu-1', {})]);
  await take();
  expect(await generations()).toMatchObject({ 'eu-1': 3 });
});
