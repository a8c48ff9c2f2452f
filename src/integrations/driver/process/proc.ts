import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * What Linux says of processes. A process id alone proves nothing, since ids come back: a replica is known by
 * its id, the moment it started, and a marker in its environment that only its agent gives.
 */
export const markerName = 'TIDEGATE_AGENT';

/** Marks the replicas of the agent that works in this directory. */
export function markerOf(directory: string): string {
  return createHash('sha256').update(resolve(directory)).digest('hex').slice(0, 32);
}

export type ProcessFacts = {
  readonly pid: number;
  /** Session leader; replicas are started as leaders, so what they start carries their id here. */
  readonly session: number;
  /** Clock ticks since the machine started. */
  readonly startTime: number;
};

/** Null when there is no such process, or only its unread exit is left. Source: proc_pid_stat(5). */
export function readProcess(pid: number): ProcessFacts | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything, spaces and parentheses too: fields begin after the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    if (state === 'Z' || state === 'X') return null;
    return { pid, session: Number(fields[3]), startTime: Number(fields[19]) };
  } catch {
    return null;
  }
}

export function hasMarker(pid: number, marker: string): boolean {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return environment.includes(`${markerName}=${marker}`);
  } catch {
    return false;
  }
}

/** All processes that carry the marker, children of replicas too. */
export function findMarked(marker: string): readonly ProcessFacts[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => hasMarker(pid, marker))
    .map(readProcess)
    .filter((facts) => facts !== null);
}

/** Signals a process or, with a negative id, its group. False when it is gone. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Ends what a gone replica left behind in its session. */
export function endSession(session: number, marker: string): void {
  for (const facts of findMarked(marker)) {
    if (facts.session === session) signal(facts.pid, 'SIGKILL');
  }
}
