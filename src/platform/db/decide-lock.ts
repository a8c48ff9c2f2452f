/** What postmaster.pid and the processes of the machine say of who works in a data directory. */
export type LockFacts = {
  /** Who holds the lock, from postmaster.pid; null when there is none. */
  readonly pid: number | null;
  /** State of that process, a letter of proc_pid_stat(5); null when there is no such process. */
  readonly state: string | null;
  /** Processes whose working directory is the data directory; only asked for when the holder has ended. */
  readonly inside: readonly number[];
};

/** A lock that is free is none that keeps PostgreSQL from starting; a stale one does, and holds nothing. */
export type LockDecision = {
  readonly lock: 'free' | 'held' | 'stale';
  readonly because: string;
};

/** Whether nothing is left of a process but its exit, which its parent has not read. */
export const hasEnded = (state: string): boolean => state === 'Z' || state === 'X';

/**
 * PostgreSQL removes the lock of a process that is gone, but takes a zombie for alive, and a parent that reads no exits
 * leaves it one for ever. What a killed postmaster started may work on for a while: until all of that has ended, the
 * lock is held.
 */
export function decideLock({ pid, state, inside }: LockFacts): LockDecision {
  if (pid === null) return { lock: 'free', because: 'there is no lock' };
  if (state === null) return { lock: 'free', because: `process ${pid} is gone` };
  if (!hasEnded(state)) return { lock: 'held', because: `process ${pid} lives` };
  if (inside.length > 0)
    return {
      lock: 'held',
      because: `process ${pid} has ended, but what it started works on: ${inside.join(', ')}`,
    };
  return { lock: 'stale', because: `process ${pid} has ended, and nobody has read its exit` };
}
