import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAgentToken, createToken } from '../../src/capabilities/access/tokens.ts';
import { openEventSignals } from '../../src/capabilities/audit/stream.ts';
import { composeApp } from '../../src/compose-http.ts';
import { composeParts } from '../../src/compose-parts.ts';
import { intentsChannel } from '../../src/engine/channels.ts';
import { openRepositories } from '../../src/integrations/git/registry.ts';
import { readSettings } from '../../src/platform/config/settings.ts';
import type { Database } from '../../src/platform/db/types.ts';
import { openSignals } from '../../src/platform/http/signals.ts';
import type { HttpApp } from '../../src/platform/http/types.ts';
import { createLog } from '../../src/platform/log/log.ts';
import { freshDatabase } from '../support/postgres.ts';

export const hookSecret = 'between us';

export type Service = {
  readonly app: HttpApp;
  readonly db: Database;
  readonly port: number;
  readonly tokens: Readonly<Record<'admin' | 'deployer' | 'viewer' | 'agent', string>>;
  /** Fails when the service is not as it was: it answers, it can write, and nothing was left behind unhandled. */
  stillGood(): Promise<void>;
  close(): Promise<void>;
};

/** The whole API as the product joins it, on a port and a database of its own, without workers. */
export async function openService(): Promise<Service> {
  const { db, drop } = await freshDatabase();
  const home = await mkdtemp(join(tmpdir(), 'tidegate-hostile-'));
  const repositories = openRepositories({ mirrors: join(home, 'mirrors') });
  const tokens = {
    admin: await createToken(db, 'ada', 'admin'),
    deployer: await createToken(db, 'dora', 'deployer'),
    viewer: await createToken(db, 'vic', 'viewer'),
    agent: await createAgentToken(db, 'agent-1', ['eu-1', 'us-1']),
  };
  const [intents, events] = [await openSignals(db, intentsChannel), await openEventSignals(db)];
  const app = await composeApp({
    db,
    intents,
    events,
    settings: readSettings([], { TIDEGATE_HOME: home, TIDEGATE_HOOK_SECRET: hookSecret }),
    log: createLog({ name: 'test', level: 'silent' }),
    parts: composeParts(db, repositories.open),
    history: repositories.open,
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  return {
    app,
    db,
    port: Number(new URL(url).port),
    tokens,
    stillGood: async () => {
      const headers = { authorization: `Bearer ${tokens.admin}` };
      const read = await app.inject({ url: '/api/v1/events?limit=1', headers });
      const payload = { name: 'still-good', role: 'viewer' };
      const wrote = await app.inject({ method: 'POST', url: '/api/v1/tokens', headers, payload });
      const state = [read.statusCode, wrote.statusCode, unhandled.length];
      if (state.join() !== '200,201,0') throw new Error(`not as it was: ${state} ${unhandled}`);
    },
    close: async () => {
      process.off('unhandledRejection', note);
      await app.close();
      await Promise.all([intents.close(), events.close(), repositories.closeRepositories()]);
      await drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
