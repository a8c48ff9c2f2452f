import { type FreshDatabase, freshDatabase } from '../../../test/support/postgres.ts';
import { eventually } from '../../engine/engine.fixture.ts';
import { createHttpServer } from '../../platform/http/server.ts';
import type { HttpApp } from '../../platform/http/types.ts';
import { createLog } from '../../platform/log/log.ts';
import { type AuditRoutesDeps, auditRoutes } from './routes.ts';
import { searchIn } from './search.ts';
import { openEventSignals } from './stream.ts';

export type AuditWorld = {
  readonly fresh: FreshDatabase;
  readonly app: HttpApp;
  close(): Promise<void>;
};

/** A log of so many events, `n.1` and on, and the routes to it. */
export async function openAudit(
  count: number,
  over: Partial<AuditRoutesDeps> = {},
): Promise<AuditWorld> {
  const fresh = await freshDatabase();
  const signals = await openEventSignals(fresh.db);
  const app = await createHttpServer({
    log: createLog({ name: 'test', level: 'silent' }),
    version: '0.0.1',
    authenticate: async () => null,
    routes: [auditRoutes({ db: fresh.db, signals, ...over })],
  });
  await fresh.db.query(
    `insert into events (type, actor, because, outcome)
     select 'n.' || n, 'tidegate', 'a test', 'done' from generate_series(1, $1::int) n`,
    [count],
  );
  const last = { after: undefined, limit: 1, type: `n.${count}` };
  await eventually(async () => (await searchIn(fresh.db).forward(last)).events.length === 1);
  const close = async (): Promise<void> => {
    await app.close();
    await signals.close();
    await fresh.drop();
  };
  return { fresh, app, close };
}
