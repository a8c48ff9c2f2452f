import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertQuarantine, insertStable } from '../../../src/capabilities/releases/store.ts';
import { addSource } from '../../../src/capabilities/sources/operations.ts';
import { apiReference } from '../../../src/contract/reference/api.ts';
import { hookSecret, openWorld, seedRollout, type World } from './world.ts';

const own: { world?: World } = {};
const world = (): World => own.world as World;
beforeAll(async () => {
  own.world = await openWorld();
});
afterAll(() => own.world?.close());

const post = (path: string, body: unknown, as: 'deployer' | 'viewer' = 'deployer') =>
  world().call(as, 'POST', `/applications/${path}`, body);
const count = async (table: 'releases' | 'objects' | 'events'): Promise<number> => {
  const [row] = await world().db.query<{ n: number }>(`select count(*) as n from ${table}`);
  return Number(row?.n);
};
type Made = { release: { id: string; commit: string }; created: boolean };

test('a release is made of the branch head; the same again is the same release', async () => {
  const first = await post('shop/releases', {});
  expect(first.status).toBe(201);
  const made = first.body as Made;
  expect(made.release.commit).toBe(world().git('rev-parse', 'HEAD'));
  const second = await post('shop/releases', { ref: 'main' });
  expect(second).toMatchObject({ status: 200, body: { created: false, release: made.release } });
  expect(await count('releases')).toBe(1);
});

test.each([
  ['an application that is not declared', 'nope/releases', {}, 404, 'TG1204'],
  ['a commit that is not there', 'shop/releases', { ref: 'f'.repeat(40) }, 404, 'TG1103'],
  ['an option as a ref', 'shop/releases', { ref: '--upload-pack=evil' }, 404, 'TG1103'],
  ['an image without digest', 'shop/releases', { image: 'shop:latest' }, 422, 'TG1201'],
  ['an unknown field', 'shop/promotions', { environment: 'staging', force: true }, 400, 'TG1603'],
  ['no environment', 'shop/promotions', {}, 400, 'TG1603'],
  ['nothing stable before it', 'shop/promotions', { environment: 'production' }, 404, 'TG1202'],
  ['nothing to go back to', 'shop/rollbacks', { environment: 'production' }, 409, 'TG1205'],
  ['a rollback off the path', 'shop/rollbacks', { environment: 'productoin' }, 404, 'TG1204'],
  ['a name that is none', 'SH%2FOP/releases', {}, 400, 'TG1603'],
])('%s is refused and leaves nothing', async (_name, path, body, status, code) => {
  const before = [await count('releases'), await count('objects'), await count('events')];
  const answer = await post(path, body);
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(await post(path, body, 'viewer')).toMatchObject({ status: 403 });
  expect([await count('releases'), await count('objects'), await count('events')]).toEqual(before);
});

test('a promotion opens its durable object, can be read, and shows the rollout of its commit', async () => {
  const { body } = await post('shop/promotions', {
    environment: 'staging',
    because: 'for the fair',
  });
  const id = body.id as string;
  const path = `/promotions/${id}`;
  const asked = await world().call('viewer', 'GET', path);
  expect(asked.body).toMatchObject({
    kind: 'promotion',
    actor: 'user:dora',
    because: 'for the fair',
    commit: null,
    rollout: null,
  });
  await seedRollout(world().db, {
    id: 'ro-p',
    release: body.release as string,
    environment: 'staging',
  });
  await world().db.query(
    `update objects set state = state || jsonb_build_object('phase', 'committed', 'commit', $2::text) where id = $1`,
    [`promotion/${id}`, 'c'.repeat(40)],
  );
  expect((await world().call('viewer', 'GET', path)).body).toMatchObject({
    phase: 'committed',
    rollout: { id: 'ro-p', terminal: false },
  });
  expect(await world().call('viewer', 'GET', '/promotions/pr-none')).toMatchObject({ status: 404 });
});

test('history says where a release is stable and where it failed', async () => {
  const [row] = await world().db.query<{ id: string }>(`select id from releases limit 1`);
  const at = { application: 'shop', release: row?.id ?? '', rollout: 'ro-p' };
  await insertStable(world().db, { ...at, environment: 'staging' });
  await insertQuarantine(world().db, { ...at, environment: 'production', because: 'errors' });
  const { body } = await world().call('viewer', 'GET', '/applications/shop/releases?limit=1');
  expect(body.items).toMatchObject([{ stableIn: ['staging'], quarantinedIn: ['production'] }]);
  const next = await world().call(
    'viewer',
    'GET',
    `/applications/shop/releases?cursor=${body.cursor}`,
  );
  expect(next.body).toEqual({ items: [], cursor: null });
});

test('sources are added by an admin, and shown without their secrets', async () => {
  const source = { name: 'config', address: 'https://user:hunter2@git.example/config.git' };
  expect(await world().call('deployer', 'POST', '/sources', source)).toMatchObject({ status: 403 });
  expect(await world().call('admin', 'POST', '/sources', source)).toMatchObject({ status: 201 });
  expect(await world().call('admin', 'POST', '/sources', source)).toMatchObject({ status: 200 });
  const { body } = await world().call('viewer', 'GET', '/sources');
  expect(JSON.stringify(body)).not.toContain('hunter2');
  expect(body.items).toMatchObject([{ name: 'config', branch: 'main' }]);
  const bad = { name: 'x', address: 'y', pollInterval: 1 };
  expect(await world().call('admin', 'POST', '/sources', bad)).toMatchObject({ status: 400 });
});

const hook = async (body: string, signature: string | null, type = 'application/json') => {
  const answer = await fetch(`${world().url}/hooks/git`, {
    method: 'POST',
    headers: {
      'content-type': type,
      ...(signature === null ? {} : { 'x-hub-signature-256': signature }),
    },
    body,
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const sign = (body: string, secret = hookSecret): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
const newsOf = async (name: string): Promise<number> => {
  const [row] = await world().db.query<{ news: number }>(`select news from objects where id = $1`, [
    `source/${name}`,
  ]);
  return row?.news ?? -1;
};

test('a signed webhook wakes the source that it names, whatever its media type', async () => {
  await addSource(
    world().db,
    { name: 'other', address: '/srv/other' },
    { actor: 'test', requestId: null },
  );
  const body = JSON.stringify({ ref: 'refs/heads/main', repository: 'other' });
  expect(await hook(body, sign(body))).toEqual({
    status: 202,
    body: { woken: ['other'], triggers: [] },
  });
  expect((await hook(body, sign(body), 'application/x-www-form-urlencoded')).status).toBe(202);
  expect([await newsOf('other'), await newsOf('config')]).toEqual([2, 0]);
});

test.each([
  ['another secret', '{}', (body: string) => sign(body, 'guess'), 401, 'TG1104'],
  ['no signature', '{}', () => null, 401, 'TG1104'],
  ['a signature of other bytes', '{"ref":"x"}', () => sign('{}'), 401, 'TG1104'],
  ['a body that is no JSON', 'ref=x', (body: string) => sign(body), 400, 'TG1603'],
  ['too large a body', 'x'.repeat(6_000_000), (body: string) => sign(body), 413, 'TG1605'],
])('a webhook with %s wakes nobody', async (_name, body, signature, status, code) => {
  const before = await newsOf('other');
  const answer = await hook(body, signature(body));
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(await newsOf('other')).toBe(before);
});

test('the reference page of the API names every route and every shape that it speaks of', async () => {
  const { status, body } = await world().call('viewer', 'GET', '/openapi.json');
  expect(status).toBe(200);
  const text = apiReference(body);
  for (const [path, methods] of Object.entries(body.paths as Record<string, object>)) {
    for (const method of Object.keys(methods)) {
      expect(text).toContain(`## \`${method.toUpperCase()} ${path}\``);
    }
  }
  for (const shape of ['Status', 'Rollout', 'Release', 'Event', 'Promote']) {
    expect(text).toContain(`### ${shape}\n`);
  }
  expect(text).not.toContain('undefined');
});
