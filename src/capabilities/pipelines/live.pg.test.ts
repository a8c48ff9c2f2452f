import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/support/postgres.ts';
import { kinds } from '../../contract/kinds/registry.ts';
import { readLive } from './live.ts';

const own: { fresh?: FreshDatabase } = {};
const db = () => {
  if (!own.fresh) throw new Error('no database');
  return own.fresh.db;
};

const environment = (name: string, freeze: readonly unknown[]) =>
  kinds.Environment.parse({
    apiVersion: 'tidegate.dev/v1',
    kind: 'Environment',
    metadata: { name },
    spec: { waves: [{ name: 'all', targets: ['t-1'] }], freeze },
  });

beforeAll(async () => {
  own.fresh = await freshDatabase();
  const always = {
    name: 'always',
    rrule: 'DTSTART:20260101T000000\nRRULE:FREQ=HOURLY',
    duration: '1h',
  };
  for (const [name, freeze] of [
    ['quiet', [always]],
    ['busy', []],
    ['new', []],
  ] as const) {
    await db().query(
      `insert into documents (repository, path, kind, name, blob, newest_blob, commit, spec)
       values ('config', $1, 'Environment', $1, 'b', 'b', 'c', $2)`,
      [name, JSON.stringify(environment(name, freeze))],
    );
  }
  await db().query(
    `insert into releases (id, digest, application, commit, content, subject, author, created_by)
     values ('r-1', 'd', 'shop', 'c', '{}', '', '', 'test')`,
  );
  await db().query(
    `insert into stables (application, environment, release, rollout) values ('shop', 'busy', 'r-1', 'ro-0')`,
  );
  await db().query(
    `insert into rollouts (id, application, environment, release, strategy, phase, because, started_at, updated_at)
     values ('ro-1', 'shop', 'busy', 'r-2', 'canary', 'progressing', '', now(), now())`,
  );
  const intent = `insert into intents (target, application, environment, generation, revision, spec, written_by, because)`;
  await db().query(`${intent} values ('t-1', 'shop', 'busy', 2, 1, '{}', 'x', '')`);
  await db().query(`${intent} values ('t-2', 'shop', 'quiet', 1, 1, '{}', 'x', '')`);
  await db().query(
    `insert into statuses (target, application, environment, generation, converged, report, reported_at)
     values ('t-1', 'shop', 'busy', 1, true, '{}', now()), ('t-2', 'shop', 'quiet', 1, true, '{}', now())`,
  );
});
afterAll(() => own.fresh?.drop());

test('every declared environment shows what an application runs there', async () => {
  const nothing = { stable: null, active: null, phase: null, health: 'unknown', frozen: false };
  expect(await readLive(db(), 'shop', new Date())).toEqual({
    busy: { stable: 'r-1', active: 'r-2', phase: 'progressing', health: 'degraded', frozen: false },
    quiet: { ...nothing, health: 'healthy', frozen: true },
    new: nothing,
  });
  expect((await readLive(db(), 'other', new Date())).busy).toEqual(nothing);
});

test('without an application there is nothing to show', async () => {
  expect(await readLive(db(), null, new Date())).toEqual({});
});
