import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type KindName, kinds } from '../contract/kinds/registry.ts';
import { readExample, sampleConfig } from './documents.ts';
import { commitFiles, git, readFileAtHead, readLog } from './git.ts';
import { createWorkspace, publishProbeVersion, readHead, type Workspace } from './workspace.ts';

const made = { directory: '' };
beforeAll(async () => {
  made.directory = await mkdtemp(join(tmpdir(), 'tidegate-workspace-'));
});
afterAll(() => rm(made.directory, { recursive: true, force: true }));
const fresh = (name: string, firstPort = 18_100): Promise<Workspace> =>
  createWorkspace({ directory: join(made.directory, name), firstPort });

test('makes three real repositories, whole, and leaves nothing beside them', async () => {
  const workspace = await fresh('whole/workspace');
  expect(workspace.created).toBe(true);
  expect(await readdir(join(made.directory, 'whole'))).toEqual(['workspace']);
  for (const repository of [workspace.config, ...Object.values(workspace.services)]) {
    await git(repository, ['fsck', '--strict']);
    expect(await readHead(repository)).toMatchObject({ author: 'Tidegate Sample' });
  }
  const clone = join(made.directory, 'clone');
  await execa('git', ['clone', '--quiet', workspace.services.probe, clone]);
  expect((await readdir(clone)).sort()).toEqual(
    ['.git', 'faults.mjs', 'metrics.mjs', 'probe.mjs', 'version.json'].sort(),
  );
});

test.each(['calm', 'brisk'] as const)('every document is valid at a %s pace', async (pace) => {
  const files = Object.entries(await sampleConfig(18_100, pace)).filter(([path]) =>
    path.endsWith('.yaml'),
  );
  expect(files.length).toBeGreaterThanOrEqual(8);
  for (const [path, text] of files) {
    const document = parse(text) as { kind: KindName; metadata: { name: string } };
    expect(kinds[document.kind].safeParse(document).error, path).toBeUndefined();
    expect(path).toContain(`/${document.metadata.name}.yaml`);
  }
});

test('targets get ports of their own, and the page is told all of them', async () => {
  const workspace = await fresh('ports', 19_000);
  expect(workspace.endpoints.map((one) => one.url)).toEqual(
    [19_000, 19_001, 19_010, 19_011, 19_020, 19_021].map((port) => `http://127.0.0.1:${port}`),
  );
  const page = (await readFileAtHead(workspace.config, 'applications/status-page.yaml')) ?? '';
  for (const { url } of workspace.endpoints) expect(page).toContain(url);
  const us = parse((await readFileAtHead(workspace.config, 'targets/us-1.yaml')) ?? '');
  expect(us.spec.process).toEqual({
    ports: { from: 19_020, to: 19_029 },
    listen: { probe: 19_020, 'status-page': 19_021 },
  });
});

test('a second start finds what is there and what people made of it', async () => {
  const first = await fresh('again');
  const commit = await commitFiles(first.config, {
    files: { 'targets/staging-1.yaml': '{', 'README.md': null },
    message: 'A person was here',
  });
  const second = await fresh('again', 20_000);
  expect(second).toMatchObject({ created: false, endpoints: [] });
  expect((await readHead(second.config))?.commit).toBe(commit);
  expect(await readFileAtHead(second.config, 'README.md')).toBeNull();
});

test('two starts at once agree on one workspace', async () => {
  const both = await Promise.all([fresh('race/w'), fresh('race/w')]);
  expect(await readdir(join(made.directory, 'race'))).toEqual(['w']);
  expect(both[0]?.config).toBe(both[1]?.config);
  await git(both[0]?.config ?? '', ['fsck', '--strict']);
});

test('does not touch a folder that holds something else', async () => {
  const directory = join(made.directory, 'other');
  await mkdir(directory);
  await writeFile(join(directory, 'mine.txt'), 'mine');
  await expect(createWorkspace({ directory })).rejects.toThrow('ENOTEMPTY');
  expect(await readdir(directory)).toEqual(['mine.txt']);
});

test('publishes versions of the probe with their faults', async () => {
  const workspace = await fresh('versions');
  const commit = await publishProbeVersion(workspace, {
    version: '3.0.0',
    faults: { errorRate: 0.05 },
  });
  expect(await readHead(workspace.services.probe)).toMatchObject({
    commit,
    subject: 'Version 3.0.0',
    author: 'Robin Developer',
  });
  const version = await readFileAtHead(workspace.services.probe, 'version.json');
  expect(JSON.parse(version ?? '')).toMatchObject({
    version: '3.0.0',
    faults: { errorRate: 0.05 },
  });
  const source = await readFileAtHead(workspace.services.probe, 'probe.mjs');
  expect(source).toBe((await readExample('probe'))['probe.mjs']);
});

test('commits made at the same time all arrive', async () => {
  const { config } = await fresh('crowd');
  const names = ['a', 'b', 'c'].map((name) => `notes/${name}.txt`);
  await Promise.all(
    names.map((name) => commitFiles(config, { files: { [name]: name }, message: name })),
  );
  for (const name of names) expect(await readFileAtHead(config, name)).toBe(name);
  expect(await readLog(config, 10)).toHaveLength(4);
  expect(await readLog(config, 10, 'notes/a.txt')).toMatchObject([{ subject: 'notes/a.txt' }]);
});

test('a refused commit says so and changes nothing', async () => {
  const { config } = await fresh('refused');
  const before = await readHead(config);
  const wish = { files: { '../outside.txt': 'x' }, message: 'Not here' };
  await expect(commitFiles(config, wish)).rejects.toThrow('../outside.txt is no path');
  expect(await readHead(config)).toEqual(before);
});
