import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/support/postgres.ts';
import { saveStatuses, writeIntents } from './store.ts';
import { saveTraffic } from './store-traffic.ts';
import { specOf, statusOf } from './test/fixtures.ts';
import type { Growth, Status } from './types.ts';

const own: { database?: FreshDatabase } = {};
const db = () => (own.database as FreshDatabase).db;
beforeEach(async () => {
  own.database = await freshDatabase();
  await ask({ 'r-1': 100 });
});
afterEach(() => own.database?.drop());

const writer = { application: 'shop', environment: 'production', writtenBy: 'rollout/ro-1' };
const ask = (weights: Record<string, number>) =>
  db().transaction((tx) =>
    writeIntents(tx, writer, [{ target: 'eu-1', spec: specOf(weights), because: 'test' }]),
  );
const report = (generation: number, change: Partial<Status> & { readonly requests?: number }) =>
  db().transaction((tx) => saveStatuses(tx, 'agent-1', [statusOf('eu-1', generation, change)]));

const rollout = (id: string, startedAgo: string, endedAgo: string | null, application = 'shop') =>
  db().query(
    `insert into rollouts (id, application, environment, release, strategy, phase, terminal, because, started_at, updated_at, ended_at)
     values ($1, $4, 'production', 'r-2', 'canary', 'x', $3::text is not null, '', now() - $2::interval, now(), now() - $3::interval)`,
    [id, startedAgo, endedAgo, application],
  );

type Row = Omit<Growth, 'application' | 'environment'> & { readonly at: Date };
const rows = () =>
  db().query<Row>(
    `select target, release, at, requests, errors, latency, weight, ready, replicas from traffic order by at, release`,
  );
const requests = async () => (await rows()).reduce((sum, row) => sum + row.requests, 0);

test('what counters grew by is kept while a rollout is under way', async () => {
  await report(1, { requests: 40 });
  expect(await rows()).toEqual([]);
  await rollout('ro-1', '1 minute', null);
  await report(1, { requests: 45 });
  const [row] = await rows();
  expect(row).toMatchObject({ target: 'eu-1', release: 'r-1', requests: 5, latency: { 1: 5 } });
  expect(row).toMatchObject({ weight: 100, ready: 1, replicas: 1, errors: 0 });
  await report(1, { requests: 45, message: 'no growth' });
  expect(await requests()).toBe(5);
  await report(1, { requests: 47 });
  expect(await requests()).toBe(7);
  await report(1, { requests: 3 });
  expect(await requests()).toBe(10);
});

test('of a target that reports for the first time all is kept, and of another application nothing', async () => {
  await rollout('ro-1', '1 minute', null, 'other');
  await report(1, { requests: 40 });
  expect(await rows()).toEqual([]);
  await rollout('ro-2', '1 minute', null);
  await db().query('delete from statuses');
  await report(1, { requests: 40 });
  expect(await requests()).toBe(40);
});

test.each([
  ['4 minutes', 9],
  ['6 minutes', 0],
])('of a rollout that ended %s ago %i is kept', async (endedAgo, expected) => {
  await rollout('ro-0', '3 days', '2 days');
  await rollout('ro-1', '1 hour', endedAgo);
  await report(1, { requests: 9 });
  expect(await requests()).toBe(expected);
});

test('a late report and one of no intent count nothing', async () => {
  await rollout('ro-1', '1 minute', null);
  await ask({ 'r-1': 90, 'r-2': 10 });
  await report(2, { requests: 5 });
  await report(1, { requests: 500 });
  await report(3, { requests: 500 });
  expect(await requests()).toBe(5);
});

test.each([
  ['10 minutes', 2],
  ['3 hours', 20],
  ['2 days', 120],
])('in a rollout that is %s old a bucket has %i seconds', async (age, seconds) => {
  await rollout('ro-1', age, null);
  await report(1, { requests: 1 });
  const [row] = await rows();
  const at = (row?.at.getTime() ?? 0) / 1000;
  expect(at % seconds).toBe(0);
  const now = Date.now() / 1000;
  expect(at).toBeLessThanOrEqual(now + 1);
  expect(at).toBeGreaterThan(now - seconds - 30);
});

/** A bucket so wide that the test ends in the one in which it began. */
const seconds = 172_800;
const growth = (change: Partial<Growth>): Growth & { readonly seconds: number } => ({
  ...{ application: 'shop', environment: 'production', target: 'eu-1', release: 'r-1', seconds },
  ...{ requests: 0, errors: 0, latency: {}, weight: 100, ready: 1, replicas: 1 },
  ...change,
});

test('a bucket adds up what is counted, and holds the last of what is not', async () => {
  const first = { requests: 5, errors: 1, latency: { '0.1': 0, '0.5': 4, '+Inf': 1 } };
  await saveTraffic(db(), [growth(first), growth({ release: 'r-2', weight: 0 })]);
  const second = { requests: 3, errors: 2, latency: { '0.5': 1, '1': 2 } };
  await saveTraffic(db(), [growth({ ...second, weight: 90, ready: 2, replicas: 3 })]);
  await saveTraffic(db(), [growth({ weight: 80, ready: 2, replicas: 3 })]);
  expect(await rows()).toMatchObject([
    {
      ...{ release: 'r-1', requests: 8, errors: 3, weight: 80, ready: 2, replicas: 3 },
      latency: { '0.1': 0, '0.5': 5, '1': 2, '+Inf': 1 },
    },
    { release: 'r-2', requests: 0, errors: 0, weight: 0, latency: {} },
  ]);
});

test('a row does not grow for ever, whatever bounds an agent makes up', async () => {
  for (const round of [1, 2, 3]) {
    const bounds = Array.from({ length: 200 }, (_, n) => [`${round}.${n + 1}`, 1] as const);
    await saveTraffic(db(), [growth({ requests: 200, latency: Object.fromEntries(bounds) })]);
  }
  const [row] = await rows();
  expect(row?.requests).toBe(600);
  expect(Object.keys(row?.latency ?? {})).toHaveLength(400);
});

test('what is older than seven days goes with the next write', async () => {
  await db().query(
    `insert into traffic (application, environment, target, release, at, requests, errors, latency, weight, ready, replicas)
     select 'gone', 'production', 'eu-1', 'r-1', now() - make_interval(hours => h), 1, 0, '{}', 1, 1, 1
       from unnest(array[167, 169, 500]) as t(h)`,
  );
  await saveTraffic(db(), [growth({ requests: 1 })]);
  const left = await db().query<{ application: string; hours: number }>(
    `select application, round(extract(epoch from now() - at) / 3600)::int as hours from traffic where application = 'gone'`,
  );
  expect(left).toEqual([{ application: 'gone', hours: 167 }]);
  expect(await requests()).toBe(2);
});
