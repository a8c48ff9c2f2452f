import { lstat, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { good } from '../contract.ts';
import type { CommitRequest } from '../port.ts';
import { openRepositories } from '../registry.ts';
import { type GitRemote, gitRemote } from '../remote.fixture.ts';
import { openRepository } from './repository.ts';

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tidegate-git-'));
  endings.push(() => rm(path, { recursive: true, force: true }));
  return path;
}
async function begin() {
  const remote = await gitRemote();
  const mirrors = await folder();
  endings.push(remote.close);
  return { remote, mirrors, ...(await open(remote, mirrors)) };
}
async function open(remote: GitRemote, mirrors: string, address = remote.address) {
  const repository = openRepository(address, { mirrors });
  endings.push(repository.close);
  return { repository };
}
const request = (over: Partial<CommitRequest> = {}): CommitRequest => ({
  branch: 'main',
  edits: [{ path: 'file.yaml', content: 'mine\n' }],
  expect: {},
  message: 'Mine',
  trailers: {},
  key: 'k/1/0',
  ...over,
});
const codeOf = (answer: { ok: true } | { ok: false; problem: { code: string } }): string =>
  answer.ok ? 'ok' : answer.problem.code;

test.each([
  'ext::sh -c touch% /tmp/x',
  '--upload-pack=touch /tmp/x',
  'http://example.com/x.git',
  'git://example.com/x.git',
  'ssh://-oProxyCommand=x/y',
  '-oProxyCommand=x@host:y',
  'relative/path.git',
  'https://host/a\nb',
  'file://host/x',
  'x'.repeat(3_000),
])('an address that is not allowed is refused: %s', async (address) => {
  const repository = openRepository(address, { mirrors: await folder() });
  expect(codeOf(await repository.fetch('main'))).toBe('TG1101');
});

test('a token in an address never shows', async () => {
  const { repository } = await open(
    await begin().then((one) => one.remote),
    await folder(),
    'https://ada:geheim@127.0.0.1:1/x.git',
  );
  const answer = await repository.fetch('main');
  expect(codeOf(answer)).toBe('TG1101');
  expect(JSON.stringify(answer)).not.toContain('geheim');
  expect(JSON.stringify(answer)).toContain('***@127.0.0.1');
});

test.each([
  '--output=x',
  'a..b',
  'a b',
  'a~1',
  'HEAD^',
  'x@{1}',
  '',
  'a.lock',
  'refs/',
  'a:b',
  'é',
])('a ref that is none is refused: %s', async (ref) => {
  const { repository, remote } = await begin();
  await remote.push({ a: 'a' });
  expect(codeOf(await repository.fetch(ref))).toBe('TG1103');
  expect(codeOf(await repository.resolve(ref, '.'))).toBe('TG1103');
  expect(codeOf(await repository.commit(request({ branch: ref })))).toBe('TG1102');
});

test('file:// addresses, tags and branches that were not fetched are found', async () => {
  const { remote, mirrors } = await begin();
  const { repository } = await open(remote, mirrors, `file://${remote.address}`);
  const first = await remote.push({ a: '1' });
  await remote.git('tag', 'v1.0', first);
  await remote.push({ a: '2' });
  await remote.push({ a: '3' }, { branch: 'feature/x' });
  expect(good(await repository.resolve('v1.0', 'a')).commit.id).toBe(first);
  const feature = await remote.push({ a: '4' }, { branch: 'feature/x' });
  expect(good(await repository.resolve('feature/x', '.')).commit.id).toBe(feature);
  expect(codeOf(await repository.changes('no', first))).toBe('TG1103');
  expect(codeOf(await repository.read(['--batch'], 1))).toBe('TG1103');
});

test('a branch that was moved back or rewritten is followed', async () => {
  const { repository, remote } = await begin();
  const first = await remote.push({ a: '1', b: '1' });
  const second = await remote.push({ a: '2' });
  expect(good(await repository.fetch('main'))).toBe(second);
  await remote.git('update-ref', 'refs/heads/main', first);
  expect(good(await repository.fetch('main'))).toBe(first);
  const back = good(await repository.changes(second, first, '', { commits: true }));
  expect(back.map((one) => [one.path, one.status, one.commit?.id])).toEqual([
    ['a', 'modified', first],
  ]);
});

test('a file that a merge brought is put down to the commit that changed it', async () => {
  const { repository, remote } = await begin();
  const base = await remote.push({ a: '1', b: '1' });
  await remote.git('branch', 'side', base);
  const side = await remote.push({ a: 'side' }, { branch: 'side', author: 'Grace' });
  const main = await remote.push({ b: 'main' }, { author: 'Linus' });
  const tree = await remote.git('merge-tree', '--write-tree', main, side);
  const merge = await remote.git(
    '-c',
    'user.name=M',
    '-c',
    'user.email=m@example.com',
    'commit-tree',
    tree,
    '-p',
    main,
    '-p',
    side,
    '-m',
    'Merge',
  );
  await remote.git('update-ref', 'refs/heads/main', merge);
  const head = good(await repository.fetch('main'));
  const changes = good(await repository.changes(base, head, '', { commits: true }));
  expect(changes.map((one) => [one.path, one.commit?.author])).toEqual([
    ['a', 'Grace'],
    ['b', 'Linus'],
  ]);
});

test('symlinks and submodules are no files, and no commit goes through one', async () => {
  const { repository, remote } = await begin();
  await remote.push({ 'a.yaml': 'a', 'l.yaml': 'link:a.yaml', dir: 'link:/etc', f: 'text' });
  const head = good(await repository.fetch('main'));
  const changes = good(await repository.changes(null, head));
  expect(changes.map((one) => one.path)).toEqual(['a.yaml', 'f']);
  for (const path of ['dir/passwd', 'l.yaml', 'f/x', '.git/config', 'a/../../b'])
    expect(codeOf(await repository.commit(request({ edits: [{ path, content: 'x' }] })))).toBe(
      'TG1010',
    );
  expect(codeOf(await repository.commit(request({ trailers: { 'a\nb': 'c' } })))).toBe('TG1102');
  expect(await remote.head()).toBe(head);
});

test('a file replaced by a symlink counts as deleted, and one that came back as added', async () => {
  const { repository, remote } = await begin();
  const first = await remote.push({ a: 'a', b: 'link:a' });
  const second = await remote.push({ a: 'link:b', b: 'b' });
  good(await repository.fetch('main'));
  const changes = good(await repository.changes(first, second));
  expect(changes.map((one) => [one.path, one.status])).toEqual([
    ['a', 'deleted'],
    ['b', 'added'],
  ]);
});

test('many writers at once all get their commit, and each once', async () => {
  const { remote } = await begin();
  await remote.push({ 'file.yaml': 'start\n' });
  const writers = await Promise.all(
    [1, 2, 3, 4].map(async () => (await open(remote, await folder())).repository),
  );
  const wishes = writers.flatMap((writer, w) =>
    [0, 1, 2].map((n) =>
      writer.commit(
        request({ edits: [{ path: `w${w}/${n}.yaml`, content: `${w}${n}` }], key: `k/${w}/${n}` }),
      ),
    ),
  );
  const done = (await Promise.all(wishes)).map(good);
  expect(done.every((one) => one.ok && !one.repeated)).toBe(true);
  const names = (await remote.git('ls-tree', '-r', '--name-only', 'main')).split('\n');
  expect(names).toHaveLength(13);
  expect(await remote.git('rev-list', '--count', 'main')).toBe('13');
  const twice = await Promise.all(writers.map((writer) => writer.commit(request({ key: 'same' }))));
  expect(new Set(twice.map(good).map((one) => (one.ok ? one.commit : one.reason))).size).toBe(1);
  expect(await remote.git('rev-list', '--count', 'main')).toBe('14');
});

test('of two writers that expect the same blob, one is overtaken', async () => {
  const { remote, repository } = await begin();
  await remote.push({ 'file.yaml': 'start\n' });
  const other = (await open(remote, await folder())).repository;
  const blob = await remote.git('rev-parse', 'main:file.yaml');
  const wish = (key: string) =>
    request({
      key,
      edits: [{ path: 'file.yaml', content: `${key}\n` }],
      expect: { 'file.yaml': blob },
    });
  const done = (await Promise.all([repository.commit(wish('a')), other.commit(wish('b'))])).map(
    good,
  );
  expect(done.map((one) => (one.ok ? 'won' : one.reason)).sort()).toEqual(['overtaken', 'won']);
});

test('a push that the remote declines is told with its reason', async () => {
  const { remote, repository } = await begin();
  const head = await remote.push({ a: 'a' });
  const hook = join(remote.directory, 'hooks', 'pre-receive');
  await writeFile(hook, '#!/bin/sh\necho only on weekdays >&2\nexit 1\n', { mode: 0o755 });
  const answer = await repository.commit(request());
  expect(answer).toMatchObject({ ok: false, problem: { code: 'TG1102' } });
  expect(JSON.stringify(answer)).toMatch(/weekdays|pre-receive/);
  expect(await remote.head()).toBe(head);
});

test('the reader passes over what is too large, starts again when it was ended, and leaves no process', async () => {
  const { remote, mirrors } = await begin();
  const repositories = openRepositories({ mirrors });
  const repository = repositories.open(remote.address);
  expect(repositories.open(remote.address)).toBe(repository);
  await remote.push({ big: 'x'.repeat(3_000_000), small: 'tiny', other: 'y'.repeat(200_000) });
  const head = good(await repository.fetch('main'));
  const ids = good(await repository.changes(null, head)).map((one) => one.object ?? '');
  const rounds = await Promise.all([1, 2, 3].map(() => repository.read(ids, 1_000_000)));
  for (const round of rounds) {
    const sizes = ids.map((id) => good(round).get(id)?.length ?? null);
    expect(sizes).toEqual([null, 200_000, 4]);
  }
  await repositories.closeRepositories();
  expect(good(await repository.read(ids, 10)).size).toBe(3);
  await repositories.closeRepositories();
  await repositories.closeRepositories();
});

test('a checkout keeps modes and inner symlinks, and refuses those that leave', async () => {
  const { remote, repository } = await begin();
  await remote.push({
    'svc/run.sh': 'exec:#!/bin/sh\n',
    'svc/deep/er/up': 'link:../../run.sh',
    'svc/abs': 'a',
  });
  good(await repository.fetch('main'));
  const directory = join(await folder(), 'bundle');
  good(await repository.checkout(good(await repository.resolve('main', 'svc')).object, directory));
  expect((await lstat(join(directory, 'run.sh'))).mode & 0o777).toBe(0o755);
  expect(await readlink(join(directory, 'deep/er/up'))).toBe('../../run.sh');
  expect(await readFile(join(directory, 'deep/er/up'), 'utf8')).toBe('#!/bin/sh\n');
  const parent = await folder();
  for (const target of ['/etc/passwd', '../out', 'deep/../../out', '..', '']) {
    await remote.push({ svc: null });
    await remote.push({ 'svc/bad': `link:${target}`, 'svc/deep/x': 'x' });
    good(await repository.fetch('main'));
    const tree = good(await repository.resolve('main', 'svc')).object;
    expect(codeOf(await repository.checkout(tree, join(parent, 'b')))).toBe('TG1010');
  }
  expect(await readdir(parent)).toEqual([]);
});

test('a tree of a branch that was never fetched is found', async () => {
  const { remote, mirrors, repository } = await begin();
  await remote.push({ 'svc/run.sh': 'one' }, { branch: 'release' });
  const tree = await remote.git('rev-parse', 'release:svc');
  good(await repository.checkout(tree, join(mirrors, '..', 'x').concat(tree.slice(0, 8))));
  endings.push(() =>
    rm(join(mirrors, '..', 'x').concat(tree.slice(0, 8)), { recursive: true, force: true }),
  );
  const gone = openRepository(`${remote.address}-gone`, { mirrors });
  expect(codeOf(await gone.checkout(tree, join(mirrors, 'none')))).toBe('TG1101');
});

test('a missing git program is told as such', async () => {
  const { remote } = await begin();
  const repository = openRepository(remote.address, {
    mirrors: await folder(),
    environment: { PATH: '/nowhere' },
  });
  const answer = await repository.fetch('main');
  expect(answer).toMatchObject({
    ok: false,
    problem: { code: 'TG1101', hint: expect.stringMatching(/Install git/) },
  });
});
