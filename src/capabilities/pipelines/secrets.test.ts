import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProblemError } from '../../platform/errors/problem.ts';
import { readSecret } from './secrets.ts';
import type { StepEffect } from './types.ts';

const own = { root: '' };
beforeAll(async () => {
  own.root = await mkdtemp(join(tmpdir(), 'tidegate-secrets-'));
  const inside = join(own.root, 'secrets');
  await mkdir(join(inside, '..data', 'deep'), { recursive: true });
  await writeFile(join(own.root, 'outside'), 'of the machine');
  await writeFile(join(inside, '..data', 'token'), 'from a file\r\n');
  await writeFile(join(inside, '..data', 'deep', 'lines'), 'a\nb\n\n');
  await writeFile(join(inside, 'empty'), '\n');
  await writeFile(join(inside, 'large'), '');
  await truncate(join(inside, 'large'), 65_537);
  await symlink('..data/token', join(inside, 'linked'));
  await symlink('../outside', join(inside, 'leaves'));
  await symlink(own.root, join(inside, 'out'));
});
afterAll(() => rm(own.root, { recursive: true, force: true }));

const read = async (declared: StepEffect['secrets'][string], directory: string | null = null) => {
  const env = {
    TIDEGATE_SECRET_TOKEN: 'from the worker',
    TIDEGATE_SECRET_EMPTY: '',
    TIDEGATE_SECRET_NUL: 'a\0b',
    HOME: '/root',
  };
  const places = { env, directory: directory ?? join(own.root, 'secrets') };
  return await readSecret(places, { one: declared }, 'one').catch((error) =>
    error instanceof ProblemError ? error.problem : Promise.reject(error),
  );
};

test.each([
  [{ env: 'TIDEGATE_SECRET_TOKEN' }, 'from the worker'],
  [{ file: '..data/token' }, 'from a file'],
  [{ file: 'linked' }, 'from a file'],
  [{ file: '..data/deep/lines' }, 'a\nb\n'],
])('%j is read', async (declared, value) => {
  expect(await read(declared)).toBe(value);
});

test.each([
  [{ env: 'HOME' }, 'does not begin with TIDEGATE_SECRET_'],
  [{ env: 'TIDEGATE_SECRET_NONE' }, 'TIDEGATE_SECRET_NONE is not set'],
  [{ env: 'TIDEGATE_SECRET_EMPTY' }, 'is empty'],
  [{ env: 'TIDEGATE_SECRET_NUL' }, 'holds a NUL'],
  [{ file: '../outside' }, 'no readable file'],
  [{ file: '..data/../../outside' }, 'no readable file'],
  [{ file: '/etc/passwd' }, 'no readable file'],
  [{ file: 'a\0b' }, 'no readable file'],
  [{ file: 'leaves' }, 'no readable file'],
  [{ file: 'out/outside' }, 'no readable file'],
  [{ file: 'none' }, 'no readable file'],
  [{ file: '.' }, 'no readable file'],
  [{ file: '..data' }, 'no readable file'],
  [{ file: 'empty' }, 'is empty'],
  [{ file: 'large' }, 'no readable file'],
])('%j is refused: %s', async (declared, why) => {
  expect(await read(declared)).toMatchObject({
    code: 'TG1911',
    detail: expect.stringContaining(why),
  });
});

test('a name that is not declared, and a worker without a directory, have none', async () => {
  const places = { env: {}, directory: null };
  await expect(readSecret(places, {}, 'toString')).rejects.toThrow('declares no secret');
  await expect(readSecret(places, { one: { file: 'x' } }, 'one')).rejects.toThrow(
    'TIDEGATE_SECRETS',
  );
  const gone = { env: {}, directory: join(own.root, 'gone') };
  await expect(readSecret(gone, { one: { file: 'x' } }, 'one')).rejects.toThrow('no readable file');
});
