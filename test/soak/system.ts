import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findMarked, markerOf, readProcess } from '../../src/integrations/driver/process/proc.ts';
import { processesIn } from '../e2e/left-over.ts';

const run = promisify(execFile);

/** A process and all below it, parents first. */
export async function treeOf(root: number): Promise<readonly number[]> {
  const parents = await parentsByPid();
  const found = [root];
  for (const pid of found) {
    for (const [child, parent] of parents) if (parent === pid) found.push(child);
  }
  return found;
}

async function parentsByPid(): Promise<ReadonlyMap<number, number>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const rows = pids.map(async (pid): Promise<readonly [number, number]> => {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    return [Number(pid), Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])];
  });
  return new Map(await Promise.all(rows));
}

export function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It is gone already.
    }
  }
}

/**
 * From now on no file may grow for these processes and what they start: writes fail with EFBIG, as they fail with
 * ENOSPC or EDQUOT on a full disk. It needs no mount and no rights beyond those of the processes' owner.
 */
export async function fillDisk(pids: readonly number[]): Promise<void> {
  await limitFiles(pids, '0:');
}

/** Room again, for everything that runs in the directory or was started while there was none. */
export async function makeRoom(directory: string): Promise<void> {
  // Twice, for what was started by one of them in between.
  for (let turn = 0; turn < 2; turn += 1) {
    const found = (await processesIn(directory)).map((line) => Number.parseInt(line, 10));
    await limitFiles(found, 'unlimited:');
  }
}

async function limitFiles(pids: readonly number[], limit: string): Promise<void> {
  for (const pid of pids) {
    const owner = await stat(`/proc/${pid}`).catch(() => null);
    // As root PostgreSQL is another account's, and a limit is set by the owner or by nobody.
    const as = owner && owner.uid !== process.getuid?.() ? { uid: owner.uid, gid: owner.gid } : {};
    await run('prlimit', ['--pid', String(pid), `--fsize=${limit}`], as).catch((error) => {
      // A process that is gone by now needs no limit.
      if (readProcess(pid)) throw error;
    });
  }
}

export async function canFillDisk(): Promise<boolean> {
  return await run('prlimit', ['--version']).then(
    () => true,
    () => false,
  );
}

/** Replicas of an agent that live, by their session; what a replica started counts with it. */
export function replicasOf(agentDirectory: string, targets: readonly string[]): readonly number[] {
  const sessions = targets.flatMap((target) => {
    const marker = markerOf(join(agentDirectory, 'targets', target, 'process'));
    return findMarked(marker).map((facts) => facts.session);
  });
  return [...new Set(sessions)];
}
