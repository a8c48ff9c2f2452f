import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gitContract } from './contract.ts';
import { fakeRepository } from './fake.ts';
import { openRepository } from './git-cli/repository.ts';
import { gitAdapters } from './registry.ts';
import { gitRemote } from './remote.fixture.ts';

gitContract('git-cli', async () => {
  const remote = await gitRemote();
  const mirrors = await mkdtemp(join(tmpdir(), 'tidegate-mirrors-'));
  const repository = openRepository(remote.address, { mirrors });
  return {
    repository,
    remote,
    async close() {
      await repository.close();
      await remote.close();
      await rm(mirrors, { recursive: true, force: true });
    },
  };
});

gitContract('fake', async () => {
  const { repository, remote } = fakeRepository();
  return { repository, remote, close: remote.close };
});

test('the registry names every adapter of the folder', async () => {
  const entries = await readdir(import.meta.dirname, { withFileTypes: true });
  const folders = entries.filter((one) => one.isDirectory()).map((one) => one.name);
  expect(Object.keys(gitAdapters).sort()).toEqual(folders.sort());
});
