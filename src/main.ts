/*
 * One program, many roles: `tidegate start|all|server|worker|agent`, and every other word is a command of the
 * command line. What a role needs is loaded only for that role, so that `tidegate status` answers at once.
 */
import process from 'node:process';
import { readSettings } from './platform/config/settings.ts';
import { ProblemError, renderProblem } from './platform/errors/problem.ts';

const roles = {
  start: async (args: readonly string[]) => (await import('./main-start.ts')).start(args),
  all: (args: readonly string[]) => controlPlane('all', args),
  server: (args: readonly string[]) => controlPlane('server', args),
  worker: (args: readonly string[]) => controlPlane('worker', args),
  agent: async (args: readonly string[]) =>
    (await import('./main-agent.ts')).agent(readSettings(args)),
} as const;

async function controlPlane(
  role: 'all' | 'server' | 'worker',
  args: readonly string[],
): Promise<void> {
  const { runControlPlane } = await import('./main-control.ts');
  await runControlPlane(role, readSettings(args));
}

async function main(argv: readonly string[]): Promise<void> {
  const [word = 'help', ...args] = argv;
  const run = Object.hasOwn(roles, word) ? roles[word as keyof typeof roles] : undefined;
  if (run && !args.includes('--help') && !args.includes('-h')) return await run(args);
  const { runCli } = await import('./cli/cli.ts');
  process.exitCode = await runCli(argv);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ProblemError)) throw error;
  process.stderr.write(`${renderProblem(error.problem)}\n`);
  process.exitCode = error.problem.code === 'TG1802' ? 2 : 1;
}
