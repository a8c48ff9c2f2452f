import type { Command } from 'commander';
import { z } from 'zod';
import { type Problem, ProblemError, problem } from '../platform/errors/problem.ts';
import { type Client, createClient } from './client.ts';
import { type Connection, findConnection } from './connection.ts';
import { problemLines } from './render/problem.ts';
import type { Terminal } from './terminal.ts';

export type CliContext = {
  readonly terminal: Terminal;
  readonly version: string;
  /** Told the exit code of the command that ran. */
  readonly exit: (code: number) => void;
};

/** What a command has to say: `json` for programs, `lines` for people. */
export type Answer = {
  readonly json: unknown;
  readonly lines: readonly string[];
  /** The question was answered, and the answer is bad: exit code 1. */
  readonly failed?: boolean;
};

export type Reach = { readonly client: Client; readonly connection: Connection };

export async function reach(context: CliContext): Promise<Reach> {
  const connection = await findConnection(context.terminal.environment);
  return { client: createClient(connection), connection };
}

/** Adds `--json` to a command and runs its action: prints its answer, or its problem, and sets the exit code. */
export function answers<Options extends object>(
  context: CliContext,
  command: Command,
  action: (
    args: readonly (string | undefined)[],
    options: Options & { json?: true },
  ) => Promise<Answer | null>,
): Command {
  return command
    .option('--json', 'answer with one JSON value')
    .action(async (...given: unknown[]) => {
      const options = given[command.registeredArguments.length] as Options & { json?: true };
      const args = given.slice(0, command.registeredArguments.length) as (string | undefined)[];
      const json = options.json === true;
      try {
        const answer = await action(args, options);
        if (answer) print(context.terminal, json, answer);
        context.exit(answer?.failed ? 1 : 0);
      } catch (error) {
        printProblem(context.terminal, json, problemFrom(error));
        context.exit(error instanceof ProblemError && error.problem.code === 'TG1802' ? 2 : 1);
      }
    });
}

function print(terminal: Terminal, json: boolean, answer: Answer): void {
  if (json) terminal.out(JSON.stringify(answer.json, null, 2));
  else if (answer.lines.length > 0) terminal.out(answer.lines.join('\n'));
}

function printProblem(terminal: Terminal, json: boolean, from: Problem): void {
  if (json) terminal.out(JSON.stringify({ problem: from }, null, 2));
  else terminal.err(problemLines(from, terminal.colours).join('\n'));
}

function problemFrom(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof z.ZodError) {
    return problem('TG1604', {
      detail: `The server's answer was not understood: ${z.prettifyError(error)}`,
      hint: 'Are the versions of tidegate and the server the same? See tidegate doctor.',
    });
  }
  return problem('TG1604', { detail: error instanceof Error ? error.message : String(error) });
}
