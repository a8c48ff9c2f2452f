import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, type Running, startRole } from '../../../examples/demo/processes.ts';
import { freePorts } from '../../../examples/demo/world.ts';
import { homePaths } from '../../../src/platform/config/home.ts';
import { type Embedded, startEmbedded } from '../../../src/platform/db/embedded.ts';
import { openDatabase } from '../../../src/platform/db/pool.ts';
import type { Database } from '../../../src/platform/db/types.ts';
import { commitFiles, initRepository } from '../../../src/workspace/git.ts';
import { type Api, openApi } from './api.ts';
import { createService, environment, errorRate, target } from './services.ts';

/** Roles as real processes on a PostgreSQL of their own, whose address they get as DATABASE_URL. */
export type World = {
  readonly directory: string;
  /** Bare repository that is the only source. */
  readonly config: string;
  readonly db: Database;
  readonly url: string;
  readonly api: Api;
  readonly processes: Map<string, Running>;
  /** Starts a role under a name of its own, in a home of its own; a name again starts it in the same home. */
  start(name: string, role: 'all' | 'server' | 'worker'): Promise<Running>;
  startAgent(name: string, targets: readonly string[]): Promise<Running>;
  serviceOf(application: string): string;
  /** A service's repository and its document, in one commit of the config repository. */
  declare(
    documents: { readonly [path: string]: string },
    services?: readonly string[],
  ): Promise<void>;
  lastWords(): Promise<string>;
  end(): Promise<void>;
};

export type WorldWish = {
  /** Environments by name, each with its spec as a line of YAML. */
  readonly environments: { readonly [name: string]: string };
  /** Agents by name, with the targets that each serves. */
  readonly agents: { readonly [name: string]: readonly string[] };
  readonly control: readonly (readonly [name: string, role: 'all' | 'server' | 'worker'])[];
  /** Called before PostgreSQL makes its data directory, which is named; what it gives, once PostgreSQL has ended. */
  readonly prepare?: (data: string) => Promise<() => Promise<void>>;
  /** For who wants to stand between the processes: given a real address, the one that they get instead. */
  readonly between?: {
    database(url: string): Promise<string>;
    server(url: string): Promise<string>;
  };
};

const portsPerTarget = 30;

export async function openWorld(wish: WorldWish): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'tidegate-world-'));
  // As root PostgreSQL runs under another account, which has to get through.
  await chmod(directory, 0o711);
  const data = join(directory, 'postgres');
  const undo = await wish.prepare?.(data);
  const own = await startEmbedded({ directory: data });
  const stop = async (): Promise<void> => {
    await own.stop();
    await undo?.();
  };
  const database = { ...own, stop, url: (await wish.between?.database(own.url)) ?? own.url };
  const db = openDatabase(database.url, { max: 4, name: 'journey' });
  const world = await assemble(directory, database, db, wish);
  try {
    await bringUp(world, wish);
    return world;
  } catch (error) {
    const words = await world.lastWords();
    await world.end();
    throw new Error(`${error instanceof Error ? error.message : error}\n${words}`, {
      cause: error,
    });
  }
}

async function assemble(
  directory: string,
  database: Embedded,
  db: Database,
  wish: WorldWish,
): Promise<World> {
  const targets = Object.values(wish.agents).flat();
  const first = await freePorts(1 + targets.length * portsPerTarget);
  const url = `http://127.0.0.1:${first}`;
  const urlForAgents = (await wish.between?.server(url)) ?? url;
  const config = join(directory, 'config.git');
  await initRepository(config);
  await commitFiles(config, { files: documentsOf(wish, first + 1), message: 'Declare' });
  const processes = new Map<string, Running>();
  const run = async (name: string, role: Running['role'], flags: readonly string[], env = {}) => {
    const home = join(directory, name);
    await mkdir(homePaths(home).agent, { recursive: true });
    const log = join(directory, `${name}.log`);
    const running = await startRole(role, { home, log, flags, env });
    processes.set(name, running);
    return running;
  };
  const serviceOf = (name: string): string => join(directory, 'services', `${name}.git`);
  const api = openApi(url, async () => {
    const holder = wish.control.find(([, role]) => role !== 'worker');
    return (await readFile(homePaths(join(directory, holder?.[0] ?? '')).token, 'utf8')).trim();
  });
  return {
    directory,
    config,
    db,
    url,
    api,
    processes,
    serviceOf,
    start: (name, role) =>
      run(name, role, role === 'worker' ? [] : ['--port', String(first)], {
        DATABASE_URL: database.url,
      }),
    startAgent: (name, served) => {
      const flags = served.flatMap((one) => ['--target', one]);
      const own = ['--server', urlForAgents, '--name', name, '--workloads', 'end'];
      return run(name, 'agent', [...own, ...flags]);
    },
    declare: async (documents, services = []) => {
      for (const name of services) await createService(serviceOf(name));
      await commitFiles(config, { files: documents, message: 'Declare more' });
    },
    lastWords: async () => {
      const words = [...processes].map(async ([name, one]) => `${name}:\n${await one.lastWords()}`);
      return (await Promise.all(words)).join('\n');
    },
    end: () => endAll(directory, database, db, processes),
  };
}

function documentsOf(wish: WorldWish, firstPort: number): Record<string, string> {
  const targets = Object.values(wish.agents).flat();
  return {
    'analysis/error-rate.yaml': errorRate,
    ...Object.fromEntries(
      targets.map((name, at) => [
        `targets/${name}.yaml`,
        target(name, firstPort + at * portsPerTarget),
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(wish.environments).map(([name, spec]) => [
        `environments/${name}.yaml`,
        environment(name, spec),
      ]),
    ),
  };
}

async function bringUp(world: World, wish: WorldWish): Promise<void> {
  for (const [name, role] of wish.control) await world.start(name, role);
  await eventually('the API', async () => (await fetch(`${world.url}/api/v1/health`)).ok, 60_000);
  await world.api.post('/sources', { name: 'config', address: world.config, pollInterval: 1_000 });
  for (const [name, targets] of Object.entries(wish.agents)) {
    const { token } = await world.api.post<{ token: string }>('/agents', { name, targets });
    const file = homePaths(join(world.directory, name)).agentToken;
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, token, { mode: 0o600 });
    await world.startAgent(name, targets);
  }
  const all = Object.values(wish.agents).flat();
  await eventually('every target to be connected', async () => {
    const { items } = await world.api.get<Connected>('/targets');
    return all.every((name) => items.some((one) => one.name === name && one.connected));
  });
}

type Connected = { readonly items: readonly { name: string; connected: boolean }[] };

async function endAll(
  directory: string,
  database: Embedded,
  db: Database,
  processes: ReadonlyMap<string, Running>,
): Promise<void> {
  const all = [...processes.values()];
  // Agents first: they end the replicas that they run while they can still say so.
  for (const one of all.filter(({ role }) => role === 'agent')) await one.stop();
  for (const one of all.filter(({ role }) => role !== 'agent')) await one.stop();
  await db.close();
  await database.stop();
  await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
