import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Problem, problem } from '../../../platform/errors/problem.ts';
import { exists } from '../../../platform/files/exists.ts';
import { sha256 } from '../../../platform/ids/digest.ts';
import type { GitResult } from '../port.ts';
import { maskAddress } from './names.ts';
import { complaint, type Git, type GitOptions, type GitRun, gitIn, type Running } from './run.ts';

export type Mirror = {
  readonly address: string;
  readonly directory: string;
  readonly git: Git;
  /** Ids that branches were seen to have, so that a look at one that did not move is a single question. */
  readonly seen: Map<string, string>;
  readonly running: Running;
};

/** The bare repository on disk that stands for an address; made when there is none yet. */
export async function openMirror(address: string, options: GitOptions): Promise<Mirror> {
  const directory = join(options.mirrors, `${sha256(address).slice(0, 32)}.git`);
  await mkdir(options.mirrors, { recursive: true, mode: 0o700 });
  if (!(await exists(join(directory, 'HEAD')))) await makeMirror(directory, options);
  const running: Running = new Set();
  return { address, directory, git: gitIn(directory, options, running), seen: new Map(), running };
}

/** Made aside and renamed, so that a mirror is whole or not there, even when two processes make it at once. */
async function makeMirror(directory: string, options: GitOptions): Promise<void> {
  const aside = await mkdtemp(join(options.mirrors, '.new-'));
  const made = await gitIn(aside, options)(['init', '--bare', '--quiet', '--template=', '.']);
  if (!made.ok) throw new Error(`git init: ${complaint(made)}`);
  try {
    await rename(aside, directory);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    if (!(await exists(join(directory, 'HEAD')))) throw error;
  }
}

/** Brings one branch up to date; a branch that did not move costs one question. */
export async function fetchBranch(mirror: Mirror, branch: string): Promise<GitResult<string>> {
  const ref = `refs/heads/${branch}`;
  const remote = await mirror.git(['ls-remote', '--', mirror.address, ref], { waits: 'ask' });
  if (!remote.ok) return unreadable(mirror, remote);
  const id = idOf(remote.stdout.toString('utf8'), ref);
  if (id === null) return noBranch(mirror, branch);
  if (mirror.seen.get(ref) === id || (await readRef(mirror, ref)) === id) {
    mirror.seen.set(ref, id);
    return { ok: true, value: id };
  }
  const fetched = await fetchRefs(mirror, [`+${ref}:${ref}`], []);
  if (!fetched.ok) return unreadable(mirror, fetched);
  const now = await readRef(mirror, ref);
  if (now === null) return noBranch(mirror, branch);
  mirror.seen.set(ref, now);
  return { ok: true, value: now };
}

/** Brings every branch and tag up to date: for a tag or commit that the mirror has not met. */
export async function fetchAll(mirror: Mirror): Promise<GitResult<void>> {
  const all = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
  const fetched = await fetchRefs(mirror, all, ['--prune']);
  return fetched.ok ? { ok: true, value: undefined } : unreadable(mirror, fetched);
}

/** A git that was killed half-way may have left a lock; one that old belongs to nobody who still runs. */
async function fetchRefs(
  mirror: Mirror,
  refs: readonly string[],
  more: readonly string[],
): Promise<GitRun> {
  const fetch = () =>
    mirror.git([...fetchCommand, ...more, '--', mirror.address, ...refs], { waits: 'transfer' });
  const first = await fetch();
  const lock = /'([^']+\.lock)': File exists/.exec(first.stderr)?.[1];
  if (first.ok || lock === undefined || relative(mirror.directory, lock).startsWith('..'))
    return first;
  const age = Date.now() - (await stat(lock).then(({ mtimeMs }) => mtimeMs, Date.now));
  if (age < staleLock) return first;
  await rm(lock, { force: true });
  return await fetch();
}

/** Milliseconds. */
const staleLock = 300_000;

/** Packs what many small fetches left lying about, when Git finds it worth the while. */
export async function tidy(mirror: Mirror): Promise<void> {
  await mirror.git(['-c', 'gc.auto=2000', '-c', 'gc.autoDetach=false', 'gc', '--auto', '--quiet'], {
    waits: 'transfer',
  });
}

const fetchCommand = [
  'fetch',
  '--quiet',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-recurse-submodules',
];

export async function readRef(mirror: Mirror, ref: string): Promise<string | null> {
  const run = await mirror.git(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
  return run.ok ? run.stdout.toString('utf8').trim() : null;
}

function idOf(listing: string, ref: string): string | null {
  for (const line of listing.split('\n')) {
    const [id, name] = line.split('\t');
    if (name === ref && id) return id;
  }
  return null;
}

function noBranch(
  mirror: Mirror,
  branch: string,
): { readonly ok: false; readonly problem: Problem } {
  return {
    ok: false,
    problem: problem('TG1101', {
      detail: `${maskAddress(mirror.address)} has no branch ${branch}.`,
      hint: 'Push a first commit to that branch, or name another.',
    }),
  };
}

export function unreadable(
  mirror: Mirror,
  run: GitRun,
): { readonly ok: false; readonly problem: Problem } {
  const owner = /dubious ownership/.test(run.stderr)
    ? {
        hint: 'The repository belongs to another user of this machine; give it to the one that Tidegate runs as.',
      }
    : {};
  const detail = `${maskAddress(mirror.address)}: ${complaint(run)}`;
  return { ok: false, problem: problem('TG1101', { detail, ...owner }) };
}
