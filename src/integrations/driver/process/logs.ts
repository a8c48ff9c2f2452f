import { mkdirSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import { copyFile, type FileHandle, open, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Output of replicas. A replica outlives its agent, so it writes to its file by itself and the agent cannot swap
 * the file under it: when the file is too long, its content is copied aside and it is cut to nothing. The replica
 * appends (O_APPEND), so it goes on at the new end.
 */
export type Logs = {
  /** A descriptor for a new replica's output; the caller closes it. */
  readonly openFor: (application: string, release: string, index: number) => number;
  /** Newest lines, oldest first, each with the replica's number in front. */
  readonly tail: (
    application: string,
    release: string,
    lines: number,
  ) => Promise<readonly string[]>;
  /** Keeps every file within its bound, and the logs of the newest releases. */
  readonly bound: () => Promise<void>;
};

/** Bytes per file; with the copy aside a replica takes at most twice that. */
export const defaultLogBytes = 4 * 1024 * 1024;
const keptReleases = 20;
const mostLines = 10_000;
const tailBytes = 1024 * 1024;

async function readEnd(handle: FileHandle, bytes: number): Promise<string> {
  const { size } = await handle.stat();
  const from = Math.max(0, size - bytes);
  const buffer = Buffer.alloc(size - from);
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
  const text = buffer.toString('utf8', 0, bytesRead);
  return from === 0 ? text : text.slice(text.indexOf('\n') + 1);
}

async function readTail(file: string, bytes: number): Promise<string> {
  const handle = await open(file, 'r').catch(() => null);
  if (!handle) return '';
  try {
    return await readEnd(handle, bytes);
  } finally {
    await handle.close();
  }
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

async function cut(file: string, maxBytes: number): Promise<void> {
  try {
    if ((await stat(file)).size <= maxBytes) return;
    await copyFile(file, `${file}.1`);
    await truncate(file, 0);
  } catch {
    // The release was pruned meanwhile: there is nothing left to bound.
  }
}

function pruneReleases(directory: string): void {
  const byAge = list(directory)
    .map((release) => ({ release, at: newest(join(directory, release)) }))
    .sort((a, b) => b.at - a.at);
  for (const { release } of byAge.slice(keptReleases))
    rmSync(join(directory, release), { recursive: true, force: true });
}

function newest(directory: string): number {
  return Math.max(
    0,
    ...list(directory).map(
      (name) => statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    ),
  );
}

export function openLogs(directory: string, maxBytes = defaultLogBytes): Logs {
  return {
    openFor: (application, release, index) => {
      const folder = join(directory, application, release);
      mkdirSync(folder, { recursive: true });
      return openSync(join(folder, `${index}.log`), 'a', 0o600);
    },
    tail: async (application, release, lines) => {
      const folder = join(directory, application, release);
      const files = list(folder).filter((name) => name.endsWith('.log'));
      const wanted = Math.min(lines, mostLines);
      const parts = await Promise.all(
        files.sort().map(async (name) => {
          const file = join(folder, name);
          const text = (await readTail(`${file}.1`, tailBytes)) + (await readTail(file, tailBytes));
          const own = text.split('\n').filter((line) => line !== '');
          return own.slice(-wanted).map((line) => `[${name.slice(0, -4)}] ${line}`);
        }),
      );
      const share = Math.max(1, Math.ceil(wanted / Math.max(1, parts.length)));
      return parts.flatMap((part) => part.slice(-share)).slice(-wanted);
    },
    bound: async () => {
      for (const application of list(directory)) {
        pruneReleases(join(directory, application));
        for (const release of list(join(directory, application))) {
          const folder = join(directory, application, release);
          const files = list(folder).filter((name) => name.endsWith('.log'));
          await Promise.all(files.map((name) => cut(join(folder, name), maxBytes)));
        }
      }
    },
  };
}
