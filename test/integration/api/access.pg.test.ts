import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessRoutes } from '../../../src/capabilities/access/routes.ts';
import { openTestServer, type TestServer } from './server.ts';

const own: { server?: TestServer } = {};
const server = () => own.server as TestServer;
beforeAll(async () => {
  own.server = await openTestServer({ more: (db) => [accessRoutes({ db })] });
});
afterAll(() => server().close());

test('an admin makes a token that works, with its role and no more', async () => {
  const made = await server().call('admin', 'POST', '/tokens', { name: 'ci', role: 'viewer' });
  expect(made).toMatchObject({ status: 201, body: { name: 'ci', role: 'viewer' } });
  const headers = {
    authorization: `Bearer ${made.body.token}`,
    'content-type': 'application/json',
  };
  expect((await fetch(`${server().url}/api/v1/agents`, { headers })).status).toBe(200);
  const body = JSON.stringify({ name: 'more', role: 'admin' });
  const asViewer = await fetch(`${server().url}/api/v1/tokens`, { method: 'POST', headers, body });
  expect(asViewer.status).toBe(403);
});

test('an agent is listed with its targets and without its token, and the audit knows who made it', async () => {
  const wish = { name: 'host-7', targets: ['eu-7'] };
  const made = await server().call('admin', 'POST', '/agents', wish);
  expect(made).toMatchObject({ status: 201, body: wish });
  const { body } = await server().call('viewer', 'GET', '/agents');
  expect(body.items).toContainEqual({ ...wish, version: null, lastSeenAt: null });
  expect(JSON.stringify(body)).not.toContain(String(made.body.token));
  const rows = await server().db.query(
    `select actor, because from events where type = 'agent.created' and because like '%host-7%'`,
  );
  expect(rows).toEqual([{ actor: 'user:ada', because: 'Agent host-7 serves eu-7.' }]);
});

test('a token of a person goes by a mail address, and its event says who, with which request, before and after', async () => {
  const name = 'alice@example.com';
  const made = await server().call('admin', 'POST', '/tokens', { name, role: 'viewer' });
  expect(made.status).toBe(201);
  await server().call('admin', 'POST', '/tokens', { name, role: 'deployer' });
  const rows = await server().db.query(
    `select actor, before, after, request_id is not null as asked from events
     where type = 'token.created' and because like '%alice%' order by id`,
  );
  expect(rows).toEqual([
    { actor: 'user:ada', before: null, after: { name, role: 'viewer' }, asked: true },
    {
      actor: 'user:ada',
      before: { name, role: 'viewer' },
      after: { name, role: 'deployer' },
      asked: true,
    },
  ]);
});

test.each([
  ['deployer', { name: 'x', targets: ['eu-1'] }, 403],
  ['admin', { name: 'x', targets: [] }, 400],
  ['admin', { name: 'Not A Name', targets: ['eu-1'] }, 400],
] as const)('%s with %j is answered %i and changes nothing', async (who, wish, status) => {
  expect((await server().call(who, 'POST', '/agents', wish)).status).toBe(status);
  expect(await server().db.query(`select 1 from agents where name in ('x', 'Not A Name')`)).toEqual(
    [],
  );
});

test.each([
  ['admin', 'ada'],
  ['deployer', 'dora'],
  ['viewer', 'vic'],
] as const)('a token of a %s says whose it is', async (role, name) => {
  expect(await server().call(role, 'GET', '/me')).toEqual({
    status: 200,
    body: { name, role, kind: 'person' },
  });
});

test('an agent and a stranger are told nothing of themselves', async () => {
  expect((await server().call('agent', 'GET', '/me')).status).toBe(403);
  expect((await server().call(null, 'GET', '/me')).status).toBe(401);
});
