import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const program = join(import.meta.dirname, '..', '..', '..', 'src', 'main.ts');
const stopDeadlineMs = 20_000;

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
  const own = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('TIDEGATE_') && name !== 'DATABASE_URL',
  );
  const args = [program, role, '--home', wish.home, '--supervised', ...(wish.flags ?? [])];
  const child = spawn(process.execPath, args, {
    env: { ...Object.fromEntries(own), ...wish.env },
    // The channel supervises it: when this process goes away, it ends by itself.
    stdio: ['ignore', file.fd, file.fd, 'ipc'],
  });
  await file.close();
  return {
    role,
    child,
    stop: () => stop(child),
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

/** Asks until the answer is neither null, false nor undefined; a throw counts as not yet. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | null | false | undefined>,
  timeout = 20_000,
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
    if (performance.now() > deadline) {
      const why = last instanceof Error ? last.message : String(last);
      throw new Error(`waited ${timeout} ms for ${what}: ${why}`, { cause: last });
    }
    await sleep(50);
  }
}

const isOver = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null;

async function exited(child: ChildProcess): Promise<void> {
  if (!isOver(child)) await once(child, 'exit');
}

async function stop(child: ChildProcess): Promise<void> {
  if (isOver(child)) return;
  child.kill('SIGTERM');
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs);
  await exited(child);
  clearTimeout(timer);
}
