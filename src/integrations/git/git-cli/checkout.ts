import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { problem } from '../../../platform/errors/problem.ts';
import type { GitResult } from '../port.ts';
import { noCommit, outside } from './history.ts';
import { type Mirror, unreadable } from './mirror.ts';
import { isInsidePath } from './names.ts';
import type { ObjectReader } from './objects.ts';

const mostFiles = 50_000;
const mostBytes = 1024 * 1024 * 1024;
const sliceBytes = 16 * 1024 * 1024;

type Leaf = {
  readonly path: string;
  readonly mode: string;
  readonly object: string;
  readonly size: number;
};

/**
 * Writes a tree beside the wanted directory and renames it there, so that it is whole or absent. Files are
 * written before symlinks, so no write can pass through one.
 */
export async function writeTree(
  mirror: Mirror,
  objects: ObjectReader,
  tree: string,
  directory: string,
): Promise<GitResult<void>> {
  const leaves = await readLeaves(mirror, tree);
  if (!leaves.ok) return leaves;
  const there = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (there.length > 0) {
    const detail = `${directory} is there and holds something.`;
    return { ok: false, problem: problem('TG1106', { detail }) };
  }
  const aside = `${directory}.new-${randomUUID()}`;
  try {
    await mkdir(aside, { recursive: true });
    const links = leaves.value.filter((one) => one.mode === '120000');
    const files = leaves.value.filter((one) => one.mode !== '120000');
    const written = await writeFiles(objects, files, aside);
    if (!written.ok) return written;
    const linked = await writeLinks(objects, links, aside);
    if (!linked.ok) return linked;
    await rename(aside, directory);
    return { ok: true, value: undefined };
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function readLeaves(mirror: Mirror, tree: string): Promise<GitResult<readonly Leaf[]>> {
  const run = await mirror.git(['ls-tree', '-r', '-z', '-l', '--full-tree', tree]);
  if (!run.ok)
    return /not a tree|Not a valid object|bad object/i.test(run.stderr)
      ? noCommit(tree)
      : unreadable(mirror, run);
  const leaves: Leaf[] = [];
  let bytes = 0;
  for (const line of run.stdout.toString('utf8').split('\0')) {
    const tab = line.indexOf('\t');
    if (tab < 0) continue;
    const [mode = '', type, object = '', size] = line.slice(0, tab).split(/ +/);
    const path = line.slice(tab + 1);
    if (!isInsidePath(path)) return outside(path);
    // A submodule is a commit of another repository; its directory stays away, as after a plain clone.
    if (type === 'blob') leaves.push({ path, mode, object, size: Number(size) });
    bytes += Number(size) || 0;
  }
  if (leaves.length > mostFiles || bytes > mostBytes) {
    const detail = `The tree holds ${leaves.length} files and ${bytes} bytes; ${mostFiles} and ${mostBytes} are the most.`;
    return {
      ok: false,
      problem: problem('TG1005', { detail, hint: 'Deliver a smaller directory.' }),
    };
  }
  return { ok: true, value: leaves };
}

async function writeFiles(
  objects: ObjectReader,
  files: readonly Leaf[],
  root: string,
): Promise<GitResult<void>> {
  for (const directory of new Set(files.map((one) => dirname(join(root, one.path)))))
    await mkdir(directory, { recursive: true });
  for (const slice of slices(files)) {
    const contents = await objects.read(
      slice.map((one) => one.object),
      mostBytes,
    );
    for (const [index, leaf] of slice.entries()) {
      const content = contents[index];
      if (!(content instanceof Uint8Array)) return noCommit(leaf.object);
      const mode = leaf.mode === '100755' ? 0o755 : 0o644;
      await writeFile(join(root, leaf.path), content, { flag: 'wx', mode });
    }
  }
  return { ok: true, value: undefined };
}

async function writeLinks(
  objects: ObjectReader,
  links: readonly Leaf[],
  root: string,
): Promise<GitResult<void>> {
  const contents = await objects.read(
    links.map((one) => one.object),
    4_096,
  );
  for (const [index, leaf] of links.entries()) {
    const content = contents[index];
    const target = content instanceof Uint8Array ? Buffer.from(content).toString('utf8') : '';
    if (!staysInside(leaf.path, target)) return outside(`${leaf.path} → ${target}`);
    await mkdir(dirname(join(root, leaf.path)), { recursive: true });
    await symlink(target, join(root, leaf.path));
  }
  return { ok: true, value: undefined };
}

/**
 * A target may climb only at its beginning and no higher than the root: from a real directory of the tree each
 * `..` is exact, while one after a name could leave through another symlink.
 */
function staysInside(path: string, target: string): boolean {
  const parts = target.split('/');
  const ups = parts.findIndex((part) => part !== '..');
  const climbs = ups < 0 ? parts.length : ups;
  const names = parts.slice(climbs);
  const depth = path.split('/').length - 1;
  return (
    target !== '' &&
    !target.startsWith('/') &&
    !target.includes('\0') &&
    climbs <= depth &&
    !names.includes('..')
  );
}

function* slices(files: readonly Leaf[]): Generator<readonly Leaf[]> {
  let slice: Leaf[] = [];
  let bytes = 0;
  for (const file of files) {
    slice.push(file);
    bytes += file.size;
    if (bytes >= sliceBytes || slice.length >= 1_000) {
      yield slice;
      slice = [];
      bytes = 0;
    }
  }
  if (slice.length > 0) yield slice;
}
