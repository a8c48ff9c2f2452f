import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertRelease, insertStable } from '../../src/capabilities/releases/store.ts';
import { writeEvent } from '../../src/engine/store.ts';
import type { Json } from '../../src/platform/ids/types.ts';
import { declare, seedRollout } from '../integration/api/world.ts';
import { hookSecret, openService, type Service } from './service.ts';

const own: { service?: Service } = {};
const service = (): Service => own.service as Service;
afterAll(() => service().close());

/** Stands wherever a secret may: in addresses, in variables, in reasons that name an address. */
const secret = 'hunter2-hunter2';
const address = `https://robot:${secret}@git.example/shop.git`;
const documents = `
apiVersion: tidegate.dev/v1
kind: Application
metadata: { name: shop }
spec:
  owner: team-shop
  source: { repository: '${address}' }
  run: { env: { TOKEN: ${secret} } }
  environments: [{ name: production, env: { DB: ${secret} } }]
  strategy: { canary: { steps: [{ setWeight: 20 }] } }
---
apiVersion: tidegate.dev/v1
kind: Target
metadata: { name: eu-1 }
spec: { driver: simulated }
`;

beforeAll(async () => {
  own.service = await openService();
  const { db, app, tokens } = service();
  await declare(db, documents);
  const headers = { authorization: `Bearer ${tokens.admin}` };
  const payload = { name: 'config', address: address.replace('shop', 'config') };
  const added = await app.inject({ method: 'POST', url: '/api/v1/sources', headers, payload });
  expect(added.statusCode).toBe(201);
  const probe = { path: '/', interval: 1, timeout: 1, failureThreshold: 1 };
  const content = {
    application: 'shop',
    commit: 'c'.repeat(40),
    artifact: { bundle: { repository: address, path: '.', tree: 'd'.repeat(40) } },
    config: {
      command: ['node'],
      env: { TOKEN: secret },
      health: { readiness: probe, liveness: null, startTimeout: 1, drain: 1 },
    },
  };
  const facts = { subject: 'First', author: 'Ada', committedAt: null, createdBy: 'user:ada' };
  await insertRelease(db, { content, ...facts });
  const [row] = await db.query<{ id: string }>('select id from releases');
  const release = row?.id ?? '';
  const place = { application: 'shop', environment: 'production', rollout: 'ro-1', release };
  await insertStable(db, place);
  await seedRollout(db, { id: 'ro-1', release });
  await writeEvent(db, {
    type: 'release.created',
    actor: 'user:ada',
    application: 'shop',
    because: `Read from ${address}.`,
    outcome: 'done',
    after: { release, content } as unknown as Json,
  });
  await db.query(
    `insert into intents (target, application, environment, generation, revision, spec, written_by, because)
     values ('eu-1', 'shop', 'production', 1, 1, $1, 'rollout/ro-1', 'a reason')`,
    [JSON.stringify({ versions: [{ release, weight: 100, content }] })],
  );
  for (let tries = 0; tries < 100 && !(await seen()); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 50));
});

/** Other databases of the server may hold the log back for a moment. */
async function seen(): Promise<boolean> {
  const answer = await ask('/api/v1/events?type=release.created');
  return answer.includes('release.created');
}

async function ask(url: string): Promise<string> {
  const headers = { authorization: `Bearer ${service().tokens.admin}` };
  return (await service().app.inject({ url, headers })).body;
}

const values: Readonly<Record<string, string>> = {
  application: 'shop',
  environment: 'production',
  name: 'shop',
  target: 'eu-1',
  id: 'ro-1',
};

test('no route that is read answers with a secret', async () => {
  const { app, db, tokens } = service();
  const hashes = await db.query<{ hash: string }>(
    'select token_hash as hash from tokens union all select token_hash from agents',
  );
  const hidden = [secret, hookSecret, ...Object.values(tokens), ...hashes.map((one) => one.hash)];
  const { paths } = app.swagger() as { paths: Record<string, Record<string, unknown>> };
  const asked = Object.entries(paths).flatMap(([path, methods]) =>
    // An agent needs what it runs; streams are asked in tests of their own.
    'get' in methods && !path.startsWith('/api/v1/agent/') && !/\/(stream|changes)$/.test(path)
      ? [path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => values[name] ?? 'shop')]
      : [],
  );
  expect(asked).toContain('/api/v1/applications/shop');
  const more = ['/api/v1/events/export?format=ndjson', '/api/v1/events?order=oldest'];
  const answered: string[] = [];
  for (const url of [...asked, ...more]) {
    const body = await ask(url);
    if (!body.includes('"urn:tidegate:')) answered.push(url);
    for (const one of hidden) expect(body.includes(one), `${url}: ${body}`).toBe(false);
  }
  for (const url of ['/api/v1/applications/shop', '/api/v1/applications/shop/releases', ...more])
    expect(answered).toContain(url);
  expect(await ask('/api/v1/applications/shop')).toContain('"TOKEN":"***"');
  expect(await ask('/api/v1/events')).toContain('https://***@git.example/shop.git');
});
