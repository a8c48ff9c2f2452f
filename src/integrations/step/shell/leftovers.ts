import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/*
 * What a program leaves running. It begins as leader of a session of its own, so what it starts is known by its session
 * and its group; and by a variable that it inherits, also when it makes itself a session of its own.
 */
export const markerName = 'TIDEGATE_GUARD';

/** Marks the processes of one piece of work in one directory. */
export const markerOf = (directory: string, key: string): string =>
  createHash('sha256').update(`${directory}\0${key}`).digest('hex').slice(0, 32);

/** Milliseconds between SIGTERM and SIGKILL. */
export const termGrace = 5_000;
const killPatience = 10_000;
const step = 25;

export type Work = {
  /** Process id of the leader; null when it is not known any more. */
  readonly group: number | null;
  readonly marker: string;
};

/** Process ids that live. Source: proc_pid_stat(5), proc_pid_environ(5). */
export function findLeftovers({ group, marker }: Work): readonly number[] {
  const line = `${markerName}=${marker}`;
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const pid = Number(name);
    const facts = readStat(pid);
    if (!facts) return [];
    const isOfGroup = group !== null && (facts.group === group || facts.session === group);
    return isOfGroup || hasLine(pid, line) ? [pid] : [];
  });
}

/** Null when there is no such process, or only its unread exit is left. */
function readStat(pid: number): { readonly group: number; readonly session: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything, spaces and parentheses too.
    const [state, , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return null;
    return { group: Number(group), session: Number(session) };
  } catch {
    return null;
  }
}

function hasLine(pid: number, line: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(line);
  } catch {
    return false;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone.
  }
}

/** Asks all of them to end, waits, and ends the rest. Gives how many there were; throws when some cannot be ended. */
export async function endWork(work: Work, grace = termGrace): Promise<number> {
  const first = findLeftovers(work);
  const begin = performance.now();
  if (grace > 0) for (const pid of first) signal(pid, 'SIGTERM');
  for (let left = first; left.length > 0; left = findLeftovers(work)) {
    const waited = performance.now() - begin;
    if (waited > grace + killPatience)
      throw new Error(`processes ${left.slice(0, 5).join(', ')} cannot be ended`);
    if (waited >= grace) for (const pid of left) signal(pid, 'SIGKILL');
    await sleep(Math.min(step + waited / 10, 250));
  }
  return first.length;
}
