import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homePaths } from '../../src/platform/config/home.ts';
import { startEmbedded } from '../../src/platform/db/embedded.ts';
import { exists } from '../../src/platform/files/exists.ts';
import { sampleTargets } from '../../src/workspace/documents.ts';
import { createWorkspace, type Workspace } from '../../src/workspace/workspace.ts';
import { type Client, createClient } from './client.ts';
import { eventually, type Running, startRole } from './processes.ts';

const startDeadlineMs = 60_000;

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
  const roles = new Map<Role, Running>();
  const end = async (): Promise<void> => {
    // The agent first: it ends the services that it runs while it can still say so.
    for (const role of ['agent', 'all'] as const) await roles.get(role)?.stop();
    // A control plane that was killed left its database running, for the next one to take over.
    if (roles.get('all')?.child.exitCode !== 0) await endDatabase(paths.database);
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  const lastWords = async (): Promise<string> =>
    (await Promise.all([...roles.values()].map((one) => one.lastWords()))).join('\n');
  try {
    for (const folder of [paths.logs, paths.agent]) await mkdir(folder, { recursive: true });
    const serverPort = await freePorts(31);
    const workspace = await createWorkspace({
      directory: paths.workspace,
      firstPort: serverPort + 1,
      pace: 'brisk',
    });
    const url = `http://127.0.0.1:${serverPort}`;
    const start = async (role: Role, ...flags: string[]): Promise<Running> => {
      const log = join(paths.logs, `demo-${role}.log`);
      const running = await startRole(role, { home, log, flags });
      roles.set(role, running);
      return running;
    };
    const startControlPlane = async (): Promise<void> => {
      const all = await start('all', '--port', String(serverPort));
      const answers = async () => (await fetch(`${url}/api/v1/health`)).ok;
      await eventually('the API', answers, startDeadlineMs, all);
    };
    await startControlPlane();
    const client = createClient({ url, token: (await readFile(paths.token, 'utf8')).trim() });
    await client.addSource('config', workspace.config);
    const isDeclared = () => client.isDeclared('probe');
    await eventually('the probe to be declared', isDeclared, startDeadlineMs, roles.get('all'));
    const targets = sampleTargets.map((one) => one.target);
    await writeFile(paths.agentToken, await client.addAgent('demo', targets), { mode: 0o600 });
    const served = targets.flatMap((target) => ['--target', target]);
    const flags = ['--server', url, '--name', 'demo', '--workloads', 'end', ...served];
    const agent = await start('agent', ...flags);
    const areConnected = async () => {
      const connected = (await client.targets()).filter((one) => one.connected);
      return targets.every((name) => connected.some((one) => one.name === name));
    };
    await eventually('every target to be connected', areConnected, startDeadlineMs, agent);
    const killControlPlane = async () => await roles.get('all')?.kill();
    return { workspace, client, targets, startControlPlane, killControlPlane, lastWords, end };
  } catch (error) {
    const words = await lastWords();
    await end();
    const why = error instanceof Error ? error.message : error;
    throw new Error(`Tidegate did not start: ${why}\n${words}`, { cause: error });
  }
}

async function endDatabase(directory: string): Promise<void> {
  if (!(await exists(directory))) return;
  const database = await startEmbedded({ directory });
  await database.stop();
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
