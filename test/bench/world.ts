import { createHmac } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, type Role, type Running, startRole } from '../../examples/demo/processes.ts';
import { type HomePaths, homePaths } from '../../src/platform/config/home.ts';
import { openDatabase } from '../../src/platform/db/pool.ts';
import type { Database } from '../../src/platform/db/types.ts';
import { git, initRepository } from '../../src/workspace/git.ts';

const hookSecret = 'bench';
/** Milliseconds that a benchmark waits for what it measures. */
export const patience = 240_000;

/** A control plane and an agent as processes of their own in a temporary home, on a durable embedded PostgreSQL. */
export type BenchWorld = {
  readonly paths: HomePaths;
  /** Bare repository that is its only source, named `config`. */
  readonly config: string;
  readonly db: Database;
  readonly controlPlane: Running;
  call<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T>;
  /** What a Git host does after a push. */
  nudge(): Promise<void>;
  end(): Promise<void>;
};

export type BenchWorldOptions = {
  readonly targets: readonly string[];
  /** Of the first commit of the config repository. */
  readonly files: ReadonlyMap<string, string>;
};

export async function startBenchWorld(options: BenchWorldOptions): Promise<BenchWorld> {
  const home = await mkdtemp(join(tmpdir(), 'tidegate-bench-world-'));
  const paths = homePaths(home);
  const processes: Running[] = [];
  const start = async (role: Role, flags: readonly string[]): Promise<Running> => {
    const running = await startRole(role, {
      home,
      log: join(paths.logs, `${role}.log`),
      flags: ['--log-level', 'warn', ...flags],
      env: { TIDEGATE_HOOK_SECRET: hookSecret },
    });
    processes.push(running);
    return running;
  };
  const end = async (): Promise<void> => {
    for (const one of processes.toReversed()) await one.stop();
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    for (const folder of [paths.logs, paths.agent]) await mkdir(folder, { recursive: true });
    const config = join(home, 'config.git');
    await initRepository(config);
    await importFiles(config, options.files, 'Declare everything');
    const controlPlane = await start('all', ['--port', '0']);
    const address = async () => JSON.parse(await readFile(paths.server, 'utf8'));
    const { url } = await eventually('its address', address, patience, controlPlane);
    const token = (await readFile(paths.token, 'utf8')).trim();
    const call = caller(url, token);
    const wish = { name: 'bench', targets: options.targets };
    const made = await call<{ token: string }>('POST', '/api/v1/agents', wish);
    await writeFile(paths.agentToken, made.token, { mode: 0o600 });
    const targets = options.targets.flatMap((name) => ['--target', name]);
    await start('agent', ['--server', url, '--name', 'bench', '--workloads', 'end', ...targets]);
    await call('POST', '/api/v1/sources', {
      name: 'config',
      address: config,
      pollInterval: 60_000,
    });
    const connection = JSON.parse(await readFile(join(paths.database, 'connection.json'), 'utf8'));
    const db = openDatabase(
      `postgres://tidegate:${connection.password}@127.0.0.1:${connection.port}/postgres`,
      { max: 4, name: 'bench' },
    );
    const close = async (): Promise<void> => {
      await db.close();
      await end();
    };
    return { paths, config, db, controlPlane, call, nudge: () => nudge(url), end: close };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Thousands of files in one commit, in one process. */
export async function importFiles(
  repository: string,
  files: ReadonlyMap<string, string>,
  message: string,
): Promise<void> {
  const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const parts = [
    'commit refs/heads/main\n',
    `committer Bench <bench@tidegate.example> ${Math.floor(Date.now() / 1000)} +0000\n`,
    data(message),
    ...[...files].map(([path, text]) => `M 100644 inline ${path}\n${data(text)}`),
    'done\n',
  ];
  await git(repository, ['fast-import', '--quiet', '--done'], { input: parts.join('') });
}

function caller(url: string, token: string): BenchWorld['call'] {
  return async <T>(method: string, path: string, body?: object): Promise<T> => {
    const answer = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const said = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${said}`);
    return JSON.parse(said) as T;
  };
}

async function nudge(url: string): Promise<void> {
  const body = JSON.stringify({ repository: 'config' });
  const signature = createHmac('sha256', hookSecret).update(body).digest('hex');
  const answer = await fetch(`${url}/hooks/git`, {
    method: 'POST',
    headers: { 'x-tidegate-signature': `sha256=${signature}`, 'content-type': 'application/json' },
    body,
  });
  if (!answer.ok) throw new Error(`the hook was answered ${answer.status}`);
}
