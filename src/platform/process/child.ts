import { type ChildProcess, spawn } from 'node:child_process';
import { type FileHandle, open } from 'node:fs/promises';

export type ChildOptions = {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Standard output and error are appended here. */
  readonly log: string;
  /** Called when it ended without being asked to, and before it is started again. */
  readonly onRestart: (name: string, how: string) => void;
};

export type Supervised = {
  pid(): number | null;
  /** Asks it to end and waits; after `grace` milliseconds it is killed. */
  stop(grace?: number): Promise<void>;
};

const firstPause = 250;
const longestPause = 10_000;
/** A child that lived this long starts again without a pause. */
const settled = 30_000;

/** Keeps one child process alive: started again, after a growing pause, when it ends without being asked to. */
export async function supervise(options: ChildOptions): Promise<Supervised> {
  const log = await open(options.log, 'a');
  const state: {
    child: ChildProcess | null;
    stopping: boolean;
    pause: number;
    timer?: NodeJS.Timeout;
  } = {
    child: null,
    stopping: false,
    pause: firstPause,
  };
  const begin = (): void => {
    const since = performance.now();
    const child = spawnChild(options, log);
    state.child = child;
    child.once('exit', (code, signal) => {
      state.child = null;
      if (state.stopping) return;
      options.onRestart(options.name, signal ? `killed by ${signal}` : `ended with code ${code}`);
      state.pause =
        performance.now() - since > settled ? firstPause : Math.min(state.pause * 2, longestPause);
      state.timer = setTimeout(begin, state.pause);
    });
  };
  begin();
  return {
    pid: () => state.child?.pid ?? null,
    stop: async (grace = 20_000) => {
      state.stopping = true;
      clearTimeout(state.timer);
      if (state.child) await end(state.child, grace);
      await log.close();
    },
  };
}

function spawnChild(options: ChildOptions, log: FileHandle): ChildProcess {
  const child = spawn(options.program, [...options.args], {
    env: options.env ?? process.env,
    // A group of its own: Ctrl-C in the terminal reaches the supervisor alone, which ends its children in order.
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
  child.on('error', () => undefined);
  return child;
}

async function end(child: ChildProcess, grace: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once('exit', () => resolve());
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), grace);
  await promise;
  clearTimeout(timer);
}
