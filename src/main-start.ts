/*
 * `npm start`: a control plane, an agent, and a sample workspace that is being delivered, on one machine and with
 * nothing to set up. It supervises: what dies is started again, and Ctrl-C ends everything it started.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { runningServer } from './main-control.ts';
import { connectHome, deliverSample, prepareSample, sampleTargetNames } from './main-sample.ts';
import type { HomePaths } from './platform/config/home.ts';
import { readSettings, type Settings } from './platform/config/settings.ts';
import { fail } from './platform/errors/problem.ts';
import { type Supervised, supervise } from './platform/process/child.ts';
import { controlPlaneArguments } from './platform/process/node-arguments.ts';
import { openProgress, type Progress } from './platform/process/progress.ts';
import { untilAskedToEnd } from './platform/process/signals.ts';
import { createWorkspace, type Workspace } from './workspace/workspace.ts';

const program = fileURLToPath(new URL('./main.ts', import.meta.url));
const visitors = fileURLToPath(new URL('../examples/load/main.ts', import.meta.url));
/** Requests per second: enough that 5 % of errors show within seconds at the first weight. */
const visits = '50';
const patience = 90_000;

export async function start(args: readonly string[]): Promise<void> {
  const settings = readSettings(args);
  const { paths } = settings;
  const found = await runningServer(paths);
  if (found) {
    fail('TG1801', {
      detail: `Tidegate runs in ${paths.home} already: ${found.url}, process ${found.pid}.`,
      hint: 'End that one first, or give another folder with --home.',
    });
  }
  await refuseTakenPort(settings);
  await mkdir(paths.logs, { recursive: true });
  const asked = untilAskedToEnd(false);
  const progress = openProgress();
  const children: Supervised[] = [];
  try {
    const ended = await Promise.race([
      bringUp(settings, progress, children).then(() => null),
      asked,
    ]);
    if (ended === null) await asked;
  } finally {
    progress.begin('Stopping');
    // The agent first: it ends the services while the control plane can still hear of it.
    for (const child of children.reverse()) await child.stop();
    progress.done();
  }
}

/** Said at once: a control plane that ends on it would be started again and again. */
async function refuseTakenPort({ host, port }: Settings): Promise<void> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, () => server.close(() => resolve()));
  await promise.catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    const hint = 'End what uses it, or give another port with --port.';
    fail('TG1801', { detail: `Port ${port} of ${host} cannot be used: ${why}`, hint }, cause);
  });
}

async function bringUp(
  settings: Settings,
  progress: Progress,
  children: Supervised[],
): Promise<void> {
  const { paths } = settings;
  progress.begin('Sample workspace');
  const workspace = await createWorkspace({ directory: paths.workspace });
  progress.begin('Control plane and PostgreSQL');
  const onRestart = (name: string, how: string): void => {
    progress.note(`${name} was ${how}; starting it again. Its log: ${paths.logs}`);
  };
  const child = async (name: string, args: readonly string[]): Promise<void> => {
    const log = join(paths.logs, `${name.replace(' ', '-')}.log`);
    children.push(await supervise({ name, program: process.execPath, args, log, onRestart }));
  };
  const role = (word: string, flags: readonly string[]): readonly string[] => [
    program,
    word,
    '--supervised',
    '--home',
    paths.home,
    ...flags,
  ];
  const address = ['--host', settings.host, '--port', String(settings.port)];
  await child('control plane', [...controlPlaneArguments, ...role('all', address)]);
  const { url } = await until(() => runningServer(paths), 'the control plane', paths.logs);
  const client = await connectHome(paths);
  await prepareSample(client, paths, workspace);
  progress.begin('Agent');
  const targets = sampleTargetNames.flatMap((name) => ['--target', name]);
  await child('agent', role('agent', ['--server', url, '--workloads', 'end', ...targets]));
  await deliverSample(client, progress);
  progress.begin('Visitors');
  const visited = workspace.endpoints.filter((one) => one.environment === 'production');
  const urls = visited.filter((one) => one.application === 'probe').map((one) => one.url);
  await child('visitors', [visitors, ...urls, '-r', visits]);
  progress.done();
  process.stdout.write(welcome(await dashboardOf(url, paths), workspace));
}

async function until<T>(look: () => Promise<T | null>, what: string, logs: string): Promise<T> {
  const deadline = performance.now() + patience;
  while (performance.now() < deadline) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  fail('TG1801', {
    detail: `After ${patience / 1000} s ${what} does not answer.`,
    hint: `Look into ${logs}.`,
  });
}

/** In a terminal the link signs in; a log keeps no token (src/cli/commands/dashboard.ts). */
async function dashboardOf(url: string, paths: HomePaths): Promise<string> {
  if (!process.stdout.isTTY) return `${url}/   (npx tidegate dashboard --token signs you in)`;
  return `${url}/#token=${(await readFile(paths.token, 'utf8')).trim()}`;
}

function welcome(dashboard: string, workspace: Workspace): string {
  const places = workspace.endpoints.map(
    (one) => `  ${one.application.padEnd(12)} ${one.target.padEnd(10)} ${one.url}`,
  );
  return [
    '',
    `Tidegate runs. Its dashboard: ${dashboard}`,
    '',
    'It delivers:',
    '',
    ...places,
    '',
    'Try next, in another terminal:',
    '',
    '  npx tidegate status --watch                        what runs where, and why',
    '  npm run sample -- --version 2.0.0                  a new version of the probe, by canary',
    '  npm run sample -- --version 3.0.0 --error-rate 0.05  a bad one: watch it go back',
    '',
    `Git tells the story: git -C ${workspace.config} log --oneline`,
    'Ctrl-C ends it all.',
    '',
  ].join('\n');
}
