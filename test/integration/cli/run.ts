import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import picocolors from 'picocolors';
import { onTestFinished } from 'vitest';
import { runCli } from '../../../src/cli/cli.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';
import type { TestServer } from '../api/server.ts';

const program = fileURLToPath(new URL('../../../bin/tidegate.mjs', import.meta.url));

export type Ran = { readonly code: number; readonly out: string; readonly err: string };

export type Running = {
  readonly child: ChildProcess;
  readonly output: { out: string; err: string };
  readonly done: Promise<Ran>;
};

/** Starts `tidegate` as people do, in an environment that holds nothing but what is given; it ends with its test at the latest. */
export function start(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  node = process.execPath,
): Running {
  const child = spawn(node, [program, ...args], {
    env: { PATH: process.env.PATH ?? '', NO_COLOR: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.err += chunk.toString();
  });
  const done = new Promise<Ran>((resolve) =>
    child.on('close', (code) => resolve({ code: code ?? -1, ...output })),
  );
  onTestFinished(async () => {
    child.kill();
    await done;
  });
  return { child, output, done };
}

export const asDeployer = (server: TestServer): Record<string, string> => ({
  TIDEGATE_URL: server.url,
  TIDEGATE_TOKEN: server.tokens.deployer,
});

/** The same in a process of its own. */
export function runChild(server: TestServer, ...args: readonly string[]): Promise<Ran> {
  return start(args, asDeployer(server)).done;
}

/** Runs a command line in this process, with a terminal that nobody watches. */
export async function runHere(
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = {
    out: (text) => out.push(`${text}\n`),
    err: (text) => err.push(`${text}\n`),
    live: false,
    draw: () => undefined,
    drawn: () => undefined,
    columns: 120,
    colours: picocolors.createColors(false),
    environment,
    interrupted: new AbortController().signal,
  };
  const code = await runCli(args, { terminal });
  return { code, out: out.join(''), err: err.join('') };
}

export function run(server: TestServer, ...args: readonly string[]): Promise<Ran> {
  return runHere(asDeployer(server), ...args);
}
