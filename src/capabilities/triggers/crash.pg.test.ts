import { afterEach, expect, test } from 'vitest';
import { readEvents } from '../../engine/reads.ts';
import { signed } from '../../integrations/webhook/payloads.fixture.ts';
import type { Database } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { until } from '../sources/sources.fixture.ts';
import { openServer, secret } from './server.fixture.ts';
import { pruneDeliveries } from './store.ts';
import { pipeline, startWorld, type World, wake } from './world.fixture.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const files = {
  'ops.yaml': pipeline('ops', [{ name: 'any', webhook: { from: 'generic', secret: 'hook' } }]),
};

async function begin(around?: Parameters<World['work']>[0]) {
  const world = await startWorld(files, { worker: false });
  ends.push(world.stop);
  const first = await world.work(around);
  await world.settle();
  return { world, stopFirst: () => first.stop() };
}

async function serve(db: Database) {
  const app = await openServer(db);
  ends.push(() => app.close());
  return async (delivery: string) => {
    const { headers, body } = signed(secret, {}, { 'x-tidegate-delivery': delivery }, new Date());
    const answer = await app.inject({
      ...{ method: 'POST', url: '/hooks/pipelines/ops/any', headers },
      payload: Buffer.from(body),
    });
    return { status: answer.statusCode, run: answer.json<{ run?: string }>().run };
  };
}

test('what was acknowledged while no worker ran becomes runs when one does', async () => {
  const { world, stopFirst } = await begin();
  await stopFirst();
  const post = await serve(world.db);
  const answers = await Promise.all(Array.from({ length: 120 }, (_, at) => post(`d-${at}`)));
  expect(answers.every((one) => one.status === 202)).toBe(true);
  expect(await world.runs()).toEqual([]);
  ends.push((await world.work()).stop);
  const runs = await world.hasRuns(120);
  expect(new Set(runs.map((one) => one.id))).toEqual(new Set(answers.map((one) => one.run)));
  expect(runs).toHaveLength(120);
});

test('what could not be written was not acknowledged, and is no duplicate when it comes again', async () => {
  const { world } = await begin();
  const state = { broken: true };
  // The connection breaks before the commit: everything of the transaction is gone.
  const breaking: Database = {
    ...world.db,
    transaction: (run) =>
      world.db.transaction(async (tx) => {
        const done = await run(tx);
        if (state.broken) throw Object.assign(new Error('broken'), { code: '08006' });
        return done;
      }),
  };
  const post = await serve(breaking);
  expect((await post('d-1')).status).toBe(503);
  expect(await world.db.query('select 1 from webhook_deliveries')).toEqual([]);
  state.broken = false;
  const again = await post('d-1');
  expect(again.status).toBe(202);
  expect((await world.hasRuns(1)).map((one) => one.id)).toEqual([again.run]);
});

test('a commit whose answer got lost is a duplicate when it comes again, and one run', async () => {
  const { world } = await begin();
  const state = { broken: true };
  const breaking: Database = {
    ...world.db,
    transaction: async (run) => {
      const done = await world.db.transaction(run);
      if (state.broken) throw Object.assign(new Error('broken'), { code: '08006' });
      return done;
    },
  };
  const post = await serve(breaking);
  expect((await post('d-1')).status).toBe(503);
  state.broken = false;
  const again = await post('d-1');
  expect(again.status).toBe(200);
  expect((await world.hasRuns(1)).map((one) => one.id)).toEqual([again.run]);
});

test('a worker that dies after it began the run and before it could say so begins no second one', async () => {
  const tries: string[] = [];
  const { world } = await begin((handler) => ({
    ...handler,
    run: async (payload, key, signal) => {
      const done = await handler.run(payload, key, signal);
      tries.push(key);
      if (tries.length === 1) fail('TG1701', { detail: 'The worker died.' });
      return done;
    },
  }));
  const post = await serve(world.db);
  const { run } = await post('d-1');
  await until(async () => (tries.length >= 2 ? true : null));
  expect((await world.hasRuns(1)).map((one) => one.id)).toEqual([run]);
  expect(new Set(tries).size).toBe(1);
  const { events } = await readEvents(world.db, { type: 'run.opened', limit: 10 });
  expect(events).toHaveLength(1);
});

test('deliveries are remembered for thirty days, and forgotten in pieces after', async () => {
  const { world, stopFirst } = await begin();
  await stopFirst();
  await world.db.query(
    `insert into webhook_deliveries (trigger, delivery, received_at)
     select 'ops/any', 'old-' || n, now() - interval '30 days 1 minute' from generate_series(1, 4500) as n
      union all
     select 'ops/any', 'young-' || n, now() - interval '29 days' from generate_series(1, 50) as n`,
  );
  expect(await pruneDeliveries(world.db, 1_000)).toBe(1_000);
  ends.push((await world.work()).stop);
  await wake(world.db, 'pipeline:ops');
  const left = async () => {
    const rows = await world.db.query<{ kind: string; n: number }>(
      `select split_part(delivery, '-', 1) as kind, count(*)::int as n from webhook_deliveries group by 1 order by 1`,
    );
    return Object.fromEntries(rows.map((row) => [row.kind, row.n]));
  };
  await until(async () => ('old' in (await left()) ? null : true));
  expect(await left()).toEqual({ young: 50 });
});
