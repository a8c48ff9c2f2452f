import { devNull } from 'node:os';
import { execa } from 'execa';
import { maskAddress } from './names.ts';

export type GitOptions = {
  /** Folder for the mirrors: one bare repository per address. */
  readonly mirrors: string;
  /** Variables for Git and ssh besides the few that are passed on, for example GIT_SSH_COMMAND or GIT_ASKPASS. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Milliseconds: longest run of a command that speaks to the remote (default 120,000) or does not (30,000). */
  readonly networkTimeout?: number;
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
  readonly network?: boolean;
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

export function gitIn(directory: string, options: GitOptions): Git {
  return async (args, call = {}) => {
    const timeout = call.network
      ? (options.networkTimeout ?? 120_000)
      : (options.localTimeout ?? 30_000);
    const done = await execa('git', [...fixedSettings, ...args], {
      cwd: directory,
      env: { ...gitEnvironment(options), ...call.env },
      extendEnv: false,
      encoding: 'buffer',
      reject: false,
      stripFinalNewline: false,
      timeout,
      maxBuffer: largestOutput,
      ...(call.input === undefined ? { stdin: 'ignore' } : { input: call.input }),
    });
    if (done.failed && done.exitCode === undefined && done.code === 'ENOENT') throw done;
    const said = Buffer.from(done.stderr).toString('utf8').slice(0, 8_192).trim();
    const why = done.timedOut ? `gave no answer within ${timeout} ms` : said;
    return {
      ok: !done.failed,
      exitCode: done.exitCode ?? null,
      stdout: Buffer.from(done.stdout.buffer, done.stdout.byteOffset, done.stdout.byteLength),
      stderr: maskAddress(why || (done.failed ? (done.shortMessage ?? 'failed') : '')),
    };
  };
}

/** The line of Git's complaint that says most. */
export function complaint(run: GitRun): string {
  const lines = run.stderr.split('\n').map((line) => line.trim());
  const line = lines.find((one) => /^(fatal|error|remote):/.test(one)) ?? lines[0] ?? '';
  return (line || `git ended with code ${run.exitCode}`).slice(0, 500);
}
