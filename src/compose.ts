/*
 * The parts of the control plane, started: a worker, a server, or both in one.
 */
import { join } from 'node:path';
import { watchEvents } from './capabilities/notifications/watch.ts';
import { composeHttp } from './compose-http.ts';
import { composeParts, type Parts } from './compose-parts.ts';
import { type Engine, startEngine } from './engine/engine.ts';
import { readInstallation } from './engine/unfinished.ts';
import { openRepositories } from './integrations/git/registry.ts';
import type { Settings } from './platform/config/settings.ts';
import { openDatabase } from './platform/db/pool.ts';
import type { Database } from './platform/db/types.ts';
import type { Log } from './platform/log/log.ts';

export type ComposeOptions = {
  readonly role: 'all' | 'server' | 'worker';
  readonly databaseUrl: string;
  readonly settings: Settings;
  readonly log: Log;
  /** Name of this worker; no other that runs now has it. */
  readonly worker: string;
};

export type ControlPlane = {
  /** Null for a worker. */
  readonly url: string | null;
  /** Null for a server. */
  readonly worker: string | null;
  stop(): Promise<void>;
};

/** Joins and starts a part of the control plane on a migrated database. */
export async function composeControlPlane(options: ComposeOptions): Promise<ControlPlane> {
  const { role, settings, log } = options;
  const db = openDatabase(options.databaseUrl, {
    max: 20,
    name: `tidegate ${role}`,
    // The error holds the whole client, with its statements and the key that cancels its backend.
    onError: ({ message }) => log.warn({ why: message }, 'a database connection broke'),
  });
  const repositories = openRepositories({ mirrors: settings.paths.mirrors });
  const parts = composeParts(db, repositories.open, {
    log,
    directory: join(settings.paths.home, 'steps'),
    owner: await readInstallation(db),
  });
  const engine = role === 'server' ? null : await startWorker(options, db, parts);
  const stopBelow = async (): Promise<void> => {
    await engine?.stop();
    await repositories.closeRepositories();
    await db.close();
  };
  const openHttp = () => composeHttp({ db, settings, log, parts, history: repositories.open });
  // Without its API it must not work on unseen.
  const http = await (role === 'worker' ? null : openHttp())?.catch(async (error: unknown) => {
    await stopBelow();
    throw error;
  });
  return {
    url: http?.url ?? null,
    worker: engine ? options.worker : null,
    stop: async () => {
      await http?.stop();
      await stopBelow();
    },
  };
}

/** A worker: the engine, and the watch that wakes channels at the events that they are to tell. */
async function startWorker(
  { worker, log }: ComposeOptions,
  db: Database,
  { reconcilers, handlers }: Parts,
): Promise<Pick<Engine, 'stop'>> {
  const engine = await startEngine({ db, reconcilers, handlers, worker, log });
  const watch = await watchEvents({ db, log }).catch(async (error: unknown) => {
    await engine.stop();
    throw error;
  });
  return {
    stop: async () => {
      await watch.stop();
      await engine.stop();
    },
  };
}
