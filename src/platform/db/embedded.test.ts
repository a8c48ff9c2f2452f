import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parsePasswd } from './account.ts';
import { type Embedded, startEmbedded } from './embedded.ts';
import { openDatabase } from './pool.ts';

const own: { directory: string; running?: Embedded } = { directory: '' };
beforeAll(async () => {
  own.directory = await mkdtemp(join(tmpdir(), 'tidegate-embedded-'));
});
afterAll(async () => {
  await own.running?.stop();
  await rm(own.directory, { recursive: true, force: true });
});

async function ask<Row>(url: string, text: string): Promise<Row[]> {
  const db = openDatabase(url, { max: 1 });
  try {
    return await db.query<Row>(text);
  } finally {
    await db.close();
  }
}

test('it starts durable, on loopback, with a password that only its owner can read', async () => {
  own.running = await startEmbedded({ directory: own.directory });
  const [row] = await ask<{ fsync: string; address: string }>(
    own.running.url,
    `select current_setting('fsync') fsync, current_setting('listen_addresses') address`,
  );
  expect(row).toEqual({ fsync: 'on', address: '127.0.0.1' });
  expect((await stat(join(own.directory, 'connection.json'))).mode & 0o777).toBe(0o600);
  const wrong = own.running.url.replace(/:[0-9a-f]+@/, ':wrong@');
  await expect(ask(wrong, 'select 1')).rejects.toThrow('password');
});

test('a second start takes over the one that runs; what was written is still there', async () => {
  const before = own.running as Embedded;
  await ask(before.url, `create table kept as select 42 answer`);
  const after = await startEmbedded({ directory: own.directory });
  expect(after).toMatchObject({ adopted: true, pid: before.pid, url: before.url });
  await after.stop();
  await expect(ask(after.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
  own.running = await startEmbedded({ directory: own.directory });
  expect(own.running.adopted).toBe(false);
  expect(await ask(own.running.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('it outlives the death of what started it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tidegate-embedded-'));
  const script = `import { startEmbedded } from ${JSON.stringify(new URL('./embedded.ts', import.meta.url).href)};
    await startEmbedded({ directory: process.argv[1] });
    process.kill(process.pid, 'SIGKILL');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, directory]);
  const signal = await new Promise((resolve) => child.once('exit', (_, name) => resolve(name)));
  expect(signal).toBe('SIGKILL');
  const next = await startEmbedded({ directory });
  expect(next.adopted).toBe(true);
  await next.stop();
  await rm(directory, { recursive: true, force: true });
});

test('passwd entries are read by field', () => {
  expect(parsePasswd('root:x:0:0:root:/root:/bin/bash\nbroken\npostgres:x:101:104:::\n')).toEqual([
    { name: 'root', uid: 0, gid: 0 },
    { name: 'postgres', uid: 101, gid: 104 },
  ]);
});
