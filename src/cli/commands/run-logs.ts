import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { type LogEntry, logPageSchema } from '../../contract/api/run-logs.ts';
import { answers, type CliContext, reach } from '../context.ts';
import { examples, pathPart } from './parts.ts';

type Options = { step?: string; follow?: true; json?: true };

/** How long it waits, while following, before it asks for what came since. */
const between = 300;

export function addRunLogsCommand(group: Command, context: CliContext): void {
  const command = group
    .command('logs')
    .description('What the steps of a run printed.')
    .argument('<run>', 'id')
    .option('--step <step>', 'only of this step: build, or test[0] of a forEach')
    .option('-f, --follow', 'go on until the run is over');
  examples(command, ['tidegate run logs run-0jq2… --step build --follow']);
  answers<Options>(context, command, async ([id = ''], { step, follow, json }) => {
    const { client } = await reach(context);
    const { terminal } = context;
    const printer = openPrinter(step === undefined, (line) => terminal.out(line));
    const items: LogEntry[] = [];
    for (let after: string | undefined; !terminal.interrupted.aborted; ) {
      const query = { step, after, limit: 500 };
      const page = await client.get(`/runs/${pathPart(id)}/logs`, logPageSchema, query);
      if (json) items.push(...page.items);
      else for (const entry of page.items) printer.take(entry);
      after = page.cursor;
      if (page.isOver || (page.items.length === 0 && !follow)) break;
      if (page.items.length === 0) await sleep(between);
    }
    printer.end();
    return { json: { items }, lines: [] };
  });
}

/** Joins pieces to lines, each stream for itself, and says whose they are where there is more than one step. */
export function openPrinter(
  isNamed: boolean,
  print: (line: string) => void,
): { readonly take: (entry: LogEntry) => void; readonly end: () => void } {
  const open = new Map<string, { readonly prefix: string; text: string }>();
  const put = (prefix: string, line: string): void => print(`${prefix}${visible(line)}`);
  return {
    take: ({ step, attempt, stream, text }) => {
      const key = `${step}#${attempt}#${stream}`;
      const prefix = isNamed ? `${step}  ` : '';
      const lines = `${open.get(key)?.text ?? ''}${text}`.split('\n');
      const rest = lines.pop() ?? '';
      for (const line of lines) put(prefix, line);
      // What Tidegate says itself is a line each.
      if (stream === 'note' && rest !== '') put(prefix, rest);
      else open.set(key, { prefix, text: rest });
    },
    end: () => {
      for (const { prefix, text } of open.values()) if (text !== '') put(prefix, text);
      open.clear();
    },
  };
}

/** Control characters of what a program printed must not reach the terminal; tabs may. */
const visible = (line: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it removes.
  line.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
