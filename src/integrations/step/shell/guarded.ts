import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fail } from '../../../platform/errors/problem.ts';

/*
 * A program that does not outlive its worker, however the worker ends. A guardian beside it reads a pipe that only the
 * worker writes to: its end without a word means that the worker has gone, and the guardian ends the program, all that it
 * started, and removes its directory. The program itself waits until the guardian is there.
 *
 * Both are a few lines of sh, since there may be many of them and each Node would take 40 MB.
 */
const shell = '/bin/sh';

const launcher = 'IFS= read -r word <&3 || exit 125; exec 3<&-; exec "$@"';

const guardian = `
trap '' TERM INT HUP
IFS= read -r word && exit 0
rounds=0
while [ "$rounds" -lt 50 ]; do
  rounds=$((rounds + 1))
  found=
  kill -KILL -- "-$1" 2>/dev/null && found=yes
  for environ in $(grep -lzxF -e "$2" /proc/[0-9]*/environ 2>/dev/null); do
    pid=\${environ#/proc/}
    kill -KILL "\${pid%/environ}" 2>/dev/null && found=yes
  done
  [ -z "$found" ] && break
  sleep 0.1 2>/dev/null || sleep 1
done
cd /
rm -rf -- "$3"
`;

export type GuardedOptions = {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: { readonly [name: string]: string };
  /** `NAME=value`: a line of its environment that all it starts inherits. */
  readonly marker: string;
  /** Directory that is removed with it, in which pipes are made. */
  readonly directory: string;
};

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type Guarded = {
  readonly pid: number;
  readonly stdout: Socket;
  readonly stderr: Socket;
  readonly exit: Promise<Exit>;
  /** The guardian has gone before it was told to: nobody would end the program now. */
  readonly unguarded: Promise<void>;
  /** All has ended and the guardian may go. */
  release(): void;
};

/** Begins a program. TG1912 when it cannot be begun. */
export async function startGuarded(options: GuardedOptions): Promise<Guarded> {
  const [out, err] = await makePipes(options.directory);
  let child: ChildProcess | null = null;
  try {
    child = spawn(shell, ['-c', launcher, 'sh', ...options.command], {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', out.write, err.write, 'pipe'],
      detached: true,
    });
    const exit = exitOf(child);
    await begun(child);
    const guard = await startGuardian(child.pid ?? 0, options);
    const start = child.stdio[3] as Socket;
    // The program may have been ended before it took the word.
    start.on('error', () => undefined);
    start.end('go\n');
    return {
      pid: child.pid ?? 0,
      stdout: out.read,
      stderr: err.read,
      exit,
      unguarded: guard.gone,
      release: guard.release,
    };
  } catch (error) {
    child?.kill('SIGKILL');
    out.read.destroy();
    err.read.destroy();
    throw error;
  } finally {
    closeSync(out.write);
    closeSync(err.write);
  }
}

type Pipe = { readonly read: Socket; readonly write: number };

/** Real pipes: what Node would make are sockets, and `echo x >/dev/stderr` fails on a socket. */
async function makePipes(directory: string): Promise<readonly [Pipe, Pipe]> {
  const [out, err] = [join(directory, 'out'), join(directory, 'err')];
  await promisify(execFile)('mkfifo', ['-m', '600', out, err]);
  return [openPipe(out), openPipe(err)];
}

function openPipe(path: string): Pipe {
  const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;
  const fd = openSync(path, O_RDONLY | O_NONBLOCK);
  const read = new Socket({ fd, readable: true, writable: false });
  read.on('error', () => undefined);
  return { read, write: openSync(path, O_WRONLY) };
}

async function begun(child: ChildProcess): Promise<void> {
  await once(child, 'spawn').catch((error) =>
    fail('TG1912', { detail: `It could not be started: ${String(error.message)}` }, error),
  );
}

/** Never rejects: a child that could not be begun is told of by its error event. */
function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
}

async function startGuardian(group: number, { marker, directory }: GuardedOptions) {
  const child = spawn(shell, ['-c', guardian, 'guardian', String(group), marker, directory], {
    cwd: '/',
    env: { PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  let isReleased = false;
  const gone = Promise.withResolvers<void>();
  child.once('exit', () => {
    if (!isReleased) gone.resolve();
  });
  child.stdin.on('error', () => undefined);
  await begun(child);
  return {
    gone: gone.promise,
    release: () => {
      isReleased = true;
      child.stdin.end('over\n');
      child.unref();
    },
  };
}
