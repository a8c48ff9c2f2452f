import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { homePaths } from '../../src/platform/config/home.ts';
import { startEmbedded } from '../../src/platform/db/embedded.ts';
import { sampleTargets } from '../../src/workspace/documents.ts';
import { createWorkspace, type Workspace } from '../../src/workspace/workspace.ts';
import { type Client, createClient } from './client.ts';

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const startDeadlineMs = 60_000;
const stopDeadlineMs = 20_000;

/** A control plane and an agent of its own, in a temporary home: everything that the story needs, and nothing else. */
export type World = {
  readonly workspace: Workspace;
  readonly client: Client;
  readonly targets: readonly string[];
  /** SIGKILL: the control plane gets no chance to put anything in order. */
  killControlPlane(): Promise<void>;
  startControlPlane(): Promise<void>;
  /** Newest lines of what the processes said, for a story that went wrong. */
  lastWords(): Promise<string>;
  /** Ends every process and removes the home. */
  end(): Promise<void>;
};

type Role = 'all' | 'agent';

export async function startWorld(): Promise<World> {
  const home = await mkdtemp(join(tmpdir(), 'tidegate-demo-'));
  // As root PostgreSQL runs under another account, which has to get through to its data.
  await chmod(home, 0o711);
  const paths = homePaths(home);
  const children = new Map<Role, ChildProcess>();
  const logOf = (role: Role): string => join(paths.logs, `demo-${role}.log`);
  const end = async (): Promise<void> => {
    // The agent first: it ends the services that it runs while it can still say so.
    for (const role of ['agent', 'all'] as const) await stopChild(children.get(role));
    // A control plane that was killed left its database running, for the next one to take over.
    if (children.get('all')?.exitCode !== 0) await endDatabase(paths.database);
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    for (const folder of [paths.logs, paths.agent]) await mkdir(folder, { recursive: true });
    const serverPort = await freePorts(31);
    const workspace = await createWorkspace({
      directory: paths.workspace,
      firstPort: serverPort + 1,
      pace: 'brisk',
    });
    const url = `http://127.0.0.1:${serverPort}`;
    const start = async (role: Role, ...flags: string[]): Promise<void> => {
      children.set(role, await startRole(role, home, logOf(role), flags));
    };
    const startControlPlane = async (): Promise<void> => {
      await start('all', '--port', String(serverPort));
      await until(async () => (await fetch(`${url}/api/v1/health`)).ok, children.get('all'));
    };
    await startControlPlane();
    const client = createClient({ url, token: (await readFile(paths.token, 'utf8')).trim() });
    await client.addSource('config', workspace.config);
    await until(() => client.isDeclared('probe'), children.get('all'));
    const targets = sampleTargets.map((one) => one.target);
    await writeFile(paths.agentToken, await client.addAgent('demo', targets), { mode: 0o600 });
    const served = targets.flatMap((target) => ['--target', target]);
    await start('agent', '--server', url, '--name', 'demo', '--workloads', 'end', ...served);
    await until(async () => {
      const connected = (await client.targets()).filter((one) => one.connected);
      return targets.every((name) => connected.some((one) => one.name === name));
    }, children.get('agent'));
    return {
      workspace,
      client,
      targets,
      startControlPlane,
      async killControlPlane() {
        const child = children.get('all');
        if (!child) return;
        child.kill('SIGKILL');
        await exited(child);
      },
      lastWords: async () =>
        (await Promise.all([logOf('all'), logOf('agent')].map(tail))).join('\n'),
      end,
    };
  } catch (error) {
    const words = (await Promise.all([logOf('all'), logOf('agent')].map(tail))).join('\n');
    await end();
    throw new Error(
      `Tidegate did not start: ${error instanceof Error ? error.message : error}\n${words}`,
      {
        cause: error,
      },
    );
  }
}

async function startRole(
  role: Role,
  home: string,
  log: string,
  flags: readonly string[],
): Promise<ChildProcess> {
  const file = await open(log, 'a');
  try {
    // Supervised over the channel: when this process is killed, the others end by themselves.
    return spawn(process.execPath, [program, role, '--home', home, '--supervised', ...flags], {
      env: ownEnvironment(),
      stdio: ['ignore', file.fd, file.fd, 'ipc'],
    });
  } finally {
    await file.close();
  }
}

/** Settings of a Tidegate that the user runs beside the demo are not the demo's. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('TIDEGATE_') && name !== 'DATABASE_URL',
  );
  return Object.fromEntries(entries);
}

async function until(isSo: () => Promise<boolean>, child: ChildProcess | undefined): Promise<void> {
  const since = performance.now();
  while (!(await isSo().catch(() => false))) {
    if (child && child.exitCode !== null) throw new Error(`a process ended with ${child.exitCode}`);
    if (performance.now() - since > startDeadlineMs) throw new Error('it took over a minute');
    await sleep(100);
  }
}

const exited = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
};

async function stopChild(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  // The channel that supervises it keeps it alive as long as it is open.
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs);
  await exited(child);
  clearTimeout(timer);
}

async function endDatabase(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  const database = await startEmbedded({ directory });
  await database.stop();
}

async function tail(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').slice(-15).join('\n');
}

/** The first of `count` neighbouring ports that are free now, below those that the system hands out. */
export async function freePorts(count: number): Promise<number> {
  const attempts = 200;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const first = 20_000 + Math.floor(Math.random() * 12_000);
    const ports = Array.from({ length: count }, (_, at) => first + at);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
  }
  throw new Error(`no ${count} neighbouring ports are free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  server.once('error', () => resolve(false));
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  return await promise;
}
