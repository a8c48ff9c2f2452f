import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeIntents } from '../../../src/capabilities/fleet/store.ts';
import { specOf, statusOf } from '../../../src/capabilities/fleet/test/fixtures.ts';
import { openTestServer, type TestServer } from './server.ts';

const own: { server?: TestServer } = {};
const server = (): TestServer => own.server as TestServer;
beforeAll(async () => {
  own.server = await openTestServer();
});
afterAll(() => own.server?.close());

const write = (target: string, application: string, weights: Record<string, number>) =>
  server().db.transaction((tx) =>
    writeIntents(tx, { application, environment: 'production', writtenBy: 'rollout/ro-1' }, [
      { target, spec: specOf(weights), because: 'test' },
    ]),
  );
const poll = (target: string, after: number, wait: number) =>
  server().call('agent', 'GET', `/agent/targets/${target}/intents?after=${after}&wait=${wait}`);
const report = (target: string, statuses: unknown) =>
  server().call('agent', 'POST', `/agent/targets/${target}/statuses`, {
    agent: 'agent-1',
    version: '1.0.0',
    statuses,
  });

test('a long poll wakes within 250 ms of the intent, and only for its own target', async () => {
  const first = await poll('eu-1', 0, 0);
  const after = first.body.revision as number;
  const waiting = poll('eu-1', after, 20).then((answer) => ({ answer, at: performance.now() }));
  const other = poll('us-1', 0, 1);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const writtenAt = performance.now();
  await write('eu-1', 'shop', { 'r-1': 100 });
  const { answer, at } = await waiting;
  expect(at - writtenAt).toBeLessThan(250);
  expect(answer.body).toMatchObject({
    revision: after + 1,
    intents: [{ application: 'shop', generation: 1, spec: { versions: [{ weight: 100 }] } }],
  });
  expect((await other).body).toEqual({ revision: 0, target: null, intents: [] });
});

test('a poll resumes from its revision, and ends with nothing when its wait is over', async () => {
  await write('us-1', 'shop', { 'r-1': 100 });
  await write('us-1', 'cart', { 'r-9': 100 });
  const all = await poll('us-1', 0, 5);
  expect(all.body.intents).toHaveLength(2);
  const revision = all.body.revision as number;
  const started = performance.now();
  expect((await poll('us-1', revision, 0.3)).body).toEqual({ revision, target: null, intents: [] });
  expect(performance.now() - started).toBeGreaterThan(250);
});

test('the declared target comes along, and a change of it ends a poll', async () => {
  const declare = (labels: Record<string, string>) =>
    server().db.query(
      `insert into documents (repository, path, kind, name, blob, newest_blob, commit, spec)
       values ('r', 'targets/eu-1.yaml', 'Target', 'eu-1', 'b', 'b', 'c', $1)
       on conflict (repository, kind, name) do update set spec = excluded.spec`,
      [{ metadata: { name: 'eu-1' }, spec: { driver: 'process', labels } }],
    );
  await declare({ region: 'eu' });
  const now = await poll('eu-1', 0, 0);
  expect(now.body.target).toMatchObject({ driver: 'process', labels: { region: 'eu' } });
  const waiting = poll('eu-1', now.body.revision as number, 20);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await declare({ region: 'north' });
  await server().db.query(`select pg_notify('tidegate_intents', 'eu-1')`);
  expect((await waiting).body).toMatchObject({
    target: { labels: { region: 'north' } },
    intents: [],
  });
});

test('an agent may not follow or speak for a target that is not its own', async () => {
  expect(await poll('ap-1', 0, 0)).toMatchObject({ status: 403, body: { code: 'TG1503' } });
  expect(await report('ap-1', [])).toMatchObject({ status: 403, body: { code: 'TG1503' } });
  const stray = await report('eu-1', [statusOf('us-1', 1)]);
  expect(stray).toMatchObject({ status: 400, body: { code: 'TG1603' } });
  expect(await server().db.query(`select 1 from statuses`)).toEqual([]);
});

test("people's tokens are no agents', and an agent's is no person's", async () => {
  const path = '/agent/targets/eu-1/intents';
  expect(await server().call('admin', 'GET', path)).toMatchObject({ status: 403 });
  expect(await server().call(null, 'GET', path)).toMatchObject({ status: 401 });
  expect(await server().call('agent', 'GET', '/targets')).toMatchObject({
    status: 403,
    body: { code: 'TG1606' },
  });
});

test('a report is kept and shows in the list of targets; an empty one is a heartbeat', async () => {
  expect((await report('eu-1', [])).status).toBe(204);
  expect((await report('eu-1', [statusOf('eu-1', 1)])).status).toBe(204);
  const { body } = await server().call('viewer', 'GET', '/targets');
  expect(body.items).toContainEqual(
    expect.objectContaining({
      name: 'eu-1',
      connected: true,
      agent: 'agent-1',
      applications: [
        expect.objectContaining({
          application: 'shop',
          converged: true,
          endpoint: 'http://127.0.0.1:4000',
        }),
      ],
    }),
  );
});

test.each([
  ['a weight over 100', [{ ...statusOf('eu-1', 2), versions: [{ release: 'r', weight: 101 }] }]],
  ['no list', 'all fine'],
  ['a text without end', [{ ...statusOf('eu-1', 2), message: 'x'.repeat(5000) }]],
])('%s is refused and nothing of it is kept', async (_name, statuses) => {
  const before = await server().db.query(`select report from statuses`);
  expect(await report('eu-1', statuses)).toMatchObject({ status: 400, body: { code: 'TG1603' } });
  expect(await server().db.query(`select report from statuses`)).toEqual(before);
});
