import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { sourceAddedSchema, sourceListSchema } from '../../contract/api/sources.ts';
import { parseDuration } from '../../contract/kinds/common.ts';
import { fail } from '../../platform/errors/problem.ts';
import { answers, type CliContext, reach } from '../context.ts';
import { plain, table } from '../terminal.ts';
import { examples } from './parts.ts';

export function addSourceCommands(program: Command, context: CliContext): void {
  const group = program.command('source').description('Config repositories that are followed.');
  add(group, context);
  list(group, context);
}

function add(group: Command, context: CliContext): void {
  const command = group
    .command('add')
    .description('Follows a config repository, or gives one that is followed other settings.')
    .argument('<name>', 'a name for it')
    .argument('<address>', 'path, file://, https:// or ssh:// address')
    .option('--branch <branch>', 'branch to follow', 'main')
    .option('--poll <duration>', 'longest time between two looks', '15s');
  examples(command, [
    'tidegate source add config ../config',
    'tidegate source add config https://git.example/team/config.git --branch live',
  ]);
  answers<{ branch: string; poll: string }>(
    context,
    command,
    async ([name = '', address = ''], { branch, poll }) => {
      const pollInterval = parseDuration(poll);
      if (Number.isNaN(pollInterval)) fail('TG1802', { detail: `--poll ${poll}: use 15s, 1m …` });
      const { client } = await reach(context);
      // A path is taken from where the person stands; the server stands elsewhere.
      const absolute = existsSync(address) ? resolve(address) : address;
      const body = { name, address: absolute, branch, pollInterval };
      const { added } = await client.post('/sources', sourceAddedSchema, body);
      const what = added ? 'is followed now' : 'was followed already; its settings are these now';
      return { json: { name, added }, lines: [`${name} ${what}.`] };
    },
  );
}

function list(group: Command, context: CliContext): void {
  const command = group.command('list').description('What is followed, and how that goes.');
  examples(command, ['tidegate source list']);
  answers(context, command, async () => {
    const { client } = await reach(context);
    const found = await client.get('/sources', sourceListSchema);
    const { colours, columns } = context.terminal;
    const head = ['NAME', 'BRANCH', 'PHASE', 'COMMIT', 'ADDRESS', 'BECAUSE'];
    const rows = found.items.map((one) => [
      one.name,
      one.branch,
      one.phase === 'unreachable' ? colours.red(one.phase) : colours.green(one.phase),
      one.seenCommit?.slice(0, 12) ?? '-',
      plain(one.address),
      plain(one.because),
    ]);
    const none = ['Nothing is followed yet. Add one with: tidegate source add NAME ADDRESS'];
    const lines =
      rows.length > 0 ? table([head.map((cell) => colours.dim(cell)), ...rows], columns) : none;
    return { json: found, lines };
  });
}
