import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, type Running, startRole } from '../../examples/demo/processes.ts';
import { homePaths } from '../../src/platform/config/home.ts';
import { startEmbedded } from '../../src/platform/db/embedded.ts';
import { processesIn } from './left-over.ts';
import { type Api, openApi } from './support/api.ts';

const own: { home: string; running?: Running } = { home: '' };
beforeAll(async () => {
  own.home = await mkdtemp(join(tmpdir(), 'tidegate-database-dies-'));
  await chmod(own.home, 0o711);
});
afterAll(async () => {
  await own.running?.stop();
  expect(await processesIn(own.home)).toEqual([]);
  await rm(own.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

const start = (): Promise<Running> =>
  startRole('all', { home: own.home, log: join(own.home, 'all.log'), flags: ['--port', '0'] });

/**
 * Starts role all, and again when it ends, as a supervisor does (a postmaster that was killed holds its lock until
 * what it started has ended). Gives its API once that has its database.
 */
async function begin(): Promise<{ running: Running; api: Api }> {
  own.running = await start();
  const paths = homePaths(own.home);
  return await eventually(
    'the API',
    async () => {
      if (own.running?.child.exitCode !== null) own.running = await start();
      const running = own.running;
      const found = JSON.parse(await readFile(paths.server, 'utf8')) as {
        url: string;
        pid: number;
      };
      const api = openApi(found.url, async () => (await readFile(paths.token, 'utf8')).trim());
      const health = await api.get<{ database: boolean }>('/health');
      return found.pid === running.child.pid && health.database && { running, api };
    },
    60_000,
  );
}

test('a control plane whose own PostgreSQL dies ends, and the next one brings both back with all that was answered', async () => {
  const first = await begin();
  const address = join(own.home, 'nowhere.git');
  await first.api.post('/sources', { name: 'kept', address });
  const { pid, adopted } = await startEmbedded({ directory: homePaths(own.home).database });
  expect(adopted).toBe(true);
  process.kill(pid, 'SIGKILL');
  await eventually('it to end', async () => first.running.child.exitCode !== null, 10_000);
  expect(first.running.child.exitCode).toBe(1);
  expect(await first.running.lastWords()).toContain('PostgreSQL is gone');

  const second = await begin();
  const { items } = await second.api.get<{ items: readonly { name: string }[] }>('/sources');
  expect(items.map(({ name }) => name)).toEqual(['kept']);
});
