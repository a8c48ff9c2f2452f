import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fail } from '../errors/problem.ts';
import type { Account } from './account.ts';
import { decideLock, hasEnded, type LockDecision } from './decide-lock.ts';

const run = promisify(execFile);

/** Program and state of a process. Source: proc_pid_stat(5). */
type ProcessFacts = { readonly program: string; readonly state: string };

/** Pid of the postmaster that works on this data; null when there is none, or only a zombie is left of it. */
export async function postmasterOf(data: string): Promise<number | null> {
  const pid = await lockHolder(data);
  const facts = pid === null ? null : await readProcess(pid);
  return facts?.program === 'postgres' && !hasEnded(facts.state) ? pid : null;
}

/** Removes a lock that keeps PostgreSQL from starting though nobody works on the data. TG1801 when that is unknown. */
export async function removeStaleLock(
  data: string,
  account: Account | null,
): Promise<LockDecision> {
  const pid = await lockHolder(data);
  const state = pid === null ? null : ((await readProcess(pid))?.state ?? null);
  const mayBeStale = state !== null && hasEnded(state);
  const inside = mayBeStale ? await processesInside(data, account) : [];
  const decision = decideLock({ pid, state, inside });
  if (decision.lock === 'stale') await rm(lockFile(data), { force: true });
  return decision;
}

const lockFile = (data: string): string => join(data, 'postmaster.pid');

/** First line of postmaster.pid. */
async function lockHolder(data: string): Promise<number | null> {
  const text = await readFile(lockFile(data), 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

async function readProcess(pid: number): Promise<ProcessFacts | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name in parentheses may hold anything, spaces and parentheses too.
  const [, program, state] = /^\d+ \((.*)\) (\S)/s.exec(text) ?? [];
  return program === undefined || state === undefined ? null : { program, state };
}

/** Prints the ids of processes that work in the directory $0; fails where it cannot be compared with anything. */
const workersIn = `[ "$0" -ef "$0" ] || exit 1
for one in /proc/[0-9]*; do
  if [ "$one/cwd" -ef "$0" ]; then echo "\${one#/proc/}"; fi
done`;

/**
 * Every process of PostgreSQL works in its data directory. It tells the account that it runs as, which is asked for
 * that reason: root is told only with CAP_SYS_PTRACE, which containers rarely have.
 */
async function processesInside(data: string, account: Account | null): Promise<readonly number[]> {
  const as = account ? { uid: account.uid, gid: account.gid } : {};
  const { stdout } = await run('/bin/sh', ['-c', workersIn, data], { ...as, cwd: '/' }).catch(
    (cause: unknown) =>
      fail('TG1801', { detail: `Who works in ${data} is not to be known.` }, cause),
  );
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}
