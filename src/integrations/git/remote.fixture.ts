import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** Text of a file, or null to delete it, by path. `link:TARGET` writes a symlink, `exec:TEXT` an executable. */
export type Files = { readonly [path: string]: string | null };
export type PushOptions = {
  readonly message?: string;
  readonly author?: string;
  readonly branch?: string;
};

/** A remote for tests: what other people do to a repository. */
export type Remote = {
  readonly address: string;
  /** Makes a commit with these changes and gives its id. */
  push(files: Files, options?: PushOptions): Promise<string>;
  head(branch?: string): Promise<string>;
  /** Text of a file in the newest commit; null when it is not there. */
  show(path: string, branch?: string): Promise<string | null>;
  close(): Promise<void>;
};

export type GitRemote = Remote & {
  readonly directory: string;
  git(...args: string[]): Promise<string>;
};

/** A real bare repository in a temporary directory, written by `git fast-import`. */
export async function gitRemote(): Promise<GitRemote> {
  const directory = await mkdtemp(join(tmpdir(), 'tidegate-remote-'));
  const run = async (args: readonly string[], input?: string): Promise<string> => {
    const done = await execa('git', args, {
      cwd: directory,
      env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
      ...(input === undefined ? {} : { input }),
    });
    return done.stdout;
  };
  await run(['init', '--bare', '--quiet', '--initial-branch=main', '.']);
  const head = async (branch = 'main'): Promise<string> =>
    await run(['rev-parse', '--verify', `refs/heads/${branch}`]);
  return {
    directory,
    address: directory,
    git: (...args) => run(args),
    async push(files, { message = 'Change files', author = 'Ada', branch = 'main' } = {}) {
      const parent = await head(branch).catch(() => null);
      await run(
        ['fast-import', '--quiet', '--force'],
        fastImport(files, { message, author, branch }, parent),
      );
      return await head(branch);
    },
    head,
    show: (path, branch = 'main') =>
      run(['show', `refs/heads/${branch}:${path}`]).catch(() => null),
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

function fastImport(files: Files, options: Required<PushOptions>, parent: string | null): string {
  const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const seconds = Math.floor(Date.now() / 1000);
  const changes = Object.entries(files).map(([path, text]) => {
    if (text === null) return `D ${path}\n`;
    const link = /^link:(.*)$/s.exec(text)?.[1];
    const executable = /^exec:(.*)$/s.exec(text)?.[1];
    const mode = link !== undefined ? '120000' : executable !== undefined ? '100755' : '100644';
    return `M ${mode} inline ${path}\n${data(link ?? executable ?? text)}`;
  });
  return [
    `commit refs/heads/${options.branch}\n`,
    `author ${options.author} <${options.author.toLowerCase()}@example.com> ${seconds} +0000\n`,
    `committer ${options.author} <${options.author.toLowerCase()}@example.com> ${seconds} +0000\n`,
    data(options.message),
    parent === null ? '' : `from ${parent}\n`,
    ...changes,
    '\n',
  ].join('');
}
