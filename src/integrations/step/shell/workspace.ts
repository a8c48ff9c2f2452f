import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, mkdir, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Directories of one attempt. All is removed when it is over. */
export type Workspace = {
  readonly root: string;
  /** Where the program begins; empty, or the service's source. */
  readonly work: string;
  readonly temporary: string;
  /** TIDEGATE_OUTPUT. */
  readonly output: string;
  /** Where its script is, if it has one. */
  readonly script: string;
};

const nameOf = (key: string): string =>
  `${createHash('sha256').update(key).digest('hex').slice(0, 24)}-`;

export async function openWorkspace(directory: string, key: string): Promise<Workspace> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const root = await mkdtemp(join(directory, nameOf(key)));
  const work = join(root, 'work');
  const temporary = join(root, 'tmp');
  await mkdir(work, { mode: 0o700 });
  await mkdir(temporary, { mode: 0o700 });
  const output = join(root, 'output');
  await writeFile(output, '', { mode: 0o600 });
  return { root, work, temporary, output, script: join(root, 'script') };
}

/** Removes what earlier tries of the same work left. */
export async function removeLeftDirectories(directory: string, key: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const own = names.filter((name) => name.startsWith(nameOf(key)));
  for (const name of own) await removeTree(join(directory, name));
}

/** Removes a directory with all that is in it, also what a program made read-only. */
export async function removeTree(path: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 3, retryDelay: 50 };
  try {
    await rm(path, options);
  } catch {
    await makeWritable(path);
    await rm(path, options);
  }
}

async function makeWritable(path: string): Promise<void> {
  await chmod(path, 0o700).catch(() => undefined);
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isDirectory()) await makeWritable(join(path, entry.name));
  }
}

/** The file's text, null when it is longer than `most` bytes, or no file any more. It was in a program's hands. */
export async function readBounded(path: string, most: number): Promise<string | null> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(() => null);
  if (handle === null) return null;
  try {
    if (!(await handle.stat()).isFile()) return null;
    const buffer = Buffer.alloc(most + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return bytesRead > most ? null : buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
