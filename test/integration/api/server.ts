import { authenticator } from '../../../src/capabilities/access/authenticate.ts';
import { createAgentToken, createToken } from '../../../src/capabilities/access/tokens.ts';
import { auditRoutes } from '../../../src/capabilities/audit/routes.ts';
import { openEventSignals, type StreamTuning } from '../../../src/capabilities/audit/stream.ts';
import { fleetRoutes } from '../../../src/capabilities/fleet/routes.ts';
import { insightsRoutes } from '../../../src/capabilities/insights/routes.ts';
import { intentsChannel } from '../../../src/engine/channels.ts';
import type { Database } from '../../../src/platform/db/types.ts';
import { createHttpServer } from '../../../src/platform/http/server.ts';
import { openSignals } from '../../../src/platform/http/signals.ts';
import type { Routes } from '../../../src/platform/http/types.ts';
import { createLog } from '../../../src/platform/log/log.ts';
import { freshDatabase } from '../../support/postgres.ts';

export type TestServer = {
  readonly db: Database;
  readonly databaseUrl: string;
  readonly url: string;
  readonly tokens: Readonly<Record<'admin' | 'deployer' | 'viewer' | 'agent', string>>;
  /** Sends a request as one of these, with JSON. */
  call(
    as: 'admin' | 'deployer' | 'viewer' | 'agent' | null,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Record<string, unknown> }>;
  /** Ends the server only; the database stays. */
  stop(): Promise<void>;
  close(): Promise<void>;
};

export type TestServerOptions = {
  readonly tuning?: StreamTuning;
  readonly maxStreams?: number;
  readonly more?: (db: Database) => readonly Routes[];
};

/** The API over a real socket and a database of its own, without workers: what nobody reconciles stays as it is. */
export async function openTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const database = await freshDatabase();
  const { db } = database;
  const tokens = {
    admin: await createToken(db, 'ada', 'admin'),
    deployer: await createToken(db, 'dora', 'deployer'),
    viewer: await createToken(db, 'vic', 'viewer'),
    agent: await createAgentToken(db, 'agent-1', ['eu-1', 'us-1']),
  };
  const intents = await openSignals(db, intentsChannel);
  const events = await openEventSignals(db);
  const app = await createHttpServer({
    log: createLog({ name: 'test', level: 'silent' }),
    version: '0.0.1',
    authenticate: authenticator(db),
    routes: [
      insightsRoutes({ db, version: '0.0.1' }),
      fleetRoutes({ db, signals: intents }),
      auditRoutes({ db, signals: events, ...options }),
      ...(options.more?.(db) ?? []),
    ],
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const stop = async (): Promise<void> => {
    await app.close();
    await Promise.all([intents.close(), events.close()]);
  };
  return {
    db,
    databaseUrl: database.url,
    url,
    tokens,
    call: (as, method, path, body) =>
      call(url, as === null ? null : tokens[as], method, path, body),
    stop,
    close: async () => {
      await stop();
      await database.drop();
    },
  };
}

async function call(
  url: string,
  token: string | null,
  method: string,
  path: string,
  body: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
}
