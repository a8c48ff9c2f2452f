import { devNull } from 'node:os';
import { execa } from 'execa';
import { maskAddress } from './names.ts';

export type GitOptions = {
  /** Folder for the mirrors: one bare repository per address. */
  readonly mirrors: string;
  /** Variables for Git and ssh besides the few that are passed on, for example GIT_SSH_COMMAND or GIT_ASKPASS. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Milliseconds: longest wait for the remote to say where its branches are (default 20,000). */
  readonly askTimeout?: number;
  /** For what moves objects, which a first fetch may have many of (600,000), and for what speaks to nobody (30,000). */
  readonly transferTimeout?: number;
  readonly localTimeout?: number;
};

export type GitRun = {
  readonly ok: boolean;
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  /** With secrets in addresses masked. */
  readonly stderr: string;
};

export type GitCall = {
  /** What it waits for; `local` when left out. */
  readonly waits?: keyof typeof timeouts;
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
};

/** Runs one git command in a directory. A failure is a value; only a missing git program throws. */
export type Git = (args: readonly string[], call?: GitCall) => Promise<GitRun>;

const passedOn = [
  'PATH',
  'HOME',
  'SSH_AUTH_SOCK',
  'HTTPS_PROXY',
  'https_proxy',
  'NO_PROXY',
  'no_proxy',
];
const timeouts = { ask: 20_000, transfer: 600_000, local: 30_000 };
const largestOutput = 256 * 1024 * 1024;

/**
 * The environment of every git process: configuration of the system and of the user is out, so that the same
 * commands do the same everywhere; prompts fail at once; only the allowed protocols can be spoken.
 */
export function gitEnvironment(options: GitOptions): Record<string, string> {
  const kept = passedOn.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'file:https:ssh',
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes',
    GIT_NO_REPLACE_OBJECTS: '1',
    ...options.environment,
  };
}

/** Settings that hold whatever a repository's own configuration says. */
export const fixedSettings: readonly string[] = [
  '-c',
  `core.hooksPath=${devNull}`,
  '-c',
  'core.fsmonitor=false',
  '-c',
  'gc.auto=0',
  '-c',
  'maintenance.auto=false',
  '-c',
  'core.quotePath=false',
];

/** Ends of the commands that speak to a remote now. */
export type Running = Set<() => void>;

export function gitIn(directory: string, options: GitOptions, running: Running = new Set()): Git {
  return async (args, call = {}) => {
    const waits = call.waits ?? 'local';
    const timeout = options[`${waits}Timeout`] ?? timeouts[waits];
    const child = execa('git', [...fixedSettings, ...args], {
      cwd: directory,
      env: { ...gitEnvironment(options), ...call.env },
      extendEnv: false,
      encoding: 'buffer',
      reject: false,
      stripFinalNewline: false,
      maxBuffer: largestOutput,
      // A group of its own, so that the helpers that Git starts for a protocol end with it.
      detached: true,
      ...(call.input === undefined ? { stdin: 'ignore' } : { input: call.input }),
    });
    const late: { is: boolean; kill?: NodeJS.Timeout | undefined } = { is: false };
    const end = (): void => {
      late.kill ??= endGroup(child.pid);
    };
    const timer = setTimeout(() => {
      late.is = true;
      end();
    }, timeout);
    running.add(end);
    const done = await child;
    // Its output is closed by now, so its helpers have ended too, and the group's number may be given to others.
    clearTimeout(timer);
    clearTimeout(late.kill);
    running.delete(end);
    if (done.failed && done.exitCode === undefined && done.code === 'ENOENT') throw done;
    const said = Buffer.from(done.stderr).toString('utf8').slice(0, 8_192).trim();
    const why = late.is ? `gave no answer within ${timeout} ms` : said;
    return {
      ok: !done.failed,
      exitCode: done.exitCode ?? null,
      stdout: Buffer.from(done.stdout.buffer, done.stdout.byteOffset, done.stdout.byteLength),
      stderr: maskAddress(why || (done.failed ? (done.shortMessage ?? 'failed') : '')),
    };
  };
}

/** Asks every process of the group to end, so that Git takes its locks away, and makes them end a moment later. */
function endGroup(pid: number | undefined): NodeJS.Timeout | undefined {
  if (pid === undefined) return undefined;
  const send = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal);
    } catch {
      // They have ended already.
    }
  };
  send('SIGTERM');
  return setTimeout(send, 2_000, 'SIGKILL').unref();
}

/** The line of Git's complaint that says most. */
export function complaint(run: GitRun): string {
  const lines = run.stderr.split('\n').map((line) => line.trim());
  const line = lines.find((one) => /^(fatal|error|remote):/.test(one)) ?? lines[0] ?? '';
  return (line || `git ended with code ${run.exitCode}`).slice(0, 500);
}
