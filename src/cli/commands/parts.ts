import type { Command } from 'commander';

/** Adds examples to a command's help, and so to its reference page. */
export function examples(command: Command, lines: readonly string[]): void {
  const text = lines.map((line) => `  ${line}`).join('\n');
  command.addHelpText('after', `\nExamples:\n${text}`);
}

export const pathPart = (text: string): string => encodeURIComponent(text);
