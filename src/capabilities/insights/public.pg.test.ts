import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestServer, type TestServer } from '../../../test/integration/api/server.ts';
import { declare, seedRollout } from '../../../test/integration/api/world.ts';
import type { PublicStatus } from '../../contract/api/public-status.ts';
import { insertRelease, insertStable } from '../releases/store.ts';
import { publicRoutes } from './routes-public.ts';

const own: { server?: TestServer; isOn: boolean; now: number } = { isOn: true, now: 0 };
const server = (): TestServer => own.server as TestServer;
const open = async (isOn: boolean): Promise<void> => {
  own.server = await openTestServer({
    more: (db) => [publicRoutes({ db, isOn, now: () => own.now })],
  });
};
const documents = `
apiVersion: tidegate.dev/v1
kind: Application
metadata: { name: shop }
spec:
  owner: team-shop
  source: { repository: /srv/shop }
  run: {}
  environments: [{ name: staging }, { name: production }]
  strategy: { canary: { steps: [{ setWeight: 20 }] } }
`;
beforeEach(() => {
  own.now = 0;
});
afterEach(() => server().close());

const ask = async () => {
  const { status, body } = await server().call(null, 'GET', '/public/status');
  return { status, items: (body as unknown as PublicStatus).items, body };
};

test('off, it is answered as a route that there is not, with a token and without', async () => {
  await open(false);
  for (const as of [null, 'admin'] as const) {
    const off = await server().call(as, 'GET', '/public/status');
    const unknown = await server().call(as, 'GET', '/public/nothing');
    const plain = ({ body }: typeof off) =>
      JSON.stringify({ ...body, requestId: '' }).replaceAll('nothing', 'status');
    expect([off.status, plain(off)]).toEqual([404, plain(unknown)]);
  }
});

test('on, it tells anybody what runs where, and nothing else', async () => {
  await open(true);
  const { db } = server();
  await declare(db, documents);
  const unreleased = { version: null, commit: null, health: 'unknown', since: null };
  const first = await ask();
  expect(first).toMatchObject({ status: 200, body: { more: false } });
  expect(first.items).toEqual([
    { application: 'shop', environment: 'staging', ...unreleased },
    { application: 'shop', environment: 'production', ...unreleased },
  ]);
  const release = await released();
  await insertStable(db, {
    ...{ application: 'shop', environment: 'production', rollout: 'ro-0', release },
  });
  await db.query(
    `insert into intents (target, application, environment, generation, revision, spec, written_by, because)
     values ('eu-1', 'shop', 'production', 2, 2, '{"secret": "why"}', 'user:ada', 'a reason')`,
  );
  const health = async (): Promise<string | undefined> => {
    own.now += 1_001;
    const { items } = await ask();
    expect(items[1]).toMatchObject({ version: release, commit: 'c'.repeat(40) });
    expect(Date.parse(items[1]?.since ?? '')).toBeGreaterThan(0);
    return items[1]?.health;
  };
  expect(await health()).toBe('unknown');
  await db.query(
    `insert into statuses (target, application, environment, generation, converged, report, reported_at)
     values ('eu-1', 'shop', 'production', 2, true, '{}', now())`,
  );
  expect(await health()).toBe('unknown');
  await db.query(`update agents set last_seen_at = now()`);
  expect(await health()).toBe('healthy');
  await db.query(`update statuses set generation = 1`);
  expect(await health()).toBe('unhealthy');
  await db.query(`update agents set last_seen_at = now() - interval '1 minute'`);
  expect(await health()).toBe('unknown');
  await seedRollout(db, { id: 'ro-1', release });
  expect(await health()).toBe('changing');
});

test('whoever asks within a second gets the same answer, and the database is not asked', async () => {
  await open(true);
  await declare(server().db, documents);
  const before = await ask();
  await server().db.query('update documents set deleted = true');
  own.now = 999;
  expect((await ask()).items).toEqual(before.items);
  own.now = 1_001;
  expect((await ask()).items).toEqual([]);
});

async function released(): Promise<string> {
  const probe = { path: '/', interval: 1, timeout: 1, failureThreshold: 1 };
  const health = { readiness: probe, liveness: null, startTimeout: 1, drain: 1 };
  await insertRelease(server().db, {
    content: {
      application: 'shop',
      commit: 'c'.repeat(40),
      artifact: { image: 'shop@sha256:abc' },
      config: { command: [], env: { TOKEN: 'hunter2' }, health },
    },
    subject: 'First',
    author: 'Grace',
    committedAt: null,
    createdBy: 'user:ada',
  });
  const [row] = await server().db.query<{ id: string }>('select id from releases');
  return row?.id ?? '';
}
