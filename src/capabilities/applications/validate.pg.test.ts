import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bombs, target } from '../../../test/hostile/bombs.ts';
import { openTestServer, type TestServer } from '../../../test/integration/api/server.ts';
import type { Validated } from '../../contract/api/validate.ts';
import { resolveAddress } from '../sources/resolve.ts';
import { applicationRoutes } from './routes.ts';

const own: { server?: TestServer } = {};
const server = (): TestServer => own.server as TestServer;
const history = (): never => {
  throw new Error('a text needs no repository');
};
beforeAll(async () => {
  own.server = await openTestServer({
    more: (db) => [applicationRoutes({ db, history, resolveAddress })],
  });
  const spec = {
    apiVersion: 'tidegate.dev/v1',
    kind: 'Environment',
    metadata: { name: 'production', labels: {}, annotations: {} },
    spec: { waves: [{ targets: ['eu-1'] }], freeze: [] },
  };
  await server().db.query(
    `insert into documents (repository, path, kind, name, blob, newest_blob, commit, spec)
     values ('config', 'e.yaml', 'Environment', 'production', 'b', 'b', 'c', $1)`,
    [JSON.stringify(spec)],
  );
});
afterAll(() => server().close());

const validate = async (text: string, path?: string) => {
  const body = { text, ...(path === undefined ? {} : { path }) };
  const answer = await server().call('viewer', 'POST', '/validate', body);
  return { ...answer, body: answer.body as unknown as Validated & { code?: string } };
};
const application = (environment: string, more = ''): string => `apiVersion: tidegate.dev/v1
kind: Application
metadata: { name: shop }
spec:
  owner: team-shop
  source: { repository: /srv/shop }
  run: {}
  environments: [{ name: ${environment} }]
  strategy: { canary: { steps: [{ setWeight: 20 }] } }
${more}`;

test('what is right is told by kind and name, and nothing of it is kept', async () => {
  const { status, body } = await validate(`${target('a')}---\n${target('b')}`);
  expect([status, body]).toEqual([
    200,
    {
      documents: [
        { kind: 'Target', name: 'a' },
        { kind: 'Target', name: 'b' },
      ],
      problems: [],
    },
  ]);
  expect(await server().db.query(`select 1 from documents where name in ('a', 'b')`)).toEqual([]);
});

test('a problem says what, where and how to mend it', async () => {
  const text = application('production').replace('owner', 'onwer');
  const { body } = await validate(text, 'apps/shop.yaml');
  expect(body.documents).toEqual([{ kind: 'Application', name: 'shop' }]);
  expect(body.problems[0]).toMatchObject({
    code: 'TG1004',
    where: { file: 'apps/shop.yaml', line: 5, column: 3 },
  });
  expect(body.problems[0]?.hint).toContain('owner');
});

test('it may refer to what is declared, and to what stands beside it, and to nothing else', async () => {
  expect((await validate(application('production'))).body.problems).toEqual([]);
  const { problems } = (await validate(application('prodution'))).body;
  expect(problems).toMatchObject([{ code: 'TG1007', hint: 'Did you mean production?' }]);
  const staging = `---
apiVersion: tidegate.dev/v1
kind: Environment
metadata: { name: staging }
spec: { waves: [{ targets: [eu-1] }] }
`;
  const beside = (await validate(application('staging', staging))).body.problems;
  expect(beside.map((one) => one.detail)).toEqual(['No Target eu-1 is declared.']);
});

test('what is declared anew replaces what is declared', async () => {
  const anew = `apiVersion: tidegate.dev/v1
kind: Environment
metadata: { name: production }
spec: { waves: [{ targets: [a] }] }
---
${target('a')}`;
  expect((await validate(anew)).body.problems).toEqual([]);
});

test('anybody with a token may ask, and nobody without', async () => {
  expect((await server().call('agent', 'POST', '/validate', { text: '' })).status).toBe(403);
  expect((await server().call(null, 'POST', '/validate', { text: '' })).status).toBe(401);
  expect((await server().call('viewer', 'POST', '/validate', {})).status).toBe(400);
  expect((await validate('')).body).toEqual({ documents: [], problems: [] });
});

describe('texts that mean harm', () => {
  test.each(bombs)(
    '%s is refused in bounded time',
    async (_name, text, code) => {
      const { status, body } = await validate(`${text}\n`);
      if (status !== 200) expect(['TG1005', 'TG1605']).toContain(body.code);
      else expect(body.problems.map((one) => one.code)).toContain(code);
      expect(Object.prototype).not.toHaveProperty('x');
    },
    60_000,
  );
});
