import { hash } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { problem } from '../../platform/errors/problem.ts';
import { betweenOf, type Commit, type Snapshot } from './fake-history.ts';
import type {
  ChangesOptions,
  CommitInfo,
  CommitRequest,
  CommitResult,
  FileChange,
  GitHistory,
  GitRepository,
  GitResult,
} from './port.ts';

/** What the fake's remote can do that a repository cannot: other people's commits. */
export type FakeRemote = {
  readonly address: string;
  push(
    files: { readonly [path: string]: string | null },
    options?: { readonly message?: string; readonly author?: string; readonly branch?: string },
  ): Promise<string>;
  head(branch?: string): Promise<string>;
  show(path: string, branch?: string): Promise<string | null>;
  close(): Promise<void>;
};

type Store = {
  readonly commits: Map<string, Commit>;
  readonly branches: Map<string, string>;
  readonly objects: Map<string, string>;
};

const sha1 = (text: string): string => hash('sha1', text);
/** Simulated worlds by the thousand begin with the same few files. */
const blobIds = new Map<string, string>();
function blobId(text: string): string {
  const id = blobIds.get(text) ?? sha1(`blob ${Buffer.byteLength(text)}\0${text}`);
  blobIds.set(text, id);
  return id;
}
const missing = (ref: string): GitResult<never> => ({
  ok: false,
  problem: problem('TG1103', { detail: `The repository has no ${ref}.` }),
});
const outside = (path: string): GitResult<never> => ({
  ok: false,
  problem: problem('TG1010', { detail: `${path} is not a path inside the repository.` }),
});
const isInside = (path: string): boolean =>
  !path.split('/').some((one) => one === '..' || one === '');

/** A repository in memory that keeps the promises of the port: for tests of what uses it. */
export function fakeRepository(): {
  readonly repository: GitRepository & GitHistory;
  readonly remote: FakeRemote;
} {
  const store: Store = { commits: new Map(), branches: new Map(), objects: new Map() };
  return { repository: repositoryOf(store), remote: remoteOf(store) };
}

function remoteOf(store: Store): FakeRemote {
  return {
    address: 'memory',
    async push(files, { message = 'Change files', author = 'Ada', branch = 'main' } = {}) {
      return addCommit(store, branch, files, message, author);
    },
    async head(branch = 'main') {
      return store.branches.get(branch) ?? '';
    },
    async show(path, branch = 'main') {
      return headOf(store, branch)?.files.get(path) ?? null;
    },
    async close() {
      store.commits.clear();
    },
  };
}

function repositoryOf(store: Store): GitRepository & GitHistory {
  return {
    async fetch(branch) {
      const head = store.branches.get(branch);
      if (head) return { ok: true, value: head };
      return {
        ok: false,
        problem: problem('TG1101', { detail: `memory has no branch ${branch}.` }),
      };
    },
    async changes(from, to, path = '', options = {}) {
      const [before, after] = [
        from === null ? null : store.commits.get(from),
        store.commits.get(to),
      ];
      if (!after || before === undefined) return missing(from ?? to);
      return {
        ok: true,
        value: changesOf(store, { before, after, from, to, path }, options),
      };
    },
    async read(objects, maxBytes) {
      const found = new Map<string, Uint8Array | null>();
      for (const id of objects) {
        const text = store.objects.get(id);
        if (text === undefined) return missing(id);
        const bytes = Buffer.from(text);
        found.set(id, bytes.length > maxBytes ? null : bytes);
      }
      return { ok: true, value: found };
    },
    resolve: async (ref, path) => resolveIn(store, ref, path),
    commit: async (request) => commitIn(store, request),
    between: async (ask) => betweenOf(store.commits, ask),
    checkout: (tree, directory) => checkoutOf(store, tree, directory),
  };
}

const headOf = (store: Store, branch: string): Commit | undefined =>
  store.commits.get(store.branches.get(branch) ?? '');

function addCommit(
  store: Store,
  branch: string,
  edits: { readonly [path: string]: string | null },
  message: string,
  author: string,
): string {
  const parent = store.branches.get(branch) ?? null;
  const files = new Map(headOf(store, branch)?.files ?? []);
  for (const [path, text] of Object.entries(edits)) {
    if (text === null) files.delete(path);
    else files.set(path, text);
    if (text !== null) store.objects.set(blobId(text), text);
  }
  const [subject = '', ...rest] = message.split('\n');
  const body = rest.join('\n').trim();
  const lines = body
    .split('\n')
    .flatMap((line) => /^([A-Za-z][A-Za-z0-9-]*): (.*)$/.exec(line) ?? []);
  const trailers: Record<string, string> = {};
  for (let index = 0; index < lines.length; index += 3)
    trailers[lines[index + 1] ?? ''] = lines[index + 2] ?? '';
  const at = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
  const blobs = Object.entries(edits).map(([path, text]) => [path, text && blobId(text)]);
  const what = JSON.stringify([parent, author, message, blobs, store.commits.size]);
  const id = sha1(what);
  const email = `${author.toLowerCase()}@example.com`;
  store.commits.set(id, {
    info: { id, author, email, subject, body, at, trailers },
    parent,
    files,
  });
  store.branches.set(branch, id);
  return id;
}

/** Id of a directory: a digest of what is under it; what is under it is kept for checkouts. */
function treeId(store: Store, files: Snapshot, directory: string): string {
  const prefix = directory === '' ? '' : `${directory}/`;
  const inner = [...files].filter(([path]) => path.startsWith(prefix)).sort();
  const text = JSON.stringify(inner.map(([path, content]) => [path.slice(prefix.length), content]));
  const id = sha1(`tree ${text}`);
  store.objects.set(id, text);
  return id;
}

function changesOf(
  store: Store,
  range: {
    readonly before: Commit | null;
    readonly after: Commit;
    readonly from: string | null;
    readonly to: string;
    readonly path: string;
  },
  options: ChangesOptions,
): FileChange[] {
  const { before, after, from, to, path } = range;
  const under = (one: string): boolean =>
    path === '' || path === '.' || one === path || one.startsWith(`${path}/`);
  const paths = [...new Set([...(before?.files.keys() ?? []), ...after.files.keys()])]
    .filter(under)
    .sort();
  return paths.flatMap((one): FileChange[] => {
    const [was, is] = [before?.files.get(one), after.files.get(one)];
    const isIdle = was === is;
    const asksTouch = options.touched && is !== undefined && from !== null;
    if (isIdle && !(asksTouch && isTouched(store, from, to, one))) return [];
    const commit = options.commits ? { commit: lastTouch(store, to, one) } : {};
    if (isIdle && is !== undefined)
      return [{ path: one, status: 'touched', object: blobId(is), ...commit }];
    if (is === undefined) return [{ path: one, status: 'deleted', object: null, ...commit }];
    return [
      {
        path: one,
        status: was === undefined ? 'added' : 'modified',
        object: blobId(is),
        ...commit,
      },
    ];
  });
}

/** Whether a commit after `from`, up to `to`, changed the file. */
function isTouched(store: Store, from: string, to: string, path: string): boolean {
  for (let id: string | null = to; id !== null && id !== from; ) {
    const commit: Commit | undefined = store.commits.get(id);
    const parent = store.commits.get(commit?.parent ?? '');
    if (commit?.files.get(path) !== parent?.files.get(path)) return true;
    id = commit?.parent ?? null;
  }
  return false;
}

function lastTouch(store: Store, id: string, path: string): CommitInfo {
  const commit = store.commits.get(id);
  if (!commit) throw new Error(`no commit ${id}`);
  const parent = commit.parent === null ? null : store.commits.get(commit.parent);
  const same =
    parent && commit.parent !== null && parent.files.get(path) === commit.files.get(path);
  return same && commit.parent !== null ? lastTouch(store, commit.parent, path) : commit.info;
}

function resolveIn(
  store: Store,
  ref: string,
  path: string,
): Awaited<ReturnType<GitRepository['resolve']>> {
  const inside = path
    .split('/')
    .filter((one) => one !== '' && one !== '.')
    .join('/');
  if (path.startsWith('/') || !isInside(inside || 'x')) return outside(path);
  const id =
    store.branches.get(ref) ??
    (/^[0-9a-f]{7,40}$/.test(ref)
      ? [...store.commits.keys()].find((one) => one.startsWith(ref))
      : undefined);
  const commit = store.commits.get(id ?? '');
  if (!commit) return missing(ref);
  const text = commit.files.get(inside);
  if (text !== undefined)
    return { ok: true, value: { commit: commit.info, object: blobId(text), type: 'blob' } };
  const any = inside === '' || [...commit.files.keys()].some((one) => one.startsWith(`${inside}/`));
  if (!any) return missing(path);
  return {
    ok: true,
    value: { commit: commit.info, object: treeId(store, commit.files, inside), type: 'tree' },
  };
}

function commitIn(store: Store, request: CommitRequest): GitResult<CommitResult> {
  const wrong = request.edits.find((one) => !isInside(one.path) || one.path.startsWith('/'));
  if (wrong) return outside(wrong.path);
  const source = store.branches.has(request.branch) ? request.branch : request.from;
  const head = store.branches.get(source ?? '');
  const top = headOf(store, source ?? '');
  if (!head || !top) return missing(request.branch);
  for (let id: string | null = head; id !== null; id = store.commits.get(id)?.parent ?? null) {
    if (store.commits.get(id)?.info.trailers['Tidegate-Key'] === request.key)
      return { ok: true, value: { ok: true, commit: id, repeated: true } };
  }
  const now = (path: string): string | null => {
    const text = top.files.get(path);
    return text === undefined ? null : blobId(text);
  };
  if (Object.entries(request.expect).some(([path, object]) => now(path) !== object))
    return { ok: true, value: { ok: false, reason: 'overtaken', head } };
  if (request.edits.every((one) => (top.files.get(one.path) ?? null) === one.content))
    return { ok: true, value: { ok: false, reason: 'unchanged', head } };
  const trailers = Object.entries({ ...request.trailers, 'Tidegate-Key': request.key });
  const lines = trailers.map(([key, value]) => `${key}: ${value.replaceAll(/\s+/g, ' ').trim()}`);
  if (source !== request.branch) store.branches.set(request.branch, head);
  const edits = Object.fromEntries(request.edits.map((one) => [one.path, one.content]));
  const message = `${request.message}\n\n${lines.join('\n')}`;
  const commit = addCommit(store, request.branch, edits, message, 'Tidegate');
  return { ok: true, value: { ok: true, commit, repeated: false } };
}

async function checkoutOf(store: Store, tree: string, directory: string): Promise<GitResult<void>> {
  const text = store.objects.get(tree);
  if (text === undefined) return missing(tree);
  const there = await readdir(directory).catch(() => []);
  if (there.length > 0)
    return {
      ok: false,
      problem: problem('TG1106', { detail: `${directory} is there and holds something.` }),
    };
  await mkdir(directory, { recursive: true });
  for (const [path, content] of JSON.parse(text) as [string, string][]) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  return { ok: true, value: undefined };
}
