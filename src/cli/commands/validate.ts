import type { Command } from 'commander';
import { type Answer, answers, type CliContext } from '../context.ts';
import { problemLines } from '../render/problem.ts';
import { examples } from './parts.ts';

export function addValidateCommand(program: Command, context: CliContext): void {
  const command = program
    .command('validate')
    .description('Checks every document of a directory as the server would; needs no server.')
    .argument('<dir>', 'directory of a config repository, or one file');
  examples(command, ['tidegate validate .', 'tidegate validate ./config --json']);
  answers(context, command, ([directory = '.']) => validated(context, directory));
}

/** What is wrong with the documents of a directory or a file. */
export async function validated(context: CliContext, directory: string): Promise<Answer> {
  // Only these commands read documents; the others start faster without what that takes.
  const { readDocuments } = await import('../documents.ts');
  const { validateAll } = await import('../../contract/kinds/validate.ts');
  const files = await readDocuments(directory);
  const problems = validateAll(files);
  const { colours } = context.terminal;
  const what = `${files.length} ${files.length === 1 ? 'file' : 'files'}`;
  const summary =
    problems.length === 0
      ? colours.green(`${what}: nothing is wrong.`)
      : colours.red(
          `${what}: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}.`,
        );
  return {
    json: { files: files.length, problems },
    lines: [...problems.flatMap((one) => problemLines(one, colours)), summary],
    failed: problems.length > 0,
  };
}
