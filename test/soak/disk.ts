import { execFile } from 'node:child_process';
import { mkdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A file system of its own below a directory, so that its disk can be full while that of the others is not. */
export type Disk = {
  /** Takes all room that is left: what grows now fails with ENOSPC. */
  fill(): Promise<void>;
  makeRoom(): Promise<void>;
  end(): Promise<void>;
};

/** Mounts one of `size` (as tmpfs takes it); null where this account may not mount. */
export async function mountDisk(directory: string, size: string): Promise<Disk | null> {
  await mkdir(directory, { recursive: true });
  const options = ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', directory];
  const isMounted = await run('mount', options).then(
    () => true,
    () => false,
  );
  if (!isMounted) return null;
  const ballast = join(directory, 'ballast');
  const makeRoom = async (): Promise<void> => await rm(ballast, { force: true });
  return {
    makeRoom,
    fill: async () => {
      const { bavail, bsize } = await statfs(directory);
      // Others take room meanwhile: what does not fit is tried again as half of it.
      for (let length = bavail * bsize, from = 0; length >= bsize; ) {
        const piece = ['--offset', String(from), '--length', String(length), ballast];
        const fits = await run('fallocate', piece).then(
          () => true,
          () => false,
        );
        if (fits) from += length;
        else length = Math.floor(length / 2 / bsize) * bsize;
      }
    },
    end: async () => {
      await run('umount', ['--lazy', directory]);
    },
  };
}
