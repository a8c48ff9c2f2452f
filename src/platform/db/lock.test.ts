import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { type Embedded, startEmbedded } from './embedded.ts';
import { openDatabase } from './pool.ts';

const own: { directory?: string; parent?: ChildProcess; running?: Embedded; frozen?: number } = {};
afterEach(async () => {
  if (own.frozen) process.kill(own.frozen, 'SIGKILL');
  await own.running?.stop();
  if (own.parent?.kill('SIGKILL')) await once(own.parent, 'exit');
  if (own.directory) await rm(own.directory, { recursive: true, force: true });
});

async function ask<Row>(url: string, text: string): Promise<Row[]> {
  const db = openDatabase(url, { max: 1 });
  try {
    return await db.query<Row>(text);
  } finally {
    await db.close();
  }
}

const stateOf = async (pid: number): Promise<string | undefined> =>
  (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.[0];

/** A PostgreSQL whose parent reads no exits, as the first process of a container may be one; and where its data is. */
async function startHeedless(directory: string): Promise<Embedded & { readonly data: string }> {
  const first = await startEmbedded({ directory });
  await ask(first.url, 'create table kept as select 42 answer');
  const command = (await readFile(`/proc/${first.pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
  const { uid, gid } = await stat(`/proc/${first.pid}`);
  await first.stop();
  own.parent = spawn('/bin/sh', ['-c', '"$@" & exec sleep 120', 'sh', ...command], {
    ...(process.getuid?.() === 0 ? { uid, gid } : {}),
    cwd: '/',
    stdio: 'ignore',
  });
  await vi.waitFor(() => ask(first.url, 'select 1'), { timeout: 20_000, interval: 100 });
  const data = command[command.indexOf('-D') + 1] ?? '';
  return { ...(await startEmbedded({ directory })), data };
}

test('a killed postmaster whose exit nobody reads keeps its lock as long as what it started works on, and no longer', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tidegate-lock-'));
  own.directory = directory;
  const { data, ...heedless } = await startHeedless(directory);
  const { pid, url, adopted } = heedless;
  own.running = heedless;
  expect(adopted).toBe(true);
  const said: string[] = [];
  const start = () => startEmbedded({ directory, onProgress: (text) => said.push(text) });
  const [worker] = await ask<{ pid: number }>(
    url,
    `select pid from pg_stat_activity where backend_type = 'checkpointer'`,
  );
  if (!worker) throw new Error('PostgreSQL has no checkpointer');
  own.frozen = worker.pid;
  process.kill(worker.pid, 'SIGSTOP');
  process.kill(pid, 'SIGKILL');
  await vi.waitFor(async () => expect(await stateOf(pid)).toBe('Z'));
  await expect(start()).rejects.toThrow('TG1801');
  expect(said.join()).toMatch(`held: process ${pid} has ended, but what it started works on: `);
  expect(said.join()).toContain(String(worker.pid));
  await access(join(data, 'postmaster.pid'));

  process.kill(worker.pid, 'SIGKILL');
  delete own.frozen;
  said.length = 0;
  own.running = await vi.waitFor(start, { timeout: 20_000, interval: 200 });
  expect(await stateOf(pid)).toBe('Z');
  expect(said.join()).toMatch(`removed a stale postmaster.pid: process ${pid} has ended`);
  expect(own.running).toMatchObject({ adopted: false });
  expect(own.running.pid).not.toBe(pid);
  expect(await ask(own.running.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
});
