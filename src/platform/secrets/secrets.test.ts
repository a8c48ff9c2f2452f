import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { secretPlaces, secretReader } from './secrets.ts';

const own: { root?: string } = {};
const root = (): string => own.root ?? '';
beforeAll(async () => {
  own.root = await mkdtemp(join(tmpdir(), 'tidegate-secrets-'));
  await mkdir(join(root(), 'in', '..data'), { recursive: true });
  await writeFile(join(root(), 'in', '..data', 'token'), 'from-a-mount\n');
  await symlink(join('..data', 'token'), join(root(), 'in', 'token'));
  await writeFile(join(root(), 'in', 'empty'), '\n');
  await writeFile(join(root(), 'in', 'large'), 'x'.repeat(70_000));
  await writeFile(join(root(), 'outside'), 'not yours');
  await symlink(join(root(), 'outside'), join(root(), 'in', 'link'));
});
afterAll(() => rm(root(), { recursive: true, force: true }));

const read = () =>
  secretReader({
    env: { TIDEGATE_SECRET_A: 'a', TIDEGATE_SECRET_EMPTY: '', PATH: '/bin' },
    directory: join(root(), 'in'),
  });

test('a secret comes from a variable, or from a file that may be a link within the directory', async () => {
  expect(await read()({ env: 'TIDEGATE_SECRET_A' })).toBe('a');
  expect(await read()({ file: 'token' })).toBe('from-a-mount');
});

test.each([
  [{ env: 'PATH' }, 'does not begin with'],
  [{ env: 'TIDEGATE_SECRET_B' }, 'is not set'],
  [{ env: 'TIDEGATE_SECRET_EMPTY' }, 'is empty'],
  [{ file: 'empty' }, 'is empty'],
  [{ file: '../outside' }, 'no readable file'],
  [{ file: 'link' }, 'no readable file'],
  [{ file: 'large' }, 'no readable file'],
  [{ file: '..data' }, 'no readable file'],
  [{ file: 'a\u0000b' }, 'no readable file'],
  [{}, 'Neither'],
])('%j is refused', async (ref, said) => {
  await expect(read()(ref)).rejects.toThrow(said);
  await expect(read()(ref)).rejects.not.toThrow('not yours');
});

test('without a directory there are no files', async () => {
  expect(secretPlaces({}).directory).toBeNull();
  await expect(secretReader(secretPlaces({}))({ file: 'token' })).rejects.toThrow('TG1911');
});
