import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { eventually, startRole } from '../../../examples/demo/processes.ts';
import { buildWeb } from '../../../setup/web.ts';
import { homePaths } from '../../../src/platform/config/home.ts';
import { openDatabase } from '../../../src/platform/db/pool.ts';
import type { Database } from '../../../src/platform/db/types.ts';
import { openBrowser } from '../../support/browser.ts';
import { type Amount, seedStatus } from '../status/seed.ts';

export type Stage = {
  readonly browser: Browser;
  readonly db: Database;
  readonly server: { readonly url: string; readonly token: string };
  end(): Promise<void>;
};

/**
 * A seeded database, a server of its own process on it, without a worker, and a real Chromium; the page is built as
 * people get it. `url` is that of an empty, migrated database.
 */
export async function openStage(url: string, amount: Amount): Promise<Stage> {
  const ends: (() => Promise<unknown>)[] = [];
  const end = async (): Promise<void> => {
    for (const one of ends.toReversed()) await one();
  };
  try {
    const browser = await openBrowser();
    ends.push(() => browser.close());
    await buildWeb();
    const db = openDatabase(url, { max: 4, name: 'tidegate bench' });
    ends.push(() => db.close());
    await seedStatus(db, amount);
    const home = await mkdtemp(join(tmpdir(), 'tidegate-bench-web-'));
    ends.push(() => rm(home, { recursive: true, force: true }));
    const server = await startServer(home, url, ends);
    return { browser, db, server, end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function startServer(
  home: string,
  url: string,
  ends: (() => Promise<unknown>)[],
): Promise<Stage['server']> {
  const paths = homePaths(home);
  await mkdir(paths.logs, { recursive: true });
  const running = await startRole('server', {
    home,
    log: join(paths.logs, 'server.log'),
    flags: ['--log-level', 'warn', '--port', '0'],
    env: { DATABASE_URL: url },
  });
  ends.push(() => running.stop());
  const address = async () => JSON.parse(await readFile(paths.server, 'utf8'));
  const found: { url: string } = await eventually('its address', address, 30_000, running).catch(
    async (cause: unknown) => {
      throw new Error(`the server did not start: ${await running.lastWords()}`, { cause });
    },
  );
  const token = await readFile(paths.token, 'utf8');
  return { url: found.url, token: token.trim() };
}
