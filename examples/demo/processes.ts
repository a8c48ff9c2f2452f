import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { controlPlaneArguments } from '../../src/platform/process/node-arguments.ts';

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** As long as PostgreSQL is given to end, which role all waits for. */
const stopDeadlineMs = 30_000;

export type Role = 'start' | 'all' | 'server' | 'worker' | 'agent';

/** One role of the program as a real process, with its own log file. */
export type Running = {
  readonly role: Role;
  readonly child: ChildProcess;
  /** SIGTERM, and SIGKILL for what does not end by itself. */
  stop(): Promise<void>;
  /** No chance to put anything in order. */
  kill(): Promise<void>;
  lastWords(): Promise<string>;
};

export type RoleWish = {
  readonly home: string;
  readonly log: string;
  readonly flags?: readonly string[];
  readonly env?: { readonly [name: string]: string };
};

export async function startRole(role: Role, wish: RoleWish): Promise<Running> {
  const file = await open(wish.log, 'a');
  // Settings of a Tidegate that the user runs beside this one are not its own.
  const own = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('TIDEGATE_') && name !== 'DATABASE_URL',
  );
  const node = role === 'agent' ? [] : controlPlaneArguments;
  const args = [...node, program, role, '--home', wish.home, '--supervised', ...(wish.flags ?? [])];
  const child = spawn(process.execPath, args, {
    env: { ...Object.fromEntries(own), ...wish.env },
    // The channel supervises it: when this process goes away, it ends by itself.
    stdio: ['ignore', file.fd, file.fd, 'ipc'],
  });
  await file.close();
  return {
    role,
    child,
    stop: () => stopChild(child),
    kill: async () => {
      child.kill('SIGKILL');
      await exited(child);
    },
    lastWords: async () => {
      const text = await readFile(wish.log, 'utf8').catch(() => '');
      return text.split('\n').slice(-25).join('\n');
    },
  };
}

/**
 * Asks until the answer is neither null, false nor undefined; a throw counts as not yet. Where it is `by` a process
 * that it comes about, the end of that process ends the waiting too.
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | null | false | undefined>,
  timeout = 20_000,
  by?: Running,
): Promise<T> {
  const deadline = performance.now() + timeout;
  let last: unknown = 'nothing was seen';
  for (;;) {
    try {
      const seen = await look();
      if (seen !== null && seen !== false && seen !== undefined) return seen;
    } catch (error) {
      last = error;
    }
    const why = last instanceof Error ? last.message : String(last);
    if (by && isOver(by.child)) {
      const how = by.child.signalCode ?? `code ${by.child.exitCode}`;
      throw new Error(`${by.role} ended with ${how} before ${what}: ${why}`, { cause: last });
    }
    if (performance.now() > deadline)
      throw new Error(`waited ${timeout} ms for ${what}: ${why}`, { cause: last });
    await sleep(50);
  }
}

/** SIGTERM, and SIGKILL for what does not end by itself. Resolves when it has ended. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (isOver(child)) return;
  child.kill('SIGTERM');
  // The channel that supervises it keeps it alive as long as it is open.
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs);
  await exited(child);
  clearTimeout(timer);
}

const isOver = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null;

async function exited(child: ChildProcess): Promise<void> {
  if (!isOver(child)) await once(child, 'exit');
}
