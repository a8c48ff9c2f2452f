import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuditWorld, openAudit } from './audit.fixture.ts';
import { openExport } from './export.ts';
import { searchIn } from './search.ts';

const own = {} as { world: AuditWorld };
beforeAll(async () => {
  own.world = await openAudit(1_600, { patience: 50 });
});
afterAll(() => own.world.close());

const read = (after: string | undefined, limit: number) =>
  searchIn(own.world.fresh.db).forward({ after, limit });

/** Keeps everybody from reading the log until what it resolves with is called. */
async function block(): Promise<() => Promise<void>> {
  const blocked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const blocker = own.world.fresh.db.transaction(async (tx) => {
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
  const { fresh, app } = own.world;
  const release = await block();
  const after = Buffer.from('0.0').toString('base64url');
  const asked = ['events?q=x', 'events?q=x&order=oldest', 'events/export', `stream?after=${after}`];
  const answers = await Promise.all(asked.map((one) => app.inject(`/api/v1/${one}`)));
  await release();
  for (const answer of answers) {
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'TG1609']);
    expect(answer.json().hint).toContain('since and until');
  }
  expect((await read(undefined, 1)).events).toHaveLength(1);
  expect(await fresh.db.query('show statement_timeout')).toEqual([{ statement_timeout: '0' }]);
});

test('an export that cannot read on in time ends with where to go on', async () => {
  const text = await openExport(searchIn(own.world.fresh.db, 2_000), {
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
