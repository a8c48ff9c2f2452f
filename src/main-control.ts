import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { composeControlPlane } from './compose.ts';
import type { HomePaths } from './platform/config/home.ts';
import type { Settings } from './platform/config/settings.ts';
import { type Embedded, startEmbedded } from './platform/db/embedded.ts';
import { migrate } from './platform/db/migrate.ts';
import { fail, ProblemError } from './platform/errors/problem.ts';
import { newId } from './platform/ids/new-id.ts';
import { createLog, type Log } from './platform/log/log.ts';
import { letGo, untilAskedToEnd } from './platform/process/signals.ts';

export type ControlRole = 'all' | 'server' | 'worker';

/**
 * Runs a part of the control plane until it is asked to end. Killed instead, it leaves PostgreSQL running and
 * nothing half done: the next one goes on.
 */
export async function runControlPlane(role: ControlRole, settings: Settings): Promise<void> {
  const { paths } = settings;
  await mkdir(paths.home, { recursive: true });
  // Others may pass through but not look around: as root, PostgreSQL runs under another account, below this folder.
  await chmod(paths.home, 0o711);
  if (role !== 'worker') await refuseSecond(paths);
  const log = createLog({ name: role, level: settings.level });
  const { url, embedded } = await database(role, settings, log);
  const running = await compose(role, url, settings, log).catch(async (error: unknown) => {
    // Killed, it leaves PostgreSQL for the next one; but what never came up leaves nothing behind.
    await embedded?.stop();
    throw error;
  });
  if (running.url) await announce(paths, running.url);
  log.info({ url: running.url, worker: running.worker }, 'running');
  const ending = new AbortController();
  if (embedded) void endWithoutDatabase(embedded, log, ending.signal);
  const asked = await untilAskedToEnd(settings.supervised);
  ending.abort();
  log.info({ asked }, 'ending');
  if (running.url) await rm(paths.server, { force: true });
  await running.stop();
  await embedded?.stop();
  letGo();
}

/** Milliseconds between two looks at the database's process. */
const databaseWatch = 500;

/**
 * A PostgreSQL that was started beside this process is started again by nobody else. So this process ends too: its
 * supervisor starts it again, and with it PostgreSQL. Without a database there is nothing to be put in order.
 */
async function endWithoutDatabase(
  embedded: Embedded,
  log: Log,
  ending: AbortSignal,
): Promise<void> {
  while (!ending.aborted && (await embedded.isAlive())) {
    await sleep(databaseWatch, undefined, { ref: false });
  }
  if (ending.aborted) return;
  log.fatal(
    { code: 'TG1801', pid: embedded.pid },
    'PostgreSQL is gone: ending, to be started again',
  );
  process.exit(1);
}

async function compose(
  role: ControlRole,
  databaseUrl: string,
  settings: Settings,
  log: Log,
): Promise<Awaited<ReturnType<typeof composeControlPlane>>> {
  const applied = await migrate(databaseUrl).catch((cause: unknown) => {
    if (cause instanceof ProblemError) throw cause;
    const { hostname, port } = new URL(databaseUrl);
    const why = cause instanceof Error ? cause.message : String(cause);
    const detail = `PostgreSQL at ${hostname}:${port || 5432} cannot be used: ${why}`;
    fail('TG1801', { detail, hint: 'Is it up, and does DATABASE_URL name it?' }, cause);
  });
  if (applied > 0) log.info({ applied }, 'schema is up to date');
  return await composeControlPlane({ role, databaseUrl, settings, log, worker: newId('w') });
}

async function database(
  role: ControlRole,
  settings: Settings,
  log: Log,
): Promise<{ url: string; embedded: Embedded | null }> {
  if (settings.databaseUrl) return { url: settings.databaseUrl, embedded: null };
  if (role !== 'all') {
    fail('TG1801', {
      detail: `Role ${role} shares its database with others, and DATABASE_URL is not set.`,
      hint: 'Set DATABASE_URL, or run role all with the embedded PostgreSQL.',
    });
  }
  const embedded = await startEmbedded({
    directory: settings.paths.database,
    onProgress: (text) => log.info(text),
  });
  log.info({ pid: embedded.pid, adopted: embedded.adopted }, 'PostgreSQL is up');
  return { url: embedded.url, embedded };
}

/** Written whole or not at all: others read it to find the server. */
async function announce(paths: HomePaths, url: string): Promise<void> {
  const draft = join(paths.home, `server.${process.pid}.json`);
  await writeFile(draft, JSON.stringify({ url, pid: process.pid }));
  await rename(draft, paths.server);
}

async function refuseSecond(paths: HomePaths): Promise<void> {
  const found = await runningServer(paths);
  if (!found) return;
  fail('TG1801', {
    detail: `A control plane runs in ${paths.home} already: ${found.url}, process ${found.pid}.`,
    hint: 'End it first, or give another folder with --home.',
  });
}

/** The server that says it runs in this home and answers; null when there is none. */
export async function runningServer(
  paths: HomePaths,
): Promise<{ readonly url: string; readonly pid: number } | null> {
  const text = await readFile(paths.server, 'utf8').catch(() => null);
  if (text === null) return null;
  const found = JSON.parse(text) as { url: string; pid: number };
  const signal = AbortSignal.timeout(2_000);
  const answer = await fetch(`${found.url}/api/v1/health`, { signal }).catch(() => null);
  return answer?.ok ? found : null;
}
