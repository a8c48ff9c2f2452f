import { setImmediate } from 'node:timers/promises';
import type { ParsedFile } from '../../contract/kinds/validate.ts';
import type {
  CommitInfo,
  FileChange,
  GitRepository,
  GitResult,
} from '../../integrations/git/port.ts';
import type { Sql } from '../../platform/db/types.ts';
import { type Problem, problem } from '../../platform/errors/problem.ts';
import { contentDigest } from '../../platform/ids/digest.ts';
import type { Json } from '../../platform/ids/types.ts';
import {
  readBrokenPaths,
  readKnown,
  readKnownFiles,
  readReleasePaths,
  readRoutes,
  readWaitingFiles,
} from './known.ts';
import { listFollowers } from './reads.ts';
import type {
  FileLook,
  KnownDocument,
  ReadFault,
  Routes,
  SourceLook,
  SourceState,
  Vanished,
} from './types.ts';
import { vanishedFrom } from './vanishing.ts';

export type LookDeps = {
  readonly db: Sql;
  readonly git: GitRepository;
  readonly parse: (text: string, file: string) => ParsedFile;
};

/** Bounds of one piece: its files, and the bytes of them that are held at once. */
const mostFiles = 1_000;
const mostBytes = 8 * 1024 * 1024;
const largestBlob = 1024 * 1024;
/** Bytes of a path; bytes that are parsed before others get their turn. */
const longestPath = 1024;
const oneTurn = 65_536;

type Change = FileChange & { readonly commit: CommitInfo };

/** Looks at the branch. Its cost is that of what differs from the commit that was seen last. */
export async function lookAt(
  deps: LookDeps,
  repository: string,
  state: SourceState,
): Promise<SourceLook> {
  const to = state.pending
    ? ({ ok: true, value: state.pending.to } as const)
    : await deps.git.fetch(state.branch);
  if (!to.ok) return { is: 'unreachable', problem: to.problem };
  if (to.value === state.seenCommit && !state.pending) return { is: 'same', head: to.value };
  const all = await changedFiles(deps, repository, state.seenCommit, to.value);
  if (!all.ok) return { is: 'unreachable', problem: all.problem };
  const after = state.pending?.after ?? '';
  const left = all.value.filter((one) => fileOrder(one) > after);
  const piece = await readPiece(deps, left.slice(0, mostFiles));
  if (!piece.ok) return { is: 'unreachable', problem: piece.problem };
  const files = piece.value;
  const last = files.length === left.length;
  const before = state.pending?.vanished ?? [];
  const context = await readContext(deps, repository, files, before, last ? to.value : null);
  if (!context.ok) return { is: 'unreachable', problem: context.problem };
  const final = left[files.length - 1];
  return {
    is: 'changed',
    to: to.value,
    ...context.value,
    total: (state.pending?.done ?? 0) + left.length,
    last,
    after: final ? fileOrder(final) : after,
  };
}

/** Files that are gone come first, so that whoever takes over what they declared is not turned away. */
const fileOrder = (change: FileChange): string =>
  `${change.status === 'deleted' ? 0 : 1}:${change.path}`;

async function changedFiles(
  deps: LookDeps,
  repository: string,
  from: string | null,
  to: string,
): Promise<GitResult<readonly Change[]>> {
  const changes = await deps.git.changes(from, to, '', { commits: true, touched: true });
  if (!changes.ok) {
    // History was rewritten and the commit seen last is no more: then everything is compared with the rows.
    const lost = changes.problem.code === 'TG1103' && from !== null;
    return lost ? await changedFiles(deps, repository, null, to) : changes;
  }
  const ours = changes.value.filter(
    (one): one is Change => one.commit !== undefined && isConfig(one.path),
  );
  const all =
    from === null
      ? await againstRows(deps, repository, to, ours)
      : { ok: true as const, value: await withoutIdle(deps, repository, ours) };
  if (!all.ok) return all;
  return { ok: true, value: all.value.toSorted((a, b) => (fileOrder(a) < fileOrder(b) ? -1 : 1)) };
}

/**
 * A file that was changed and changed back is read again when it declares a release: who promotes what was taken back
 * a moment ago, and says why in the commit, is heard though nothing differs. Of all else only the content counts.
 */
async function withoutIdle(
  deps: LookDeps,
  repository: string,
  changes: readonly Change[],
): Promise<readonly Change[]> {
  const touched = changes.filter((one) => one.status === 'touched').map((one) => one.path);
  if (touched.length === 0) return changes;
  const releases = new Set(await readReleasePaths(deps.db, repository, touched));
  return changes.filter((one) => one.status !== 'touched' || releases.has(one.path));
}

/**
 * YAML, but not that of other tools, which keep theirs in folders such as .github. A path that is no UTF-8 or too long
 * cannot be told from others or kept in an index, so it is passed over.
 */
const isConfig = (path: string): boolean =>
  /\.ya?ml$/i.test(path) &&
  !path.includes('\ufffd') &&
  Buffer.byteLength(path) <= longestPath &&
  !path.split('/').some((part) => part.startsWith('.'));

async function againstRows(
  deps: LookDeps,
  repository: string,
  to: string,
  files: readonly Change[],
): Promise<GitResult<readonly Change[]>> {
  const known = await readKnownFiles(deps.db, repository);
  const there = new Set(files.map((one) => one.path));
  const gone = [...known.keys()].filter((path) => !there.has(path));
  const differ = files.filter((one) => known.get(one.path) !== one.object);
  if (gone.length === 0) return { ok: true, value: differ };
  const head = await deps.git.resolve(to, '.');
  if (!head.ok) return head;
  const { commit } = head.value;
  const deleted = gone.map((path): Change => ({ path, status: 'deleted', object: null, commit }));
  return { ok: true, value: [...deleted, ...differ] };
}

/** Reads files until enough is held; gives at least one. */
async function readPiece(
  deps: LookDeps,
  changes: readonly Change[],
): Promise<GitResult<readonly FileLook[]>> {
  const files: FileLook[] = [];
  let bytes = 0;
  let sinceTurn = 0;
  for (let at = 0; at < changes.length && bytes < mostBytes; at += 100) {
    const some = changes.slice(at, at + 100);
    const ids = some.flatMap((one) => (one.object === null ? [] : [one.object]));
    const blobs = ids.length > 0 ? await deps.git.read(ids, largestBlob) : emptyRead;
    if (!blobs.ok) return blobs;
    for (const [index, change] of some.entries()) {
      // Parsing holds the thread; the rest of the program gets its turn in between.
      if (index % 20 === 19 || sinceTurn > oneTurn) {
        await setImmediate();
        sinceTurn = 0;
      }
      const blob = change.object === null ? undefined : blobs.value.get(change.object);
      bytes += blob?.length ?? 0;
      sinceTurn += blob?.length ?? 0;
      files.push(lookIntoFile(change, blob, deps.parse));
    }
  }
  return { ok: true, value: files };
}

const emptyRead = { ok: true, value: new Map<string, Uint8Array | null>() } as const;

function lookIntoFile(
  change: Change,
  blob: Uint8Array | null | undefined,
  parse: LookDeps['parse'],
): FileLook {
  const { path, object, commit } = change;
  const again = change.status === 'touched' ? { again: true } : {};
  const file = { path, blob: object, commit, ...again, documents: [], faults: [] };
  if (object === null) return file;
  if (!blob) return { ...file, faults: [nameless(tooLarge(path))] };
  const text = decode(blob);
  if (text === null) return { ...file, faults: [nameless(notText(path))] };
  const parsed = parse(text, path);
  const documents = parsed.documents.map(({ kind, name, document, locate }) => ({
    kind,
    name,
    spec: document,
    digest: contentDigest(document as unknown as Json),
    where: locate(['metadata', 'name']),
  }));
  return { ...file, documents, faults: parsed.broken };
}

const nameless = (fault: Problem): ReadFault => ({
  ...{ kind: null, name: null, isTorn: true },
  problems: [fault],
});
const tooLarge = (file: string): Problem =>
  problem('TG1005', { detail: `The file is larger than ${largestBlob} bytes.`, where: { file } });
const notText = (file: string): Problem =>
  problem('TG1001', { detail: 'The file is not UTF-8 text.', where: { file, line: 1, column: 1 } });

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

type Context = {
  readonly files: readonly FileLook[];
  readonly known: readonly KnownDocument[];
  readonly brokenPaths: readonly string[];
  readonly routes: Routes;
};

/** What the rows say about these files. With the last piece, files that waited for a name that is free now come along. */
async function readContext(
  deps: LookDeps,
  repository: string,
  files: readonly FileLook[],
  before: readonly Vanished[],
  head: string | null,
): Promise<GitResult<Context>> {
  const first = await readKnown(deps.db, repository, pathsOf(files), [...keysOf(files), ...before]);
  const vanished = [...before, ...vanishedFrom(files, first)];
  const waiting = head === null ? [] : await readWaitingFiles(deps.db, repository, vanished);
  const more = await readWaiting(
    deps,
    waiting.filter((path) => !pathsOf(files).includes(path)),
    head,
  );
  if (!more.ok) return more;
  const all = [...files, ...more.value];
  const known =
    more.value.length === 0
      ? first
      : await readKnown(deps.db, repository, pathsOf(all), [...keysOf(all), ...before]);
  const concerned = [...keysOf(all), ...vanished];
  const names = (kind: string): string[] =>
    concerned.filter((one) => one.kind === kind).map((one) => one.name);
  const [environments, targets] = [names('Environment'), names('Target')];
  const asksRoutes = environments.length + targets.length > 0;
  const pipelines = names('Pipeline');
  const routes = asksRoutes
    ? await readRoutes(deps.db, environments, targets)
    : { applications: {}, environments: {} };
  return {
    ok: true,
    value: {
      files: all,
      known,
      brokenPaths: await readBrokenPaths(deps.db, repository, pathsOf(all)),
      routes:
        pipelines.length === 0
          ? routes
          : { ...routes, followers: await listFollowers(deps.db, pipelines) },
    },
  };
}

async function readWaiting(
  deps: LookDeps,
  paths: readonly string[],
  head: string | null,
): Promise<GitResult<readonly FileLook[]>> {
  const changes: Change[] = [];
  for (const path of head === null ? [] : paths) {
    const found = await deps.git.resolve(head ?? '', path);
    if (found.ok && found.value.type === 'blob')
      changes.push({
        path,
        status: 'modified',
        object: found.value.object,
        commit: found.value.commit,
      });
  }
  return await readPiece(deps, changes);
}

const pathsOf = (files: readonly FileLook[]): string[] => files.map((one) => one.path);
const keysOf = (files: readonly FileLook[]) =>
  files.flatMap((file) => [
    ...file.documents.map(({ kind, name }) => ({ kind, name })),
    ...file.faults.flatMap(({ kind, name }) => (kind && name ? [{ kind, name }] : [])),
  ]);
