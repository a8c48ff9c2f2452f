import { problem } from '../../../platform/errors/problem.ts';
import type { GitHistory, GitRepository, GitResult } from '../port.ts';
import { readBetween } from './between.ts';
import { writeTree } from './checkout.ts';
import { commitAndPush } from './commit.ts';
import { noCommit, outside, readChanges, readCommit } from './history.ts';
import { fetchAll, fetchBranch, type Mirror, openMirror, readRef, tidy } from './mirror.ts';
import { checkAddress, cleanPath, isInsidePath, isObjectId, isRef, maskAddress } from './names.ts';
import { type ObjectReader, objectReader } from './objects.ts';
import type { GitOptions } from './run.ts';

export type OpenRepository = GitRepository &
  GitHistory & {
    /** Ends the process that reads objects, and commands under way. The repository may be used again and then starts another. */
    close(): Promise<void>;
  };

type Opened = { readonly mirror: Mirror; readonly objects: ObjectReader };
/** Runs what it is given one after the other: two fetches of one mirror would only wait for each other's locks. */
type InTurn = <T>(run: () => Promise<T>) => Promise<T>;

/** A repository by its address, over the git program. An address that is not allowed is told by every answer. */
export function openRepository(address: string, options: GitOptions): OpenRepository {
  const held: { opened: Promise<Opened> | null; fetches: number } = { opened: null, fetches: 0 };
  const inTurn = queue();
  const known = new Set<string>();

  const open = async (): Promise<GitResult<Opened>> => {
    const checked = checkAddress(address);
    if (!checked.ok) return checked;
    held.opened ??= openMirror(checked.value, options).then((mirror) => ({
      mirror,
      objects: objectReader(mirror.directory, options),
    }));
    try {
      return { ok: true, value: await held.opened };
    } catch (error) {
      held.opened = null;
      return unusable(address, error);
    }
  };
  const on = async <T>(run: (opened: Opened) => Promise<GitResult<T>>): Promise<GitResult<T>> => {
    const opened = await open();
    if (!opened.ok) return opened;
    return await run(opened.value).catch((error: unknown) => {
      // The mirror may have been taken away: the next question makes another.
      held.opened = null;
      void opened.value.objects.close();
      return unusable(address, error);
    });
  };

  return {
    fetch: (branch) =>
      on(({ mirror }) =>
        inTurn(async () => {
          if (!isRef(branch)) return noCommit(branch);
          const fetched = await fetchBranch(mirror, branch);
          if (fetched.ok) known.add(branch);
          held.fetches += 1;
          if (held.fetches % 500 === 0) await tidy(mirror);
          return fetched;
        }),
      ),
    changes: (from, to, path = '', wanted = {}) =>
      on(({ mirror }) => readChanges(mirror, from, to, path, wanted)),
    read: (ids, maxBytes) => on(({ objects }) => readObjects(objects, ids, maxBytes)),
    resolve: (ref, path) => on(({ mirror }) => resolve(mirror, ref, path, known, inTurn)),
    commit: (request) => on(({ mirror }) => inTurn(() => commitAndPush(mirror, request))),
    between: (ask) => on(({ mirror }) => readBetween(mirror, ask)),
    checkout: (tree, directory) =>
      on(async ({ mirror, objects }) => {
        if (!isObjectId(tree)) return noCommit(tree);
        const there = await mirror.git(['cat-file', '-e', `${tree}^{tree}`]);
        const fetched = there.ok ? null : await inTurn(() => fetchAll(mirror));
        if (fetched && !fetched.ok) return fetched;
        return await writeTree(mirror, objects, tree, directory);
      }),
    async close() {
      const opened = await held.opened?.catch(() => null);
      for (const end of opened?.mirror.running ?? []) end();
      await opened?.objects.close();
    },
  };
}

async function readObjects(
  objects: ObjectReader,
  ids: readonly string[],
  maxBytes: number,
): Promise<GitResult<ReadonlyMap<string, Uint8Array | null>>> {
  const wanted = [...new Set(ids)];
  const wrong = wanted.find((id) => !isObjectId(id));
  if (wrong !== undefined) return noCommit(wrong);
  const contents = await objects.read(wanted, maxBytes);
  const found = new Map<string, Uint8Array | null>();
  for (const [index, id] of wanted.entries()) {
    const content = contents[index];
    if (content === undefined || content === 'missing') return noCommit(id);
    found.set(id, content);
  }
  return { ok: true, value: found };
}

type Resolved = Awaited<ReturnType<GitRepository['resolve']>>;

async function resolve(
  mirror: Mirror,
  ref: string,
  path: string,
  known: ReadonlySet<string>,
  inTurn: InTurn,
): Promise<Resolved> {
  const inside = cleanPath(path);
  if (inside !== '' && !isInsidePath(inside)) return outside(path);
  if (!isRef(ref)) return noCommit(ref);
  let id = known.has(ref)
    ? await readRef(mirror, `refs/heads/${ref}`)
    : await findById(mirror, ref);
  if (id === null) {
    // A name may have moved, and a commit may be new, since the mirror was last brought up to date.
    const fetched = await inTurn(() => fetchAll(mirror));
    if (!fetched.ok) return fetched;
    id =
      (await readRef(mirror, `refs/heads/${ref}`)) ??
      (await readRef(mirror, `refs/tags/${ref}`)) ??
      (await findById(mirror, ref));
  }
  if (id === null) return noCommit(ref);
  const commit = await readCommit(mirror, id);
  if (!commit.ok) return commit;
  const spec = inside === '' ? `${id}^{tree}` : `${id}:${inside}`;
  const object = await mirror.git(['rev-parse', '--verify', '--quiet', spec]);
  if (!object.ok) return noCommit(`${path} in commit ${id.slice(0, 12)}`);
  const found = object.stdout.toString('utf8').trim();
  const type = (await mirror.git(['cat-file', '-t', found])).stdout.toString('utf8').trim();
  if (type !== 'tree' && type !== 'blob') return noCommit(`file or directory ${path}`);
  return { ok: true, value: { commit: commit.value, object: found, type } };
}

/** An id, or the beginning of one, that the mirror has; a name is never taken for one here. */
async function findById(mirror: Mirror, ref: string): Promise<string | null> {
  return /^[0-9a-f]{7,64}$/.test(ref) ? await readRef(mirror, ref) : null;
}

function queue(): InTurn {
  const held: { last: Promise<unknown> } = { last: Promise.resolve() };
  return (run) => {
    const next = held.last.then(run);
    held.last = next.catch(() => undefined);
    return next;
  };
}

function unusable(address: string, error: unknown): GitResult<never> {
  const code = (error as NodeJS.ErrnoException).code;
  const detail = `${maskAddress(address)}: ${error instanceof Error ? error.message : String(error)}`;
  const hint = code === 'ENOENT' ? { hint: 'Install git, and check the folder for mirrors.' } : {};
  return { ok: false, problem: problem('TG1101', { detail: maskAddress(detail), ...hint }) };
}
