import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Problem, problem } from '../../../platform/errors/problem.ts';
import type { CommitRequest, CommitResult, GitResult } from '../port.ts';
import { findKey, outside } from './history.ts';
import { fetchBranch, type Mirror, unreadable } from './mirror.ts';
import { isInsidePath, isRef, maskAddress } from './names.ts';
import { complaint, type GitRun } from './run.ts';

const mostAttempts = 12;

type Attempt =
  | { readonly again: false; readonly result: GitResult<CommitResult> }
  | { readonly again: true; readonly why: string };

/**
 * Makes the commit on top of the branch as it is now and pushes it with a lease on exactly that. When the branch
 * moved meanwhile, everything is looked at anew: a moved branch with the same file is no conflict.
 */
export async function commitAndPush(
  mirror: Mirror,
  request: CommitRequest,
): Promise<GitResult<CommitResult>> {
  const fault = requestFault(request);
  if (fault) return fault;
  let why = '';
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    if (attempt > 0) await sleep(Math.random() * Math.min(20 * 2 ** attempt, 1_000));
    const done = await attemptOnce(mirror, request);
    if (!done.again) return done.result;
    why = done.why;
  }
  const detail = `${maskAddress(mirror.address)}: the branch ${request.branch} moved ${mostAttempts} times under the commit: ${why}`;
  return { ok: false, problem: problem('TG1102', { detail }) };
}

async function attemptOnce(mirror: Mirror, request: CommitRequest): Promise<Attempt> {
  const own = await fetchBranch(mirror, request.branch);
  // Should it be there after all, the push finds a branch that it does not expect, and all is looked at anew.
  const fetched =
    own.ok || request.from === undefined ? own : await fetchBranch(mirror, request.from);
  if (!fetched.ok) return { again: false, result: fetched };
  const head = fetched.value;
  const earlier = await findKey(mirror, head, request.key);
  if (earlier !== null) return ended({ ok: true, commit: earlier, repeated: true });
  const entries = await entriesAt(mirror, head, request);
  if (!entries.ok) return { again: false, result: entries };
  const overtaken = Object.entries(request.expect).some(
    ([path, object]) => (entries.value.get(path)?.object ?? null) !== object,
  );
  if (overtaken) return ended({ ok: false, reason: 'overtaken', head });
  const written = await writeCommit(mirror, head, request, entries.value);
  if (!written.ok) return { again: false, result: written };
  if (written.value === null) return ended({ ok: false, reason: 'unchanged', head });
  return await push(mirror, request.branch, own.ok ? head : '', written.value);
}

const ended = (value: CommitResult): Attempt => ({ again: false, result: { ok: true, value } });

type Entry = { readonly mode: string; readonly object: string };

/** What stands at the edited and the expected paths. A path through a file or a symlink is refused. */
async function entriesAt(
  mirror: Mirror,
  head: string,
  request: CommitRequest,
): Promise<GitResult<ReadonlyMap<string, Entry>>> {
  const paths = [...request.edits.map((one) => one.path), ...Object.keys(request.expect)];
  const wanted = new Set(paths.flatMap((path) => [path, ...parents(path)]));
  const run = await mirror.git(['ls-tree', '-z', '--full-tree', head, '--', ...wanted]);
  if (!run.ok) return unreadable(mirror, run);
  const entries = new Map<string, Entry>();
  for (const line of run.stdout.toString('utf8').split('\0')) {
    const tab = line.indexOf('\t');
    const [mode = '', , object = ''] = line.slice(0, tab).split(' ');
    if (tab > 0) entries.set(line.slice(tab + 1), { mode, object });
  }
  for (const path of paths) {
    const through = parents(path).find((one) => (entries.get(one)?.mode ?? '040000') !== '040000');
    const mode = entries.get(path)?.mode ?? '100644';
    if (through !== undefined || !/^100/.test(mode)) return outside(path);
  }
  return { ok: true, value: entries };
}

/** `a/b/c` → `a`, `a/b` */
function parents(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** The new commit's id; null when nothing differs from the head. Works in an index of its own, never in a work tree. */
async function writeCommit(
  mirror: Mirror,
  head: string,
  request: CommitRequest,
  entries: ReadonlyMap<string, Entry>,
): Promise<GitResult<string | null>> {
  const index = join(mirror.directory, `index-${randomUUID()}`);
  const env = { GIT_INDEX_FILE: index, ...identity };
  try {
    const lines: string[] = [];
    for (const { path, content } of request.edits) {
      if (content === null) {
        if (entries.has(path)) lines.push(`0 ${'0'.repeat(head.length)}\t${path}\0`);
        continue;
      }
      const blob = await mirror.git(['hash-object', '-w', '--stdin'], { input: content });
      if (!blob.ok) return unreadable(mirror, blob);
      lines.push(`${entries.get(path)?.mode ?? '100644'} ${text(blob)}\t${path}\0`);
    }
    const read = await mirror.git(['read-tree', head], { env });
    if (!read.ok) return unreadable(mirror, read);
    const update = await mirror.git(['update-index', '-z', '--index-info'], {
      env,
      input: lines.join(''),
    });
    if (!update.ok) return unreadable(mirror, update);
    const tree = await mirror.git(['write-tree'], { env });
    const before = await mirror.git(['rev-parse', `${head}^{tree}`]);
    if (!tree.ok || !before.ok) return unreadable(mirror, tree.ok ? before : tree);
    if (text(tree) === text(before)) return { ok: true, value: null };
    const commit = await mirror.git(['commit-tree', text(tree), '-p', head], {
      env,
      input: messageOf(request),
    });
    return commit.ok ? { ok: true, value: text(commit) } : unreadable(mirror, commit);
  } finally {
    await Promise.all([rm(index, { force: true }), rm(`${index}.lock`, { force: true })]);
  }
}

const identity = {
  GIT_AUTHOR_NAME: 'Tidegate',
  GIT_AUTHOR_EMAIL: 'tidegate@localhost',
  GIT_COMMITTER_NAME: 'Tidegate',
  GIT_COMMITTER_EMAIL: 'tidegate@localhost',
};

const text = (run: GitRun): string => run.stdout.toString('utf8').trim();

/** Trailers stand on one line each; what a value brings along of newlines cannot start a trailer of its own. */
function messageOf(request: CommitRequest): string {
  const trailers = Object.entries({ ...request.trailers, 'Tidegate-Key': request.key }).map(
    ([key, value]) => `${key}: ${value.replaceAll(/\s+/g, ' ').trim()}`,
  );
  return `${request.message.replaceAll('\0', '').trim()}\n\n${trailers.join('\n')}\n`;
}

/** `head` is what the branch must point at still; empty: it must not be there. */
async function push(
  mirror: Mirror,
  branch: string,
  head: string,
  commit: string,
): Promise<Attempt> {
  const ref = `refs/heads/${branch}`;
  const run = await mirror.git(
    [
      'push',
      '--porcelain',
      '--quiet',
      `--force-with-lease=${ref}:${head}`,
      '--',
      mirror.address,
      `${commit}:${ref}`,
    ],
    { waits: 'transfer' },
  );
  if (run.ok) {
    // The mirror knows its own commit at once; should this fail, the next fetch brings it.
    await mirror.git(['update-ref', ref, commit, head]);
    return ended({ ok: true, commit, repeated: false });
  }
  const said = `${run.stdout.toString('utf8')}\n${run.stderr}`;
  if (
    /stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref|reference already exists|incorrect old value/i.test(
      said,
    )
  )
    return { again: true, why: complaint(run) };
  return { again: false, result: { ok: false, problem: refusedPush(mirror, run, said) } };
}

function refusedPush(mirror: Mirror, run: GitRun, said: string): Problem {
  const remote = said
    .split('\n')
    .map((line) => line.trim())
    .find((line) => /^(remote:|!)/.test(line));
  const detail = `${maskAddress(mirror.address)}: ${maskAddress(remote ?? complaint(run)).slice(0, 500)}`;
  return problem('TG1102', { detail });
}

function requestFault(
  request: CommitRequest,
): { readonly ok: false; readonly problem: Problem } | null {
  const path = [...request.edits.map((one) => one.path), ...Object.keys(request.expect)].find(
    (one) => !isInsidePath(one),
  );
  if (path !== undefined)
    return {
      ok: false,
      problem: problem('TG1010', {
        detail: `${JSON.stringify(path)} is not a path inside the repository.`,
      }),
    };
  const branches = [request.branch, ...(request.from === undefined ? [] : [request.from])];
  const trailer = Object.keys(request.trailers).find((key) => !/^[A-Za-z][A-Za-z0-9-]*$/.test(key));
  if (trailer !== undefined || !branches.every(isRef) || /[\n\r,]/.test(request.key)) {
    const what =
      trailer === undefined
        ? `branch ${branches.join(', ')} or key ${request.key}`
        : `trailer ${trailer}`;
    return {
      ok: false,
      problem: problem('TG1102', { detail: `Not a name that Git takes: ${what}.` }),
    };
  }
  return null;
}
