import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePorts } from '../../examples/demo/world.ts';
import { homePaths } from '../../src/platform/config/home.ts';
import { readLog } from '../../src/workspace/git.ts';
import { createWorkspace, type Workspace } from '../../src/workspace/workspace.ts';
import { processesIn } from './left-over.ts';

const program = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
const made = { home: '' };
beforeEach(async () => {
  made.home = await mkdtemp(join(tmpdir(), 'tidegate-start-'));
  await chmod(made.home, 0o711);
});
afterEach(() => rm(made.home, { recursive: true, force: true }));

type Started = { readonly child: ChildProcess; readonly text: () => string };

/** Resolves when the welcome has been printed; rejects with all that was said when it ends before. */
async function start(): Promise<Started> {
  const { DATABASE_URL: _, ...env } = process.env;
  const child = spawn(process.execPath, [program, 'start', '--home', made.home, '--port', '0'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<Started>();
  const text = (): string => said.join('');
  const listen = (part: Buffer): void => {
    said.push(part.toString());
    if (text().includes('Ctrl-C ends it all')) resolve({ child, text });
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  child.once('exit', (code) => reject(new Error(`it ended with ${code}:\n${text()}`)));
  return await promise;
}

async function stop({ child }: Started, signal: 'SIGINT' | 'SIGTERM'): Promise<unknown> {
  child.kill(signal);
  const [code] = await once(child, 'exit');
  return code;
}

const versionsOf = (workspace: Workspace): Promise<string[]> =>
  Promise.all(
    workspace.endpoints.map(async ({ url }) => {
      const meta = (await (await fetch(`${url}/meta`)).json()) as { version: string };
      return meta.version;
    }),
  );

test('starts from nothing, stops without a trace, and goes on from there', {
  timeout: 240_000,
}, async () => {
  const { workspace: directory, server } = homePaths(made.home);
  const firstPort = await freePorts(30);
  const workspace = await createWorkspace({ directory, firstPort });
  const first = await start();
  expect(await versionsOf(workspace)).toEqual(Array(6).fill('1.0.0'));
  for (const { url } of workspace.endpoints) expect(first.text()).toContain(url);
  const history = await readLog(workspace.config, 50);
  expect(history).toHaveLength(5);

  const second = await execa(process.execPath, [program, 'start', '--home', made.home], {
    reject: false,
  });
  expect(second.exitCode).toBe(1);
  expect(second.stderr).toContain('TG1801');
  expect(await versionsOf(workspace)).toEqual(Array(6).fill('1.0.0'));

  const logs = await execa(process.execPath, [program, 'logs', 'probe', '--target', 'eu-1'], {
    env: { TIDEGATE_HOME: made.home },
  });
  expect(logs.stdout).toMatch(/^r-[0-9a-f]{12}:\n {2}\[[12]\] probe 1.0.0 listens/);

  expect(await stop(first, 'SIGINT')).toBe(0);
  expect(await processesIn(made.home)).toEqual([]);
  await expect(access(server)).rejects.toThrow('ENOENT');
  await expect(versionsOf(workspace)).rejects.toThrow();

  const again = await start();
  await expect
    .poll(() => versionsOf(workspace), { timeout: 30_000 })
    .toEqual(Array(6).fill('1.0.0'));
  expect(await readLog(workspace.config, 50)).toEqual(history);
  expect(await stop(again, 'SIGTERM')).toBe(0);
  expect(await processesIn(made.home)).toEqual([]);
});
