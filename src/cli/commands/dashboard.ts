import type { Command } from 'commander';
import { answers, type CliContext, reach } from '../context.ts';
import { examples } from './parts.ts';

/**
 * The token stands behind the #, which browsers send to nobody; the page takes it out of the address at once. Only a
 * terminal is shown it: what goes into a file or a pipe would stay there.
 */
export function addDashboardCommand(program: Command, context: CliContext): void {
  const command = program
    .command('dashboard')
    .description('The address of the dashboard; in a terminal, one that signs you in.')
    .option('--token', 'sign in even though the answer goes to no terminal');
  examples(command, ['tidegate dashboard', 'xdg-open "$(tidegate dashboard --token)"']);
  answers<{ token?: true }>(context, command, async (_args, { token }) => {
    const { connection } = await reach(context);
    const signsIn = token === true || context.terminal.live;
    const url = signsIn ? `${connection.url}/#token=${connection.token}` : `${connection.url}/`;
    return { json: { url }, lines: [url] };
  });
}
