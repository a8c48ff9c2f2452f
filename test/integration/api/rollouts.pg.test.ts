import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertRelease } from '../../../src/capabilities/releases/store.ts';
import { metricSchema } from '../../../src/contract/kinds/analysis-template.ts';
import { openObject } from '../../../src/engine/store.ts';
import type { Json } from '../../../src/platform/ids/types.ts';
import { openWorld, seedRollout, type World } from './world.ts';

const own: { world?: World; releases: string[] } = { releases: [] };
const world = (): World => own.world as World;
beforeAll(async () => {
  own.world = await openWorld();
  for (const commit of ['1', '2']) own.releases.push(await keepRelease(commit.repeat(40)));
});
afterAll(() => own.world?.close());

async function keepRelease(commit: string): Promise<string> {
  const probe = { path: '/readyz', interval: 1000, timeout: 1000, failureThreshold: 3 };
  const health = { readiness: probe, liveness: null, startTimeout: 60_000, drain: 30_000 };
  const artifact = { bundle: { repository: world().repository, path: '.', tree: 'a'.repeat(40) } };
  const config = { command: ['node', 'server.js'], env: {}, health };
  await insertRelease(world().db, {
    content: { application: 'shop', commit, artifact, config },
    subject: 'Sell',
    author: 'Dora',
    committedAt: null,
    createdBy: 'test',
  });
  const [row] = await world().db.query<{ id: string }>(
    `select id from releases where commit = $1`,
    [commit],
  );
  return row?.id ?? '';
}

const seed = (id: string, change: object = {}) => {
  const [stable = '', release = ''] = own.releases;
  return seedRollout(world().db, { id, release, stable, ...change });
};
const act = (
  id: string,
  action: string,
  as: 'admin' | 'deployer' | 'viewer' = 'deployer',
  because = '',
) => world().call(as, 'POST', `/rollouts/${id}/actions`, { action, because });
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;
const requestsOf = (id: string) =>
  world().db.query(`select action, actor, because from requests where object_id = $1 order by id`, [
    `rollout/${id}`,
  ]);

test('an action leaves a request with who and why, and wakes the rollout', async () => {
  await seed('ro-a', { environment: 'staging' });
  const answer = await act('ro-a', 'abort', 'deployer', 'it smells');
  expect(answer).toMatchObject({ status: 202, body: { accepted: true } });
  expect(await requestsOf('ro-a')).toEqual([
    { action: 'abort', actor: 'user:dora', because: 'it smells' },
  ]);
  const [row] = await world().db.query<{ news: number }>(
    `select news from objects where id = 'rollout/ro-a'`,
  );
  expect(row?.news).toBe(1);
});

test('an illegal action is refused, leaves no request, and the attempt is in the audit log', async () => {
  await seed('ro-b', { phase: 'succeeded', terminal: true });
  const answer = await act('ro-b', 'pause');
  expect(answer).toMatchObject({
    status: 409,
    body: { code: 'TG1302', detail: expect.stringContaining('It is over') },
  });
  expect(await requestsOf('ro-b')).toEqual([]);
  const { body } = await world().call('viewer', 'GET', '/events?object=rollout/ro-b');
  expect(body.items).toMatchObject([
    { type: 'rollout.pauseRequested', outcome: 'refused', actor: 'user:dora' },
  ]);
});

test('aborting one that is over changes nothing, and says so', async () => {
  await seed('ro-b2', { phase: 'succeeded', terminal: true });
  expect(await act('ro-b2', 'abort')).toMatchObject({
    status: 202,
    body: { accepted: true, note: 'Nothing was running: it was over (succeeded).' },
  });
  expect(await requestsOf('ro-b2')).toEqual([]);
  const { body } = await world().call('viewer', 'GET', '/events?object=rollout/ro-b2');
  expect(body.items).toEqual([]);
});

test('a viewer may not act, and an unknown action or rollout is told apart', async () => {
  await seed('ro-c', { phase: 'aborted', terminal: true });
  expect(await act('ro-c', 'pause', 'viewer')).toMatchObject({
    status: 403,
    body: { code: 'TG1606' },
  });
  expect(await act('ro-c', 'supersede')).toMatchObject({ status: 400, body: { code: 'TG1603' } });
  expect(await act('ro-zzz', 'abort')).toMatchObject({ status: 404, body: { code: 'TG1301' } });
  expect(await act('ro-a', 'overrideFreeze', 'admin')).toMatchObject({ status: 409 });
  expect(await requestsOf('ro-c')).toEqual([]);
});

test('one rollout shows its plan in words, its targets, and what may be asked of it', async () => {
  await seed('ro-d', { phase: 'progressing' });
  const { status, body } = await world().call('viewer', 'GET', '/rollouts/ro-d');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    id: 'ro-d',
    waveNames: ['eu', 'us'],
    stepNames: ['weight 20 %', 'pause for a person', 'weight 50 %'],
    targets: [
      { name: 'eu-1', wave: 0, connected: false },
      { name: 'us-1', wave: 1, connected: false },
    ],
  });
  const actions = body.actions as { action: string; allowed: boolean }[];
  expect(actions.find((one) => one.action === 'abort')?.allowed).toBe(true);
  expect(actions.find((one) => one.action === 'resume')?.allowed).toBe(false);
});

test('explain makes the decision again from what is so now', async () => {
  const { status, body } = await world().call('viewer', 'GET', '/rollouts/ro-d/explain');
  expect(status).toBe(200);
  const facts = body.facts as { fact: string; because: string }[];
  expect(facts[0]?.fact).toBe('It is progressing');
  expect(facts.map((one) => one.because).join(' ')).toContain('(Promote shop) by Dora declares it');
  const over = await world().call('viewer', 'GET', '/rollouts/ro-b/explain');
  expect((over.body.events as object[]).length).toBe(1);
});

test('explain gives every measurement that is kept, and what it was held against', async () => {
  const { db } = world();
  const key = 'ro-d/0/step-1';
  const metric = metricSchema.parse({
    name: 'latency',
    provider: { prometheus: { address: 'http://127.0.0.1:1', query: 'up' } },
    interval: '10s',
    successCondition: 'result < 0.3',
    failureCondition: 'result > 0.5',
    failureLimit: 3,
    inconclusiveLimit: 5,
  });
  const recent = Array.from({ length: 50 }, (_each, index) => ({
    at: new Date(index * 10_000).toISOString(),
    verdict: index === 49 ? 'failure' : 'success',
    value: { result: index },
    query: 'up{app="shop"}',
    because: `${index} was seen`,
  }));
  const state = {
    ...{ args: { service: 'shop' }, phase: 'running', because: 'it goes on', endedAt: null },
    startedAt: new Date(0).toISOString(),
    metrics: [
      { metric, successes: 80, failures: 1, inconclusives: 0, errors: 0, recent, phase: 'running' },
    ],
  };
  await openObject(db, { kind: 'analysis', key, phase: 'running', state: plain(state) });
  const use = {
    key,
    purpose: 'step',
    wave: 0,
    step: 1,
    plannedUntil: null,
    worthFrom: '',
    mark: 'open',
  };
  await db.query(
    `update objects set state = jsonb_set(state, '{analyses}', $1) where id = 'rollout/ro-d'`,
    [JSON.stringify([use, { ...use, key: 'ro-d/0/gone' }])],
  );
  const { body } = await world().call('viewer', 'GET', '/rollouts/ro-d/explain');
  expect(body.analyses).toMatchObject([
    {
      ...{ key, purpose: 'step', wave: 0, phase: 'running', args: { service: 'shop' } },
      metrics: [
        {
          ...{ name: 'latency', source: 'prometheus', successes: 80, failures: 1 },
          ...{ successCondition: 'result < 0.3', failureCondition: 'result > 0.5' },
          ...{ failureLimit: 3, inconclusiveLimit: 5, consecutiveErrorLimit: 5 },
          measurements: recent,
        },
      ],
    },
  ]);
});

test('a freeze is overridden by an admin or an approver of the environment; others are refused', async () => {
  const override = (as: 'admin' | 'deployer') => act('ro-d', 'overrideFreeze', as, 'agreed');
  expect(await override('deployer')).toMatchObject({
    status: 403,
    body: { code: 'TG1606', detail: 'Overriding a freeze of production needs role admin.' },
  });
  expect((await override('admin')).status).toBe(202);
  await world().db.query(
    `update objects set state = jsonb_set(state, '{plan,approvers}', '["dora"]')
      where id = 'rollout/ro-d'`,
  );
  expect((await override('deployer')).status).toBe(202);
  const { body } = await world().call('viewer', 'GET', '/events?object=rollout/ro-d');
  expect(body.items).toMatchObject([{ outcome: 'refused', actor: 'user:dora' }]);
});

test('the list pages newest first and filters', async () => {
  const ids = async (query: string) => {
    const { body } = await world().call('viewer', 'GET', `/rollouts?${query}`);
    const items = body.items as { id: string }[];
    return { ids: items.map((one) => one.id), cursor: body.cursor };
  };
  expect(await ids('limit=3')).toEqual({ ids: ['ro-d', 'ro-c', 'ro-b2'], cursor: 'ro-b2' });
  expect(await ids('limit=3&cursor=ro-b2')).toEqual({ ids: ['ro-b', 'ro-a'], cursor: null });
  expect((await ids('active=true&environment=production')).ids).toEqual(['ro-d']);
  expect((await ids('phase=succeeded')).ids).toEqual(['ro-b2', 'ro-b']);
  const wrong = await world().call('viewer', 'GET', '/rollouts?phase=lost&limit=0');
  expect(wrong).toMatchObject({ status: 400, body: { code: 'TG1603' } });
});
