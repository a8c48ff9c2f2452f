import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

export type Author = { readonly name: string; readonly email: string };

export const sampleAuthor: Author = { name: 'Tidegate Sample', email: 'sample@tidegate.example' };

/** Commit id, and what people read of it. `at` is ISO 8601. */
export type Head = {
  readonly commit: string;
  readonly subject: string;
  readonly author: string;
  readonly at: string;
};

const retries = 5;

/** Runs git away from the user's own settings, so that a workspace is the same on every machine. Gives its output, untrimmed. */
export async function git(
  repository: string,
  args: readonly string[],
  options: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const { stdout } = await execa('git', [`--git-dir=${repository}`, ...args], {
    env: {
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C',
      ...options.env,
    },
    ...(options.input === undefined ? {} : { input: options.input }),
    stripFinalNewline: false,
  });
  return stdout;
}

/** Makes an empty bare repository whose branch is main. */
export async function initRepository(repository: string): Promise<void> {
  await git(repository, ['init', '--quiet', '--bare', '--initial-branch=main', repository]);
}

/** Newest commits of main, newest first, that touch `path` when one is given; none while it is empty. */
export async function readLog(repository: string, count: number, path?: string): Promise<Head[]> {
  const [hasMain] = (await git(repository, ['for-each-ref', 'refs/heads/main'])).split('\n');
  if (!hasMain) return [];
  const format = '--format=%H%x1f%s%x1f%an%x1f%aI';
  const paths = path === undefined ? [] : ['--', path];
  const text = await git(repository, ['log', `--max-count=${count}`, format, 'main', ...paths]);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [commit = '', subject = '', author = '', at = ''] = line.split('\x1f');
      return { commit, subject, author, at };
    });
}

/** The newest commit of main; null while there is none. */
export async function readHead(repository: string): Promise<Head | null> {
  return (await readLog(repository, 1))[0] ?? null;
}

/** Text of a file at the newest commit of main; null when there is none. */
export async function readFileAtHead(repository: string, path: string): Promise<string | null> {
  const [entry] = (await git(repository, ['ls-tree', 'main', '--', path])).split('\n');
  return entry ? await git(repository, ['cat-file', 'blob', `main:${path}`]) : null;
}

export type CommitWish = {
  /** Text by path; null removes. Paths that are not named stay as they are. */
  readonly files: Readonly<Record<string, string | null>>;
  readonly message: string;
  readonly author?: Author;
};

/**
 * Commits to main without a working tree and gives the new commit's id. A branch that moves meanwhile is no
 * conflict: the commit is made again on top of it.
 */
export async function commitFiles(repository: string, wish: CommitWish): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const parent = (await readHead(repository))?.commit ?? null;
    const commit = await makeCommit(repository, parent, wish);
    try {
      await git(repository, ['update-ref', 'refs/heads/main', commit, parent ?? '0'.repeat(40)]);
      return commit;
    } catch (error) {
      const now = (await readHead(repository))?.commit ?? null;
      if (now === parent || attempt === retries) throw error;
    }
  }
}

async function makeCommit(
  repository: string,
  parent: string | null,
  { files, message, author = sampleAuthor }: CommitWish,
): Promise<string> {
  const index = join(tmpdir(), `tidegate-index-${randomUUID()}`);
  const env = {
    GIT_INDEX_FILE: index,
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_COMMITTER_NAME: author.name,
    GIT_COMMITTER_EMAIL: author.email,
  };
  try {
    if (parent !== null) await git(repository, ['read-tree', parent], { env });
    const lines: string[] = [];
    for (const [path, text] of Object.entries(files)) {
      // Git passes over such a path with a warning, and the commit would lack it.
      if (path.split('/').some((part) => ['', '.', '..', '.git'].includes(part.toLowerCase()))) {
        throw new Error(`${path} is no path inside a repository`);
      }
      lines.push(text === null ? removal(path) : await addition(repository, path, text));
    }
    await git(repository, ['update-index', '-z', '--index-info'], { input: lines.join(''), env });
    const tree = (await git(repository, ['write-tree'], { env })).trim();
    const parents = parent === null ? [] : ['-p', parent];
    const made = ['commit-tree', tree, ...parents, '-F', '-'];
    return (await git(repository, made, { input: message, env })).trim();
  } finally {
    await rm(index, { force: true });
  }
}

const removal = (path: string): string => `0 ${'0'.repeat(40)}\t${path}\0`;

async function addition(repository: string, path: string, text: string): Promise<string> {
  const object = await git(repository, ['hash-object', '-w', '--stdin'], { input: text });
  return `100644 ${object.trim()}\t${path}\0`;
}
