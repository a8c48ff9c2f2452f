import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/support/postgres.ts';
import { eventually } from '../../engine/engine.fixture.ts';
import { createHttpServer } from '../../platform/http/server.ts';
import type { HttpApp } from '../../platform/http/types.ts';
import { createLog } from '../../platform/log/log.ts';
import { openExport } from './export.ts';
import { auditRoutes } from './routes.ts';
import { searchIn } from './search.ts';
import { openEventSignals } from './stream.ts';

const own = {} as { fresh: FreshDatabase; hasty: HttpApp; close(): Promise<void> };
beforeAll(async () => {
  const fresh = await freshDatabase();
  const signals = await openEventSignals(fresh.db);
  const hasty = await createHttpServer({
    log: createLog({ name: 'test', level: 'silent' }),
    version: '0.0.1',
    authenticate: async () => null,
    routes: [auditRoutes({ db: fresh.db, signals, patience: 50 })],
  });
  const close = async (): Promise<void> => {
    await hasty.close();
    await signals.close();
    await fresh.drop();
  };
  Object.assign(own, { fresh, hasty, close });
  await fresh.db.query(
    `insert into events (type, actor, because, outcome)
     select 'n.' || n, 'tidegate', 'a test', 'done' from generate_series(1, 1600) n`,
  );
  await eventually(async () => (await read(undefined, 1_600)).events.length === 1_600);
});
afterAll(() => own.close());

const read = (after: string | undefined, limit: number) =>
  searchIn(own.fresh.db).forward({ after, limit });

/** Keeps everybody from reading the log until what it resolves with is called. */
async function block(): Promise<() => Promise<void>> {
  const blocked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const blocker = own.fresh.db.transaction(async (tx) => {
    await tx.query('lock table events in access exclusive mode');
    blocked.resolve();
    await released.promise;
  });
  await blocked.promise;
  return async () => {
    released.resolve();
    await blocker;
  };
}

test('a search that takes too long is given up, and says how to narrow it', async () => {
  const { fresh, hasty } = own;
  const release = await block();
  const after = Buffer.from('0.0').toString('base64url');
  const asked = ['events?q=x', 'events?q=x&order=oldest', 'events/export', `stream?after=${after}`];
  const answers = await Promise.all(asked.map((one) => hasty.inject(`/api/v1/${one}`)));
  await release();
  for (const answer of answers) {
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'TG1609']);
    expect(answer.json().hint).toContain('since and until');
  }
  expect((await read(undefined, 1)).events).toHaveLength(1);
  expect(await fresh.db.query('show statement_timeout')).toEqual([{ statement_timeout: '0' }]);
});

test('an export that cannot read on in time ends with where to go on', async () => {
  const text = await openExport(searchIn(own.fresh.db, 2_000), {
    filter: {},
    after: undefined,
    format: 'ndjson',
  });
  const release = await block();
  const lines = (await Array.fromAsync(text)).join('').trimEnd().split('\n');
  await release();
  expect(lines).toHaveLength(1_001);
  const { type, because, cursor } = JSON.parse(lines.at(-1) ?? '');
  expect(type).toBe('export.truncated');
  expect(because).toContain('the log was busy');
  expect((await read(cursor, 1)).events).toMatchObject([{ type: 'n.1001' }]);
});
