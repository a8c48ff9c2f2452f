import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestServer, type TestServer } from '../../../test/integration/api/server.ts';
import { kinds } from '../../contract/kinds/registry.ts';
import { startEngine } from '../../engine/engine.ts';
import type { AnyReconciler } from '../../engine/engine-store.ts';
import { readEvents } from '../../engine/reads.ts';
import { until } from '../../engine/until.ts';
import { approveStep } from '../../integrations/step/approve/approve.ts';
import { fakeStep } from '../../integrations/step/fake.ts';
import type { Database } from '../../platform/db/types.ts';
import { newId } from '../../platform/ids/new-id.ts';
import type { Json } from '../../platform/ids/types.ts';
import { createLog } from '../../platform/log/log.ts';
import { stepEffects } from './effects.ts';
import { runOperations } from './operations.ts';
import { runReconciler } from './reconcile.ts';
import { runRoutes } from './routes.ts';
import { step } from './runs.fixture.ts';

const fake = fakeStep('notify');
const all = [fake, approveStep()];
const adapters = new Map(all.map((adapter) => [adapter.kind, adapter]));
const now = () => new Date();
const own: { server?: TestServer; stop?: () => Promise<void> } = {};
const server = (): TestServer => {
  if (!own.server) throw new Error('no server');
  return own.server;
};

const pipeline = {
  apiVersion: 'tidegate.dev/v1',
  kind: 'Pipeline',
  metadata: { name: 'release' },
  spec: {
    description: 'All the way.',
    inputs: { region: {}, count: { type: 'number', default: 3 } },
    steps: [
      step('build', { forEach: { items: ['a', 'b'] } }),
      { name: 'ok', needs: ['build'], approve: { approvers: ['dora'], requireReason: true } },
      step('ship', { needs: ['ok', { step: 'build', is: ['succeeded'] }] }),
    ],
  },
};
const application = {
  apiVersion: 'tidegate.dev/v1',
  kind: 'Application',
  metadata: { name: 'shop' },
  spec: {
    owner: 'team-shop',
    source: { repository: '/tmp/none' },
    run: { command: ['node'] },
    environments: [{ name: 'staging' }],
    strategy: { canary: { steps: [{ setWeight: 20 }] } },
  },
};

async function declare(db: Database, kind: 'Pipeline' | 'Application', written: Json) {
  const document = kinds[kind].parse(written);
  await db.query(
    `insert into documents (repository, path, kind, name, blob, newest_blob, commit, commit_info, spec, problems)
     values ('config', $2, $1, $2, 'b', 'b', 'c', '{}', $3, '[]')`,
    [kind, document.metadata.name, JSON.stringify(document)],
  );
}

beforeAll(async () => {
  const opened = await openTestServer({
    more: (db) => {
      const runs = runReconciler({ db, adapters });
      return [
        runRoutes({ db, operations: runOperations({ db, adapters, newId, now }), runs, now }),
      ];
    },
  });
  own.server = opened;
  const { db } = opened;
  await declare(db, 'Pipeline', pipeline);
  await declare(db, 'Application', application);
  const log = createLog({ name: 'test', level: 'silent' });
  const engine = await startEngine({
    db,
    reconcilers: [runReconciler({ db, adapters }) as unknown as AnyReconciler],
    handlers: stepEffects({ sql: db, adapters: all, secrets: { env: {}, directory: null }, log }),
    worker: 'test',
    log,
  });
  own.stop = async () => {
    await engine.stop();
    await opened.close();
  };
});
afterAll(() => own.stop?.());

type Call = Parameters<TestServer['call']>;
const call = (...args: Call) => server().call(...args);

async function begun(inputs: Json = { region: 'eu' }): Promise<string> {
  const { status, body } = await call('admin', 'POST', '/runs', { pipeline: 'release', inputs });
  expect(status).toBe(202);
  return body.id as string;
}

type View = {
  phase: string;
  because: string;
  awaiting: string[];
  graph: {
    steps: { name: string; status: string; because: string; outputs: Json; actions: Json[] }[];
    edges: Json[];
  };
  actions: { action: string; allowed: boolean }[];
  [field: string]: unknown;
};
const show = async (id: string): Promise<View> =>
  (await call('viewer', 'GET', `/runs/${id}`)).body as unknown as View;

async function become(id: string, holds: (view: View) => boolean): Promise<View> {
  for (let tries = 0; tries < 500; tries += 1) {
    const view = await show(id);
    if (holds(view)) return view;
    await until(() => false, 20);
  }
  throw new Error(JSON.stringify(await show(id)));
}
const awaiting = (id: string) => become(id, (view) => view.awaiting.length > 0);
const answer = (as: Call[0], id: string, body: Json, name = 'ok') =>
  call(as, 'POST', `/runs/${id}/steps/${encodeURIComponent(name)}/answers`, body);

test('a run is started, waits for a person, is approved, and succeeds', async () => {
  const id = await begun({ region: 'eu', count: '7' });
  const waiting = await awaiting(id);
  expect(waiting.because).toMatch(/^ok: waiting for .*dora/);
  expect(waiting.inputs).toEqual({ region: 'eu', count: 7 });
  expect(waiting.graph.edges).toEqual([
    { from: 'build', to: 'ok', is: null },
    { from: 'ok', to: 'ship', is: null },
    { from: 'build', to: 'ship', is: ['succeeded'] },
  ]);
  expect(waiting.graph.steps.map(({ name, status }) => `${name} ${status}`)).toEqual([
    'build succeeded',
    'build[0] succeeded',
    'build[1] succeeded',
    'ok running',
    'ship pending',
  ]);
  const listed = await call('viewer', 'GET', '/runs?awaiting=true&pipeline=release');
  expect(listed.body).toMatchObject({ items: [{ id, awaiting: ['ok'] }], cursor: null });
  expect((await answer('deployer', id, { action: 'approve', because: 'fine' })).status).toBe(202);
  const done = await become(id, ({ phase }) => phase === 'succeeded');
  expect(done.graph.steps.find(({ name }) => name === 'ok')).toMatchObject({
    status: 'succeeded',
    answers: [{ action: 'approve', actor: 'user:dora', because: 'fine' }],
    actions: [],
  });
});

test('who may not answer is refused, with a reason, and that is kept', async () => {
  const id = await begun();
  await awaiting(id);
  const refused = [
    await answer('admin', id, { action: 'approve', because: 'mine' }),
    await answer('deployer', id, { action: 'approve' }),
    await answer('deployer', id, { action: 'approve', because: 'x' }, 'build[0]'),
    await answer('deployer', id, { action: 'approve', because: 'x' }, 'nothing'),
    await answer('viewer', id, { action: 'approve', because: 'x' }),
  ];
  expect(refused.map(({ status, body }) => `${status} ${body.code}`)).toEqual([
    '403 TG1905',
    '403 TG1905',
    '409 TG1902',
    '409 TG1902',
    '403 TG1606',
  ]);
  const { events } = await readEvents(server().db, { objectId: `run/${id}`, limit: 100 });
  const noted = events.filter(({ outcome }) => outcome === 'refused');
  expect(noted.map(({ type, actor }) => `${type} ${actor}`)).toEqual([
    'step.approved user:ada',
    'step.approved user:dora',
    'step.approved user:dora',
    'step.approved user:dora',
  ]);
  await answer('deployer', id, { action: 'reject', because: 'no' });
  expect((await become(id, ({ phase }) => phase === 'failed')).because).toContain('ok failed');
});

test('what failed is retried from there, and what succeeded is kept', async () => {
  const id = await begun();
  await awaiting(id);
  const early = await call('deployer', 'POST', `/runs/${id}/actions`, { action: 'retry' });
  expect([early.status, early.body.code]).toEqual([409, 'TG1902']);
  await answer('deployer', id, { action: 'reject', because: 'not now' });
  await become(id, ({ phase }) => phase === 'failed');
  const again = await call('admin', 'POST', `/runs/${id}/actions`, {
    action: 'retry',
    because: 'now',
  });
  const next = await awaiting(again.body.id as string);
  expect(next).toMatchObject({ inputs: { region: 'eu', count: 3 } });
  expect(next.origin).toMatchObject({ trigger: 'retry', because: `Retry of ${id}: now` });
  const build = next.graph.steps.find(({ name }) => name === 'build');
  expect(build?.because).toBe(`kept from ${id}: all 2 are through`);
  await answer('deployer', again.body.id as string, { action: 'approve', because: 'good' });
  await become(again.body.id as string, ({ phase }) => phase === 'succeeded');
});

test('a run is cancelled, and what is over is not', async () => {
  const id = await begun();
  const { actions } = await awaiting(id);
  expect(actions.filter(({ allowed }) => allowed).map(({ action }) => action)).toEqual(['cancel']);
  const body = { action: 'cancel', because: 'wrong region' };
  expect((await call('deployer', 'POST', `/runs/${id}/actions`, body)).status).toBe(202);
  const view = await become(id, ({ phase }) => phase === 'cancelled');
  expect(view.because).toBe('user:dora cancelled the run: wrong region');
  const twice = await call('deployer', 'POST', `/runs/${id}/actions`, body);
  expect([twice.status, twice.body.code]).toEqual([409, 'TG1902']);
});

test.each([
  [{ pipeline: 'nothing' }, 404, 'TG1903'],
  [{ application: 'nothing' }, 404, 'TG1903'],
  [{ pipeline: 'release' }, 422, 'TG1904'],
  [{ pipeline: 'release', inputs: { region: 'eu', more: 1 } }, 422, 'TG1904'],
  [{ pipeline: 'release', inputs: { region: 7 } }, 422, 'TG1904'],
  [{ pipeline: 'release', inputs: { region: 'eu', count: 'many' } }, 422, 'TG1904'],
  [{ pipeline: 'release', inputs: { region: 'x'.repeat(70_000) } }, 422, 'TG1904'],
  [{ application: 'shop', release: 'r-none' }, 422, 'TG1904'],
  [{}, 400, 'TG1603'],
])('a wish that does not fit starts no run (%#)', async (body, status, code) => {
  const refused = await call('deployer', 'POST', '/runs', body);
  expect([refused.status, refused.body.code]).toEqual([status, code]);
});

test('runs are listed in pages, newest first, and by what is asked for', async () => {
  const ids = [await begun(), await begun(), await begun()];
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const after: string = cursor === null ? '' : `&cursor=${cursor}`;
    const page = await call('viewer', 'GET', `/runs?limit=2${after}`);
    const { items, cursor: next } = page.body as unknown as {
      items: { id: string }[];
      cursor: string | null;
    };
    seen.push(...items.map(({ id }) => id));
    cursor = next;
  } while (cursor !== null);
  expect(seen.slice(0, 3)).toEqual([...ids].reverse());
  expect(new Set(seen).size).toBe(seen.length);
  const none = await call('viewer', 'GET', '/runs?application=shop&phase=failed&active=true');
  expect(none.body.items).toEqual([]);
  const over = await call('viewer', 'GET', '/runs?active=false&limit=1');
  expect(over.body.items).toMatchObject([{ terminal: true }]);
});

test('a run explains itself, without being changed by that', async () => {
  const id = await begun();
  await awaiting(id);
  const { body } = await call('viewer', 'GET', `/runs/${id}/explain`);
  const { facts, events } = body as unknown as {
    facts: { fact: string }[];
    events: { type: string }[];
  };
  expect(facts.map(({ fact }) => fact).slice(0, 2)).toEqual(['It is running', 'ok is running']);
  expect(events.map(({ type }) => type)).toEqual(['run.opened', 'run.started', 'step.awaiting']);
  expect((await show(id)).phase).toBe('running');
});

test('what is not there is said to be so', async () => {
  for (const path of ['/runs/run-none', '/runs/run-none/explain']) {
    expect((await call('viewer', 'GET', path)).body.code).toBe('TG1901');
  }
  const cancel = await call('deployer', 'POST', '/runs/run-none/actions', { action: 'cancel' });
  expect(cancel.body.code).toBe('TG1901');
  expect((await call('viewer', 'GET', '/applications/none/pipeline')).body.code).toBe('TG1903');
});

test('pipelines are listed, and an application has one, its own or a made one', async () => {
  const { body } = await call('viewer', 'GET', '/pipelines');
  expect(body.items).toMatchObject([
    { name: 'release', description: 'All the way.', steps: 3, lastRun: { pipeline: 'release' } },
  ]);
  const made = await call('viewer', 'GET', '/applications/shop/pipeline');
  expect(made.body).toMatchObject({ name: 'shop', generated: true });
});
