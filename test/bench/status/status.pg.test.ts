import { afterAll, beforeAll, expect, test } from 'vitest';
import { statusListSchema } from '../../../src/contract/api/status.ts';
import { openTestServer, type TestServer } from '../../integration/api/server.ts';
import { seedStatus } from './seed.ts';

const own: { server?: TestServer } = {};
const server = (): TestServer => own.server as TestServer;
beforeAll(async () => {
  own.server = await openTestServer();
  await seedStatus(server().db, { applications: 7, environments: 2, rolloutsEach: 3 });
});
afterAll(() => own.server?.close());

const page = async (query: string) => {
  const { body } = await server().call('viewer', 'GET', `/status?${query}`);
  return statusListSchema.parse(body);
};

test('pages cover every application and environment once, in order', async () => {
  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const found: Awaited<ReturnType<typeof page>> = await page(`limit=5&cursor=${cursor}`);
    seen.push(...found.items.map((one) => `${one.application}/${one.environment}`));
    cursor = found.cursor;
  }
  const every = [1, 2, 3, 4, 5, 6, 7].flatMap((a) => [`app-0000${a}/env-1`, `app-0000${a}/env-2`]);
  expect(seen).toEqual(every);
});

test('a row shows what is stable, what is under way, and where it answers', async () => {
  const { items } = await page('application=app-00003&environment=env-2');
  expect(items).toMatchObject([
    {
      stable: 'r-3',
      state: 'rollingOut',
      owner: 'team-3',
      rollout: { id: 'ro-0003-3-2', terminal: false, weight: 20 },
      endpoints: [
        { target: 'env-2-1', url: 'http://127.0.0.1:4000', converged: true },
        { target: 'env-2-2', converged: true },
      ],
    },
  ]);
  expect((await page('application=nope')).items).toEqual([]);
});
