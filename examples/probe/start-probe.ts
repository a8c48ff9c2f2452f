import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./probe.mjs', import.meta.url));

export type RunningProbe = {
  readonly child: ChildProcess;
  readonly url: string;
  /** Sends SIGTERM and resolves to the exit code; null when a signal ended it. */
  stop(): Promise<number | null>;
};

export type ProbeOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** The Node to run it with; this one when left out. */
  readonly node?: string;
};

export function spawnProbe({ env = {}, node = process.execPath }: ProbeOptions = {}): ChildProcess {
  return spawn(node, [program], {
    env: { PATH: process.env.PATH, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Starts a probe on a port of its own; resolves once it listens, rejects when it ends before that. */
export async function startProbe(options: ProbeOptions = {}): Promise<RunningProbe> {
  const child = spawnProbe(options);
  const ended = once(child, 'exit');
  const port = await Promise.race([
    portOf(child),
    ended.then(([code]) =>
      Promise.reject(new Error(`the probe ended with ${code} before it listened`)),
    ),
  ]);
  return {
    child,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGTERM');
      const [code] = await ended;
      return code as number | null;
    },
  };
}

async function portOf(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('the probe has no output to read');
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /listens on port (\d+)/.exec(line);
    if (found?.[1]) {
      child.stdout.resume();
      return found[1];
    }
  }
  throw new Error('the probe never said where it listens');
}
