import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/cli/cli.ts';
import { processTerminal } from '../../src/cli/terminal.ts';

const root = join(import.meta.dirname, '..', '..');
const pages = [
  'README.md',
  ...(await readdir(join(root, 'docs', 'guide'))).map((name) => `docs/guide/${name}`),
];

/** Indented lines of a page that run tidegate, as arguments; quotes are taken off, comments away. */
async function commandsOf(
  page: string,
): Promise<{ place: string; line: string; argv: string[] }[]> {
  const lines = (await readFile(join(root, page), 'utf8')).split('\n');
  return lines.flatMap((text, at) => {
    const found = /^ {4}(?:npm run )?tidegate (?:-- )?([^#]*)/.exec(text);
    if (!found) return [];
    const line = (found[1] ?? '').trim();
    const argv = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((one) => one[1] ?? one[2] ?? '');
    return [{ place: `${page}:${at + 1}`, line, argv }];
  });
}

const commands = (await Promise.all(pages.map(commandsOf))).flat();

function resolve(command: Command, argv: readonly string[]): [Command, readonly string[]] {
  const next = command.commands.find((one) => one.name() === argv[0]);
  return next ? resolve(next, argv.slice(1)) : [command, argv];
}

test('the pages have commands to check', () => {
  expect(commands.length).toBeGreaterThanOrEqual(8);
});

test.each(commands)('$place: tidegate $line', ({ argv }) => {
  const terminal = processTerminal(new AbortController().signal);
  const program = createProgram({ terminal, version: '0', exit: () => {} });
  const [command, rest] = resolve(program, argv);
  expect(command.commands, `${argv.join(' ')} names no command`).toHaveLength(0);
  const { operands, unknown } = command.parseOptions([...rest]);
  expect(unknown).toEqual([]);
  const wanted = command.registeredArguments;
  expect(operands.length).toBeLessThanOrEqual(wanted.length);
  expect(operands.length).toBeGreaterThanOrEqual(wanted.filter((one) => one.required).length);
  for (const option of command.options.filter((one) => one.mandatory)) {
    expect(command.getOptionValue(option.attributeName()), option.flags).toBeDefined();
  }
});
