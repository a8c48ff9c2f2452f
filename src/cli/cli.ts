import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addAnalysisCommands } from './commands/analysis.ts';
import { addApprovalCommands } from './commands/approvals.ts';
import { addBacktestCommand } from './commands/backtest.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addDashboardCommand } from './commands/dashboard.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addInitCommand } from './commands/init.ts';
import { addLogsCommand } from './commands/logs.ts';
import { addPipelineCommands } from './commands/pipelines.ts';
import { addReleaseCommands } from './commands/releases.ts';
import { addRolloutCommands } from './commands/rollouts.ts';
import { addRunCommands } from './commands/runs.ts';
import { addSimulateCommand } from './commands/simulate.ts';
import { addSourceCommands } from './commands/sources.ts';
import { addStatusCommands } from './commands/status.ts';
import { addTriggerCommands } from './commands/triggers.ts';
import { addValidateCommand } from './commands/validate.ts';
import type { CliContext } from './context.ts';
import { processTerminal, type Terminal } from './terminal.ts';

export type CliOptions = {
  readonly version?: string;
  readonly terminal?: Terminal;
};

/**
 * Runs one command line (without program and script) and returns its exit code: 0 done, 1 failed or the answer is
 * bad, 2 the command line itself is wrong.
 */
export async function runCli(argv: readonly string[], options: CliOptions = {}): Promise<number> {
  const interrupted = new AbortController();
  const onSignal = (): void => interrupted.abort();
  process.once('SIGINT', onSignal);
  const ended = { code: 0 };
  const program = createProgram({
    terminal: options.terminal ?? processTerminal(interrupted.signal),
    version: options.version ?? ownVersion(),
    exit: (code) => {
      ended.code = code;
    },
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return ended.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  } finally {
    process.off('SIGINT', onSignal);
  }
}

function ownVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** Every command; the reference page is made from the same tree. */
export function createProgram(context: CliContext): Command {
  const { terminal } = context;
  const program = new Command('tidegate')
    .description('Takes a commit to production safely, visibly and reversibly.')
    .version(context.version)
    .exitOverride()
    .showHelpAfterError('(see: tidegate help)')
    .showSuggestionAfterError()
    .configureOutput({
      getOutHelpWidth: () => terminal.columns,
      getErrHelpWidth: () => terminal.columns,
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 the command line is wrong.');
  addStatusCommands(program, context);
  addReleaseCommands(program, context);
  addRolloutCommands(program, context);
  addPipelineCommands(program, context);
  addAnalysisCommands(program, context);
  addRunCommands(program, context);
  addApprovalCommands(program, context);
  addTriggerCommands(program, context);
  addLogsCommand(program, context);
  addSourceCommands(program, context);
  addBacktestCommand(program, context);
  addSimulateCommand(program, context);
  addInitCommand(program, context);
  addValidateCommand(program, context);
  addDashboardCommand(program, context);
  addDoctorCommand(program, context);
  addCompletionCommand(program, context);
  return program;
}
