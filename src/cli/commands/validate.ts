import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Command } from 'commander';
import { largestFile } from '../../contract/kinds/parse.ts';
import { fail } from '../../platform/errors/problem.ts';
import { answers, type CliContext } from '../context.ts';
import { problemLines } from '../render/problem.ts';
import { examples } from './parts.ts';

const mostFiles = 20_000;

export function addValidateCommand(program: Command, context: CliContext): void {
  const command = program
    .command('validate')
    .description('Checks every document of a directory as the server would; needs no server.')
    .argument('<dir>', 'directory of a config repository, or one file');
  examples(command, ['tidegate validate .', 'tidegate validate ./config --json']);
  answers(context, command, async ([directory = '.']) => {
    const files = await readDocuments(directory);
    // Only this command reads documents; the others start faster without what that takes.
    const { validateAll } = await import('../../contract/kinds/validate.ts');
    const options = context.checkCondition ? { checkCondition: context.checkCondition } : {};
    const problems = validateAll(files, options);
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
  });
}

type SourceFile = { readonly path: string; readonly text: string };

/** YAML files below a directory. Symlinks are not followed: what the server reads is Git's tree, where they lead nowhere. */
async function readDocuments(directory: string): Promise<readonly SourceFile[]> {
  const at = await lstat(directory).catch((cause: unknown) =>
    fail(
      'TG1802',
      { detail: `${directory} cannot be read.`, hint: 'Name a directory or a file.' },
      cause,
    ),
  );
  const paths = at.isDirectory() ? await yamlFiles(directory) : [directory];
  const files: SourceFile[] = [];
  for (const path of paths) {
    const { size } = await lstat(path);
    // A file over the limit is refused by its size; the limit's worth of it is enough to do so.
    const text = size > largestFile ? ' '.repeat(largestFile + 1) : await readFile(path, 'utf8');
    files.push({ path: at.isDirectory() ? relative(directory, path) : path, text });
  }
  return files;
}

async function yamlFiles(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const found = entries
    .filter((one) => one.isFile() && /\.ya?ml$/.test(one.name))
    .map((one) => join(one.parentPath, one.name))
    .filter((path) => !/(^|\/)(\.git|node_modules)\//.test(relative(directory, path)))
    .sort();
  if (found.length > mostFiles) {
    fail('TG1802', {
      detail: `${directory} holds ${found.length} YAML files; at most ${mostFiles}.`,
    });
  }
  return found;
}
