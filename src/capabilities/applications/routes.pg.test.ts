import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestServer, type TestServer } from '../../../test/integration/api/server.ts';
import { parseDocuments } from '../../contract/kinds/validate.ts';
import { openRepositories, type Repositories } from '../../integrations/git/registry.ts';
import { type GitRemote, gitRemote } from '../../integrations/git/remote.fixture.ts';
import { problem } from '../../platform/errors/problem.ts';
import { insertRelease } from '../releases/store.ts';
import { addSource } from '../sources/operations.ts';
import { resolveAddress } from '../sources/resolve.ts';
import { applicationRoutes } from './routes.ts';

type Own = {
  readonly server: TestServer;
  readonly remote: GitRemote;
  readonly repositories: Repositories;
  readonly mirrors: string;
};
const own = {} as Own;

/** A relative address, from a config repository beside it; with variables that nobody is to see. */
const shop = (repository: string): string => `
apiVersion: tidegate.dev/v1
kind: Application
metadata: { name: shop, labels: { tier: front } }
spec:
  owner: team-shop
  source: { repository: ${repository}, path: svc }
  run: { command: [node, server.js], env: { TOKEN: hunter2 } }
  replicas: 3
  environments: [{ name: staging, replicas: 1, env: { DB: hunter2 } }, { name: production }]
  strategy: { canary: { steps: [{ setWeight: 20 }] } }
---
apiVersion: tidegate.dev/v1
kind: Environment
metadata: { name: staging }
spec: { waves: [{ targets: [eu-1] }] }
---
apiVersion: tidegate.dev/v1
kind: Target
metadata: { name: eu-1 }
spec: { driver: simulated }
`;

beforeAll(async () => {
  const remote = await gitRemote();
  const mirrors = await mkdtemp(join(tmpdir(), 'tidegate-applications-'));
  const repositories = openRepositories({ mirrors });
  const server = await openTestServer({
    more: (db) => [applicationRoutes({ db, history: repositories.open, resolveAddress })],
  });
  Object.assign(own, { server, remote, repositories, mirrors });
  const asker = { actor: 'test', requestId: null };
  await addSource(server.db, { name: 'config', address: `${remote.directory}/../config` }, asker);
  const name = remote.directory.split('/').at(-1);
  await declare(shop(`../${name}`));
});
afterAll(async () => {
  await own.server.close();
  await own.repositories.closeRepositories();
  await own.remote.close();
  await rm(own.mirrors, { recursive: true, force: true });
});

async function declare(text: string): Promise<void> {
  for (const one of parseDocuments(text, 'a.yaml').documents)
    await own.server.db.query(
      `insert into documents (repository, path, kind, name, blob, newest_blob, commit, spec)
       values ('config', 'apps/shop.yaml', $1, $2, 'b', 'b', 'c0ffee', $3)`,
      [one.kind, one.name, JSON.stringify(one.document)],
    );
}

const get = (path: string) => own.server.call('viewer', 'GET', `/applications${path}`);

describe('applications', () => {
  test('are listed by name, in pages, with what is wrong with them', async () => {
    const broken = JSON.stringify([problem('TG1001', { detail: 'a tab' })]);
    await own.server.db.query(
      `insert into documents (repository, path, kind, name, blob, newest_blob, commit, spec, problems)
       values ('config', 'b.yaml', 'Application', 'broken', 'b', 'b', 'c', null, $1),
              ('config', 'r.yaml', 'Release', 'staging/shop', 'b', 'b', 'c', null, $1),
              ('other', 'c.yaml', 'Application', 'shop', 'b', 'b', 'c', null, $1)`,
      [broken],
    );
    const first = await get('?limit=1');
    expect(first.body).toEqual({
      items: [{ name: 'broken', owner: null, labels: {}, environments: [], problems: 1 }],
      cursor: 'broken',
    });
    const second = await get('?limit=1&cursor=broken');
    expect(second.body.items).toEqual([
      {
        name: 'shop',
        owner: 'team-shop',
        labels: { tier: 'front' },
        environments: ['staging', 'production'],
        problems: 1,
      },
    ]);
    expect((await get('?cursor=shop')).body).toEqual({ items: [], cursor: null });
  });

  test('are shown as they were taken, with defaults and without what is secret', async () => {
    const { status, body } = await get('/shop');
    expect(status).toBe(200);
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(body).toMatchObject({
      name: 'shop',
      repository: 'config',
      path: 'apps/shop.yaml',
      commit: 'c0ffee',
      problems: [],
      document: {
        metadata: { labels: { tier: 'front' } },
        spec: { onNewRelease: 'supersede', run: { env: { TOKEN: '***' } }, replicas: 3 },
      },
      environments: [
        { name: 'staging', declared: true, replicas: 1, desiredCommit: null },
        { name: 'production', declared: false, replicas: 3, desiredCommit: null },
      ],
    });
  });

  test('that never were right are shown with what is wrong; others are TG1204', async () => {
    expect((await get('/broken')).body).toMatchObject({
      document: null,
      environments: [],
      problems: [{ code: 'TG1001', detail: 'a tab' }],
    });
    expect(await get('/nope')).toMatchObject({ status: 404, body: { code: 'TG1204' } });
    expect(await get('/NOPE')).toMatchObject({ status: 400, body: { code: 'TG1603' } });
  });
});

describe('commits between two', () => {
  const made = {} as { first: string; second: string; third: string; release: string };
  beforeAll(async () => {
    const push = (message: string, path: string) =>
      own.remote.push({ [path]: message }, { message, author: 'Grace' });
    const first = await push('First', 'svc/a');
    const second = await push('Second', 'svc/b');
    await push('Elsewhere', 'other/c');
    const third = await push('Third', 'svc/d');
    await own.repositories.open(own.remote.directory).fetch('main');
    const config = {
      command: [],
      env: {},
      health: {
        readiness: { path: '/', interval: 1, timeout: 1, failureThreshold: 1 },
        liveness: null,
        startTimeout: 1,
        drain: 1,
      },
    };
    const artifact = { image: 'shop@sha256:abc' };
    await insertRelease(own.server.db, {
      content: { application: 'shop', commit: first, artifact, config },
      subject: 'First',
      author: 'Grace',
      committedAt: null,
      createdBy: 'test',
    });
    const [row] = await own.server.db.query<{ id: string }>('select id from releases');
    Object.assign(made, { first, second, third, release: row?.id });
  });
  const between = async (query: string) => await get(`/shop/commits?${query}`);
  const subjects = (list: unknown): string[] =>
    (list as { items: { subject: string }[] }).items.map((one) => one.subject);

  test('are those of its directory, newest first, from a release to a commit', async () => {
    const { release, first, second, third } = made;
    const { status, body } = await between(`from=${release}&to=${third.slice(0, 10)}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      from: { commit: first, release },
      to: { commit: third, release: null },
      path: 'svc',
      more: false,
      diverged: { items: [], more: false },
    });
    expect(subjects(body)).toEqual(['Third', 'Second']);
    const [, item] = body.items as { id: string; author: string; at: string }[];
    expect(item).toMatchObject({ id: second, author: 'Grace' });
    expect(Date.parse(item?.at ?? '')).toBeGreaterThan(0);
  });

  test('are told apart for a rollback, and bounded', async () => {
    const back = await between(`from=${made.third}&to=${made.release.slice(0, 8)}`);
    expect([subjects(back.body), subjects(back.body.diverged)]).toEqual([[], ['Third', 'Second']]);
    const one = await between(`to=${made.third}&limit=1`);
    expect([one.body.from, subjects(one.body), one.body.more]).toEqual([null, ['Third'], true]);
    expect((await between(`to=${made.third}&limit=201`)).status).toBe(400);
  });

  test('that the server has no copy of are TG1103, and nothing is fetched for them', async () => {
    const fourth = await own.remote.push({ 'svc/e': 'e' }, { message: 'Fourth' });
    const answer = await between(`from=${made.first}&to=${fourth}`);
    expect(answer).toMatchObject({ status: 404, body: { code: 'TG1103' } });
    expect(answer.body.hint).toContain('tidegate release');
    expect((await between(`from=${fourth}&to=${made.first}`)).body.code).toBe('TG1103');
    await own.repositories.open(own.remote.directory).fetch('main');
    expect(subjects((await between(`from=${made.third}&to=${fourth}`)).body)).toEqual(['Fourth']);
  });

  test.each([
    ['a release that there is not', 'shop', 'to=r-0000', 404, 'TG1202'],
    ['a branch', 'shop', 'to=main', 404, 'TG1202'],
    ['an option', 'shop', 'to=--all', 404, 'TG1202'],
    ['what is no name of a commit', 'shop', 'to=HEAD~1', 400, 'TG1603'],
    ['no end', 'shop', 'from=r-0000', 400, 'TG1603'],
    ['an application that is not declared', 'nope', 'to=abcdef0', 404, 'TG1204'],
  ])('of %s are refused', async (_name, application, query, status, code) => {
    const answer = await get(`/${application}/commits?${query}`);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });
});
