import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/support/postgres.ts';
import type { TargetDetail, TargetSummary } from '../../contract/api/fleet.ts';
import { createHttpServer } from '../../platform/http/server.ts';
import type { HttpApp } from '../../platform/http/types.ts';
import { createLog } from '../../platform/log/log.ts';
import { targetRoutes } from './routes-targets.ts';
import { saveStatuses, touchAgent, writeIntents } from './store.ts';
import { specOf, statusOf } from './test/fixtures.ts';

const world = {} as { fresh: FreshDatabase; app: HttpApp; url: string };
beforeEach(async () => {
  world.fresh = await freshDatabase();
  const { db } = world.fresh;
  world.app = await createHttpServer({
    log: createLog({ name: 'test', level: 'silent' }),
    version: '1',
    routes: [targetRoutes({ db, maxStreams: 2, tuning: { look: 50, heartbeat: 150 } })],
    hosts: [],
    authenticate: async () => ({ name: 'ada', role: 'viewer' }) as never,
  });
  world.url = await world.app.listen({ host: '127.0.0.1', port: 0 });
  await sql(
    `insert into documents (repository, path, kind, name, blob, newest_blob, commit, spec)
     select 'config', 'all.yaml', 'Target', name, 'b', 'b', 'c',
            '{"spec":{"driver":"process","labels":{"region":"eu"}}}' from unnest(array['eu-1', 'us-1']) as t(name)`,
  );
  await sql(`insert into agents (name, token_hash, targets) values ('agent-1', 'h', '{eu-1}')`);
});
afterEach(async () => {
  await world.app.close();
  await world.fresh.drop();
});

const sql = (text: string, values: readonly unknown[] = []) => world.fresh.db.query(text, values);
const ask = (application: string, weights: Record<string, number>) =>
  world.fresh.db.transaction((tx) =>
    writeIntents(tx, { application, environment: 'production', writtenBy: 'rollout/ro-1' }, [
      { target: 'eu-1', spec: specOf(weights), because: 'Step 1.' },
    ]),
  );
const report = (application: string, generation: number, change = {}) =>
  world.fresh.db.transaction(async (tx) => {
    await touchAgent(tx, 'agent-1', '1.0.0');
    await saveStatuses(tx, 'agent-1', [statusOf('eu-1', generation, { application, ...change })]);
  });
const get = (path: string) => getFrom(`targets/${path}`);
const getFrom = async (path: string) => {
  const response = await fetch(`${world.url}/api/v1/${path}`);
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as TargetDetail };
};

test('a target in detail: asked, served, how they differ, and nothing of the configuration', async () => {
  await ask('shop', { 'r-1': 100 });
  await report('shop', 1);
  await ask('shop', { 'r-1': 90, 'r-2': 10 });
  await ask('blog', { 'r-7': 100 });
  const { status, text, body } = await get('eu-1');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    ...{ name: 'eu-1', driver: 'process', labels: { region: 'eu' }, connected: true },
    ...{ agent: 'agent-1', agentVersion: '1.0.0', revision: 3, cursor: null },
  });
  const [blog, shop] = body.applications;
  expect(blog).toMatchObject({
    ...{ application: 'blog', served: null },
    drift: [{ path: 'status', asked: 'generation 1', served: 'no report' }],
  });
  expect(shop?.asked).toEqual({
    ...{ generation: 2, because: 'Step 1.', updatedAt: expect.stringMatching(/Z$/) },
    versions: [
      { release: 'r-1', commit: null, replicas: 1, weight: 90 },
      { release: 'r-2', commit: null, replicas: 1, weight: 10 },
    ],
    ...{ routes: [], sticky: null, preview: null },
  });
  expect(shop?.served).toEqual({
    ...{ generation: 1, converged: true, message: '', reportedAt: expect.stringMatching(/Z$/) },
    versions: [{ release: 'r-1', replicas: 1, ready: 1, weight: 100, message: '' }],
    ...{ endpoint: 'http://127.0.0.1:4000', previewEndpoint: null },
  });
  expect(shop?.drift.map(({ path }) => path)).toEqual([
    'generation',
    'versions.r-1.weight',
    'versions.r-2',
  ]);
  expect(text).not.toMatch(/GREETING|hello|server\.js|artifact/);
});

test('applications come in pages, and there must be such a target', async () => {
  for (const name of ['a', 'b', 'c']) await ask(name, { 'r-1': 100 });
  const first = (await get('eu-1?limit=2')).body;
  expect([first.applications.map((one) => one.application), first.cursor]).toEqual([
    ['a', 'b'],
    'b',
  ]);
  const second = (await get(`eu-1?limit=2&cursor=${first.cursor}`)).body;
  expect([second.applications.map((one) => one.application), second.cursor]).toEqual([['c'], null]);
  expect((await get('us-1')).body).toMatchObject({ connected: false, applications: [] });
  expect(await get('ap-1')).toMatchObject({ status: 404, body: { code: 'TG1602' } });
});

test('any name that a target may have is shown', async () => {
  await sql(`update documents set name = 'stream' where name = 'us-1'`);
  expect((await get('stream')).body).toMatchObject({ name: 'stream', applications: [] });
});

type Seen = { readonly type: string; readonly data: TargetSummary };

/** Follows the stream; `seen` grows. */
function follow() {
  const gone = new AbortController();
  const seen: Seen[] = [];
  const text = { rest: '', all: '' };
  const done = (async () => {
    const response = await fetch(`${world.url}/api/v1/fleet/stream`, { signal: gone.signal });
    for await (const chunk of response.body ?? []) {
      const part = Buffer.from(chunk).toString();
      text.all += part;
      const blocks = (text.rest + part).split('\n\n');
      text.rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const [, type = '', data = ''] = /^event: (.*)\ndata: (.*)$/m.exec(block) ?? [];
        if (type !== '') seen.push({ type, data: JSON.parse(data) });
      }
    }
  })().catch(() => undefined);
  return {
    seen,
    text,
    leave: async () => {
      gone.abort();
      await done;
    },
  };
}

test('a stream begins with all targets and goes on with each that changed', async () => {
  const { seen, text, leave } = follow();
  const names = () => seen.map(({ type, data }) => `${type} ${data.name}`);
  const last = () => seen.at(-1)?.data;
  const wait = (expected: object) => expect.poll(last, { timeout: 10_000 }).toMatchObject(expected);
  await expect.poll(names, { timeout: 10_000 }).toEqual(['target eu-1', 'target us-1']);
  expect(seen[0]?.data).toMatchObject({ driver: 'process', connected: false, applications: [] });
  await ask('shop', { 'r-1': 100 });
  await wait({ name: 'eu-1', revision: 1, applications: [{ application: 'shop' }] });
  await report('shop', 1);
  await wait({ connected: true, applications: [{ converged: true }] });
  const count = seen.length;
  await report('shop', 1, { requests: 100 });
  await expect.poll(() => text.all.split(': heartbeat').length).toBeGreaterThan(2);
  expect(seen).toHaveLength(count);
  await sql(`update agents set last_seen_at = now() - interval '16 seconds'`);
  await wait({ name: 'eu-1', connected: false });
  await sql(`update documents set deleted = true where name = 'us-1'`);
  await wait({ name: 'us-1' });
  expect(names().slice(2)).toEqual([
    ...Array.from({ length: seen.length - 3 }, () => 'target eu-1'),
    'gone us-1',
  ]);
  await leave();
});

test('all who watch see the same, one who comes later sees all, and there are only so many', async () => {
  const first = follow();
  await expect.poll(() => first.seen.length, { timeout: 10_000 }).toBe(2);
  const second = follow();
  await expect.poll(() => second.seen.length, { timeout: 10_000 }).toBe(2);
  await ask('shop', { 'r-1': 100 });
  for (const { seen } of [first, second]) {
    await expect.poll(() => seen.at(-1)?.data, { timeout: 10_000 }).toMatchObject({ revision: 1 });
  }
  expect(second.seen).toEqual(first.seen);
  expect(await getFrom('fleet/stream')).toMatchObject({ status: 503, body: { code: 'TG1608' } });
  await Promise.all([first.leave(), second.leave()]);
  const again = async () => {
    const left = new AbortController();
    const { status } = await fetch(`${world.url}/api/v1/fleet/stream`, { signal: left.signal });
    left.abort();
    return status;
  };
  await expect.poll(again, { timeout: 5_000 }).toBe(200);
});
