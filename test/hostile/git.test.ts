import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isInsidePath, isRef } from '../../src/integrations/git/git-cli/names.ts';
import {
  type OpenRepository,
  openRepository,
} from '../../src/integrations/git/git-cli/repository.ts';
import { type GitRemote, gitRemote } from '../../src/integrations/git/remote.fixture.ts';

type World = { remote: GitRemote; repository: OpenRepository; directory: string };
const own: { world?: World } = {};
const world = (): World => own.world as World;
beforeAll(async () => {
  const remote = await gitRemote();
  const directory = await mkdtemp(join(tmpdir(), 'tidegate-hostile-git-'));
  const repository = openRepository(remote.address, { mirrors: join(directory, 'mirrors') });
  await remote.push({ 'a.txt': 'a' });
  own.world = { remote, repository, directory };
});
afterAll(async () => {
  await world().repository.close();
  await world().remote.close();
  await rm(world().directory, { recursive: true, force: true });
});

const hostileNames = [
  ...['', '-', '--upload-pack=touch pwned', '-u', 'a..b', 'a b', '$(touch pwned)', '`touch pwned`'],
  ...[
    'a;touch pwned',
    'a|b',
    'a\nb',
    'a\u0000b',
    '@{u}',
    'a@{1}',
    'HEAD^',
    'HEAD~1',
    ':/fix',
    'a:b',
  ],
  ...['refs/../heads', 'x.lock', '.hidden', 'a/', '/a', 'a//b', '*', '?', '[a]', '\\', '\ud800'],
];

describe('names that end up among the arguments of git', () => {
  test.each(hostileNames)('the branch or ref "%s" is TG1103, and nothing is run', async (name) => {
    const fetched = await world().repository.fetch(name);
    expect(fetched.ok ? null : fetched.problem.code).toBe('TG1103');
    const resolved = await world().repository.resolve(name, '.');
    expect(resolved.ok ? null : resolved.problem.code).toBe('TG1103');
    expect(await readdir(world().directory)).not.toContain('pwned');
    expect((await world().repository.fetch('main')).ok).toBe(true);
  });

  test('whatever is taken for a ref or a path has no second meaning', () => {
    const unit = fc.constantFrom(...'abc-./@{}~^: \\*?[\n\u0000$`;|');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
        if (isRef(text)) expect(text).not.toMatch(/^-|\.\.|[~^:\\*?[\s\0$`;|{}]/);
        if (isInsidePath(text)) expect(text.split('/')).not.toEqual(expect.arrayContaining(['..']));
      }),
      { numRuns: 3_000, examples: [['-'], ['a..b'], ['@{'], ['../a']] },
    );
  });

  test.each([
    'ext::sh -c touch% pwned',
    'fd::17',
    '--upload-pack=x',
    'https://-x/y',
    'http://plain/x',
    'a@-oProxyCommand=x:y',
    'file://../x',
    'relative',
    '\u0000',
    `/${'x'.repeat(2_048)}`,
  ])('the address "%s" is TG1101', async (address) => {
    const repository = openRepository(address, { mirrors: join(world().directory, 'mirrors') });
    const fetched = await repository.fetch('main');
    expect(fetched.ok ? null : fetched.problem.code).toBe('TG1101');
    await repository.close();
  });

  test.each([
    '../x',
    'a/../../x',
    '/etc/passwd',
    '.git/config',
    'a/.GIT/x',
    'a\u0000b',
    ':(top)x/..',
  ])('the path "%s" is outside, or names nothing', async (path) => {
    const found = await world().repository.resolve('main', path);
    expect(found.ok ? null : found.problem.code).toMatch(/^TG1(010|103)$/);
  });
});

describe('a bundle that means harm', () => {
  test.each([
    ['an absolute link', { link: 'link:/etc/passwd' }, 'TG1010'],
    ['a link that climbs out', { 'a/link': 'link:../../x' }, 'TG1010'],
    ['a link through another', { d: 'link:.', link: 'link:d/../../x' }, 'TG1010'],
    ['a link that stays', { 'a/b': 'text', 'a/link': 'link:../a/b' }, null],
  ])('%s', async (_name, files, code) => {
    const { remote, repository, directory } = world();
    await remote.push(files, { branch: 'bundle' });
    const tree = await remote.git('rev-parse', 'bundle^{tree}');
    const target = join(directory, 'out');
    const done = await repository.checkout(tree, target);
    expect(done.ok ? null : done.problem.code).toBe(code);
    if (code === null) expect(await readlink(join(target, 'a/link'))).toBe('../a/b');
    else expect(await readdir(directory)).not.toContain('out');
    await rm(target, { recursive: true, force: true });
    await remote.git('update-ref', '-d', 'refs/heads/bundle');
  });

  test.each([['..'], ['.git'], ['.GIT'], ['.']])(
    'a tree with an entry named %s writes nothing',
    async (name) => {
      const { remote, repository, directory } = world();
      const blob = await remote.git('rev-parse', 'main:a.txt');
      const entry = Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, 'hex')]);
      const cwd = remote.directory;
      const args = ['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'];
      const { stdout: tree } = await execa('git', args, { cwd, input: entry });
      const who = ['-c', 'user.name=M', '-c', 'user.email=m@example.com'];
      const made = await remote.git(...who, 'commit-tree', '-m', 'x', tree, '-p', 'main');
      await remote.git('update-ref', 'refs/heads/evil', made);
      const done = await repository.checkout(tree, join(directory, 'evil'));
      expect(done.ok ? null : done.problem.code).toBe('TG1010');
      expect(await readdir(directory)).not.toContain('evil');
      await remote.git('update-ref', '-d', 'refs/heads/evil');
      expect((await repository.fetch('main')).ok).toBe(true);
    },
  );
});
