import type { Command } from 'commander';
import picocolors from 'picocolors';
import { createProgram } from './cli.ts';
import type { Terminal } from './terminal.ts';

/** Text of docs/reference/cli.md: the help of every command, as the program itself prints it. */
export function cliReference(): string {
  const printed: string[] = [];
  const program = createProgram({
    terminal: collecting(printed),
    version: '',
    exit: () => undefined,
  });
  const sections = leaves(program).map((command) => {
    printed.length = 0;
    command.outputHelp();
    return `## ${nameOf(command)}\n\n\`\`\`text\n${printed.join('\n').trim()}\n\`\`\`\n`;
  });
  return `# Command line

\`tidegate COMMAND\` talks to the server that \`TIDEGATE_URL\` names, with the token in \`TIDEGATE_TOKEN\`; without them
to the server of this machine, found in \`.tidegate/\` (\`TIDEGATE_HOME\`). Answers go to standard output, progress and
problems to standard error. \`--json\` answers with one JSON value; a problem is \`{"problem": {"code", "detail",
"hint" …}}\`.

| exit code | what |
|---|---|
| 0 | done |
| 1 | failed, or the answer is bad: a rollout that did not succeed, documents with problems |
| 2 | the command line is wrong |

${sections.join('\n')}`;
}

function collecting(printed: string[]): Terminal {
  return {
    out: (text) => printed.push(text),
    err: (text) => printed.push(text),
    live: false,
    draw: () => undefined,
    drawn: () => undefined,
    columns: 100,
    colours: picocolors.createColors(false),
    environment: {},
    interrupted: new AbortController().signal,
  };
}

const leaves = (command: Command): Command[] =>
  command.commands.length === 0
    ? [command]
    : command.commands.filter((one) => one.name() !== 'help').flatMap(leaves);

function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}
