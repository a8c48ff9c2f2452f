import { randomUUID } from 'node:crypto';
import { problem } from '../../../platform/errors/problem.ts';
import type { ChangesOptions, CommitInfo, FileChange, GitResult } from '../port.ts';
import { type Mirror, unreadable } from './mirror.ts';
import { cleanPath, isInsidePath, isObjectId } from './names.ts';

const files = new Set(['100644', '100755']);
/** Commits that are walked to find who last changed each file; files older than that are put down to the newest commit. */
const longestWalk = 20_000;

/** Files that differ between two commits. Symlinks and submodules are no files. */
export async function readChanges(
  mirror: Mirror,
  from: string | null,
  to: string,
  path: string,
  options: ChangesOptions,
): Promise<GitResult<readonly FileChange[]>> {
  const inside = cleanPath(path);
  if (inside !== '' && !isInsidePath(inside)) return outside(path);
  if (!isObjectId(to) || (from !== null && !isObjectId(from))) return noCommit(from ?? to);
  const limit = inside === '' ? [] : [`:(literal)${inside}`];
  const run = await mirror.git(
    from === null
      ? ['ls-tree', '-r', '-z', '--full-tree', to, ...(inside === '' ? [] : ['--', `${inside}`])]
      : ['diff-tree', '-r', '-z', '--raw', '--no-renames', from, to, '--', ...limit],
  );
  if (!run.ok) {
    return /bad object|not a tree|Not a valid object|bad revision|unable to read/i.test(run.stderr)
      ? noCommit(`${from ?? to}`)
      : unreadable(mirror, run);
  }
  const text = run.stdout.toString('utf8');
  const changes = from === null ? readListing(text) : readDifference(text);
  if (!options.commits) return { ok: true, value: changes };
  const touched = options.touched === true && from !== null && from !== to;
  if (changes.length === 0 && !touched) return { ok: true, value: changes };
  const last = await lastCommits(mirror, from, to, touched ? limit : pathsFor(changes));
  if (!last.ok) return last;
  const whole = await withCommits(mirror, to, changes, last.value);
  if (!whole.ok || !touched) return whole;
  const more = await readTouched(mirror, to, whole.value, last.value);
  return more.ok ? { ok: true, value: [...whole.value, ...more.value] } : more;
}

/** `MODE TYPE ID\tPATH\0` … */
function readListing(text: string): FileChange[] {
  return text.split('\0').flatMap((line): FileChange[] => {
    const [head = '', path] = splitOnce(line, '\t');
    const [mode = '', , object = ''] = head.split(' ');
    return path !== undefined && files.has(mode) ? [{ path, status: 'added', object }] : [];
  });
}

/** `:OLDMODE NEWMODE OLDID NEWID STATUS\0PATH\0` … */
function readDifference(text: string): FileChange[] {
  const parts = text.split('\0');
  const changes: FileChange[] = [];
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const [oldMode = '', newMode = '', , object = ''] = (parts[index] ?? '').slice(1).split(' ');
    const path = parts[index + 1] ?? '';
    const [was, is] = [files.has(oldMode), files.has(newMode)];
    if (is) changes.push({ path, status: was ? 'modified' : 'added', object });
    else if (was) changes.push({ path, status: 'deleted', object: null });
  }
  return changes;
}

const pathsFor = (changes: readonly FileChange[]): string[] =>
  changes.length <= 50 ? changes.map((one) => `:(literal)${one.path}`) : [];

/** Files that commits up to `to` touched, each with the newest commit that did. */
async function lastCommits(
  mirror: Mirror,
  from: string | null,
  to: string,
  paths: readonly string[],
): Promise<GitResult<ReadonlyMap<string, CommitInfo>>> {
  const range = from === null ? [to] : [`${from}..${to}`];
  const marks = newMarks();
  const run = await mirror.git(
    [
      'log',
      `-n${longestWalk}`,
      '-z',
      '-c',
      '--no-renames',
      '--name-only',
      `--format=${marks.begin}${infoFormat(marks)}${marks.end}`,
      ...range,
      '--',
      ...paths,
    ],
    { waits: 'transfer' },
  );
  if (!run.ok) return unreadable(mirror, run);
  const last = new Map<string, CommitInfo>();
  for (const entry of run.stdout.toString('utf8').split(marks.begin)) {
    const [info = '', names = ''] = splitOnce(entry, marks.end);
    if (info === '') continue;
    const commit = readInfo(info, marks);
    for (const name of names.split('\0')) {
      const path = name.replace(/^\n+/, '');
      if (path !== '' && !last.has(path)) last.set(path, commit);
    }
  }
  return { ok: true, value: last };
}

/** Adds to each change the newest commit between the two that touched its file. */
async function withCommits(
  mirror: Mirror,
  to: string,
  changes: readonly FileChange[],
  last: ReadonlyMap<string, CommitInfo>,
): Promise<GitResult<readonly FileChange[]>> {
  const found = changes.flatMap((one) => {
    const commit = last.get(one.path);
    return commit ? [{ ...one, commit }] : [];
  });
  if (found.length === changes.length) return { ok: true, value: found };
  // A branch that was moved back has no commit between; then its newest one is what brought the file here.
  const head = await readCommit(mirror, to);
  if (!head.ok) return head;
  return {
    ok: true,
    value: changes.map((one) => ({ ...one, commit: last.get(one.path) ?? head.value })),
  };
}

/** Files at once on a command line. */
const someFiles = 500;

/** Files that were touched and yet do not differ, as far as they are files. */
async function readTouched(
  mirror: Mirror,
  to: string,
  changes: readonly FileChange[],
  last: ReadonlyMap<string, CommitInfo>,
): Promise<GitResult<readonly FileChange[]>> {
  const differ = new Set(changes.map((one) => one.path));
  const paths = [...last.keys()].filter((path) => !differ.has(path) && !path.includes('\ufffd'));
  const found: FileChange[] = [];
  for (let at = 0; at < paths.length; at += someFiles) {
    const some = paths.slice(at, at + someFiles);
    const names = some.map((path) => `:(literal)${path}`);
    const run = await mirror.git(['ls-tree', '-z', '--full-tree', to, '--', ...names]);
    if (!run.ok) return unreadable(mirror, run);
    for (const one of readListing(run.stdout.toString('utf8'))) {
      const commit = last.get(one.path);
      if (commit) found.push({ ...one, status: 'touched', commit });
    }
  }
  return { ok: true, value: found };
}

export type Marks = { readonly begin: string; readonly field: string; readonly end: string };

/** What stands between the parts of a listing. Drawn anew each time, so that no commit's text can pretend to be it. */
export function newMarks(): Marks {
  const mark = randomUUID();
  return { begin: `<${mark}`, field: `|${mark}`, end: `>${mark}` };
}

const infoFormat = ({ field }: Marks): string =>
  ['%H', '%an', '%ae', '%cI', '%s', '%b', '%(trailers:only=true,unfold=true)'].join(field);

/** Characters; a commit's text is kept with every document that it touched, so a hostile one must stay small. */
export const longest = { name: 200, subject: 500, body: 20_000, trailer: 2_000, trailers: 50 };

export const clip = (text: string, most: number): string => text.slice(0, most).toWellFormed();

function readInfo(text: string, { field }: Marks): CommitInfo {
  const [id = '', author = '', email = '', at = '', subject = '', body = '', trailers = ''] =
    text.split(field);
  const pairs = trailers.split('\n').flatMap((line): [string, string][] => {
    const [key = '', value] = splitOnce(line, ':');
    if (value === undefined || key === '') return [];
    return [[clip(key.trim(), longest.name), clip(value.trim(), longest.trailer)]];
  });
  return {
    id,
    author: clip(author, longest.name),
    email: clip(email, longest.name),
    subject: clip(subject, longest.subject),
    body: clip(body.trim(), longest.body),
    at,
    trailers: Object.fromEntries(pairs.slice(-longest.trailers)),
  };
}

export async function readCommit(mirror: Mirror, id: string): Promise<GitResult<CommitInfo>> {
  const marks = newMarks();
  const run = await mirror.git(['log', '-1', `--format=${infoFormat(marks)}`, id, '--']);
  return run.ok ? { ok: true, value: readInfo(run.stdout.toString('utf8'), marks) } : noCommit(id);
}

/** The commit among the newest 1,000 that carries this idempotency key; null when there is none. */
export async function findKey(mirror: Mirror, head: string, key: string): Promise<string | null> {
  const format =
    '--format=%H %(trailers:key=Tidegate-Key,valueonly=true,unfold=true,separator=%x2C)';
  const run = await mirror.git(['log', '-1000', format, head, '--']);
  if (!run.ok) return null;
  for (const line of run.stdout.toString('utf8').split('\n')) {
    const [id, value = ''] = splitOnce(line, ' ');
    if (id && value.split(',').some((one) => one.trim() === key)) return id;
  }
  return null;
}

function splitOnce(text: string, by: string): [string, string | undefined] {
  const at = text.indexOf(by);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + by.length)];
}

export function noCommit(ref: string): GitResult<never> {
  return { ok: false, problem: problem('TG1103', { detail: `The repository has no ${ref}.` }) };
}

export function outside(path: string): GitResult<never> {
  return {
    ok: false,
    problem: problem('TG1010', { detail: `${path} is not a path inside the repository.` }),
  };
}
