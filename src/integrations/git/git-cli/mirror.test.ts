import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { good } from '../contract.ts';
import { gitRemote } from '../remote.fixture.ts';
import { batchParser } from './batch-parser.ts';
import { openMirror } from './mirror.ts';
import { openRepository } from './repository.ts';

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function begin() {
  const remote = await gitRemote();
  const mirrors = await mkdtemp(join(tmpdir(), 'tidegate-mirror-'));
  const repository = openRepository(remote.address, { mirrors });
  endings.push(remote.close, () => rm(mirrors, { recursive: true, force: true }), repository.close);
  return { remote, mirrors, repository };
}

test('two that make the same mirror at once get one, and leave nothing beside it', async () => {
  const { mirrors } = await begin();
  const made = await Promise.all([1, 2, 3].map(() => openMirror('/srv/x.git', { mirrors })));
  expect(new Set(made.map((one) => one.directory)).size).toBe(1);
  expect(await readdir(mirrors)).toHaveLength(1);
});

test('a mirror that was taken away is made again', async () => {
  const { remote, mirrors, repository } = await begin();
  const head = await remote.push({ a: 'a' });
  good(await repository.fetch('main'));
  await rm(mirrors, { recursive: true, force: true });
  expect((await repository.fetch('main')).ok).toBe(false);
  expect(good(await repository.fetch('main'))).toBe(head);
  expect(good(await repository.changes(null, head))).toHaveLength(1);
});

test('the lock of a git that died long ago is taken away, a fresh one is not', async () => {
  const { remote, mirrors, repository } = await begin();
  await remote.push({ a: 'a' });
  good(await repository.fetch('main'));
  const head = await remote.push({ a: 'b' });
  const lock = join(mirrors, (await readdir(mirrors))[0] ?? '', 'refs/heads/main.lock');
  await writeFile(lock, '');
  expect((await repository.fetch('main')).ok).toBe(false);
  await utimes(lock, new Date(0), new Date(0));
  expect(good(await repository.fetch('main'))).toBe(head);
});

test('answers are read however they are cut', async () => {
  const id = 'a'.repeat(40);
  const stream = Buffer.from(
    `${id} blob 6\nab\ncd\n\n${id} missing\n${id} blob 0\n\n${id} blob 3\nxyz\n`,
  );
  for (const size of [1, 2, 7, 1000]) {
    const parser = batchParser();
    const asked = [10, 10, 10, 2].map((most) => parser.expect(id, most));
    for (let at = 0; at < stream.length; at += size) parser.push(stream.subarray(at, at + size));
    const [first, ...rest] = await Promise.all(asked);
    expect(Buffer.from(first as Uint8Array).toString()).toBe('ab\ncd\n');
    expect(rest.map((one) => (one instanceof Uint8Array ? one.length : one))).toEqual([
      'missing',
      0,
      null,
    ]);
  }
});

test('everybody who waits is told when the reader ends or speaks nonsense', async () => {
  const parser = batchParser();
  const asked = [parser.expect('a', 10), parser.expect('b', 10)];
  parser.push(Buffer.from('aa blob 5\nxy'));
  parser.fail(new Error('ended'));
  const told = await Promise.allSettled(asked);
  expect(told.map((one) => one.status)).toEqual(['rejected', 'rejected']);
  const wrong = parser.expect('c', 10);
  expect(() => parser.push(Buffer.from('what is this\n'))).toThrow(/unknown answer/);
  await expect(wrong).rejects.toThrow(/unknown answer/);
  expect(() => parser.push(Buffer.from('aa blob 5\n'))).toThrow(/without being asked/);
});

/** The address of a server that takes connections and never says a word. */
async function silentServer(): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/x.git`;
}

test('a remote that never answers is given up', async () => {
  const { mirrors } = await begin();
  const repository = openRepository(await silentServer(), { mirrors, askTimeout: 300 });
  const answer = await repository.fetch('main');
  expect(answer).toMatchObject({ ok: false, problem: { code: 'TG1101' } });
  expect(JSON.stringify(answer)).toContain('gave no answer within 300 ms');
});

test('closing ends what waits for a remote', async () => {
  const { mirrors } = await begin();
  const repository = openRepository(await silentServer(), { mirrors });
  const asked = repository.fetch('main');
  await setTimeout(500);
  await repository.close();
  expect((await asked).ok).toBe(false);
}, 10_000);
