import type { Command } from 'commander';
import { triggerListSchema } from '../../contract/api/hooks.ts';
import { answers, type CliContext, reach } from '../context.ts';
import { canvasOf, plain, since, table } from '../terminal.ts';
import { examples } from './parts.ts';

export function addTriggerCommands(program: Command, context: CliContext): void {
  const group = program.command('trigger').description('What begins runs besides people.');
  const command = group
    .command('list')
    .description('What each trigger watches, what it began last, and what is wrong with it.');
  examples(command, ['tidegate trigger list']);
  answers(context, command, async () => {
    const { client } = await reach(context);
    const page = await client.get('/triggers', triggerListSchema);
    const { colours, columns, now } = canvasOf(context.terminal);
    const rows = page.items.map((one) => [
      plain(`${one.application ?? one.pipeline}/${one.name}`),
      one.on,
      plain(one.watch ?? ''),
      one.last === null ? 'no run yet' : `${one.last.run} ${since(one.last.at, now)} ago`,
      one.problem === null ? plain(one.last?.because ?? '') : colours.red(plain(one.problem)),
    ]);
    const none = [colours.dim('No triggers.')];
    return { json: page, lines: rows.length > 0 ? table(rows, columns) : none };
  });
}
