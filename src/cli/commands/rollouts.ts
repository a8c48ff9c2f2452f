import type { Command } from 'commander';
import {
  acceptedSchema,
  type DecisionList,
  decisionListSchema,
  explanationSchema,
  type RolloutActionName,
  rolloutListSchema,
  rolloutViewSchema,
} from '../../contract/api/rollouts.ts';
import type { Client } from '../client.ts';
import { type Answer, answers, type CliContext, reach } from '../context.ts';
import { followRollout } from '../follow.ts';
import { analysisLines } from '../render/analysis.ts';
import { decisionLines } from '../render/decisions.ts';
import { rolloutPicture, rolloutTable } from '../render/rollout.ts';
import { canvasOf, plain, table } from '../terminal.ts';
import { examples, pathPart } from './parts.ts';

export function addRolloutCommands(program: Command, context: CliContext): void {
  const group = program.command('rollout').description('Lists, shows and steers rollouts.');
  list(group, context);
  show(group, context);
  watch(group, context);
  act(group, context, 'abort', 'Moves traffic back to the last good release and ends it.');
  act(group, context, 'promote', 'Goes on to the next step without waiting for this one.');
  act(group, context, 'approve', 'Approves the step that waits for it.');
  act(group, context, 'pause', 'Holds it where it is; a failure still takes it back.');
  act(group, context, 'resume', 'Lets a paused one go on.');
  const freeze = 'Lets it go on during freeze windows; give a reason, which is recorded.';
  act(group, context, 'overrideFreeze', freeze, 'override-freeze');
  explain(program.command('explain'), context);
  explain(group.command('explain'), context);
}

function list(group: Command, context: CliContext): void {
  const command = group
    .command('list')
    .description('Rollouts, newest first.')
    .option('--app <application>', 'only of this application')
    .option('--env <environment>', 'only in this environment')
    .option('--active', 'only those under way')
    .option('--limit <number>', 'most rollouts', '20');
  examples(command, ['tidegate rollout list --active', 'tidegate rollout list --app shop']);
  type Options = { app?: string; env?: string; active?: true; limit: string };
  answers<Options>(context, command, async (_args, { app, env, active, limit }) => {
    const { client } = await reach(context);
    const query = { application: app, environment: env, active, limit };
    const page = await client.get('/rollouts', rolloutListSchema, query);
    return { json: page, lines: rolloutTable(page.items, canvasOf(context.terminal)) };
  });
}

function show(group: Command, context: CliContext): void {
  const command = group
    .command('show')
    .description('One rollout: targets, weights, steps, and what may be asked of it.')
    .argument('<rollout>', 'id');
  examples(command, ['tidegate rollout show ro-0jq2…']);
  answers(context, command, async ([id = '']) => {
    const { client } = await reach(context);
    const view = await client.get(`/rollouts/${pathPart(id)}`, rolloutViewSchema);
    const allowed = view.actions.filter((one) => one.allowed);
    const actions = allowed.map((one) => [`  ${one.action}`, one.reason]);
    const lines = rolloutPicture(view, canvasOf(context.terminal));
    const menu = actions.length > 0 ? ['', ...table(actions, context.terminal.columns)] : [];
    return { json: view, lines: [...lines, ...menu] };
  });
}

function watch(group: Command, context: CliContext): void {
  const command = group
    .command('watch')
    .description('Draws a rollout until it has ended; exit code 1 unless it succeeded.')
    .argument('<rollout>', 'id');
  examples(command, ['tidegate rollout watch ro-0jq2…']);
  answers<{ json?: true }>(context, command, async ([id = ''], options) => {
    const { client } = await reach(context);
    const { terminal } = context;
    const follow = {
      client,
      terminal,
      quiet: options.json === true,
      timeout: Number.MAX_SAFE_INTEGER,
    };
    const view = await followRollout(follow, pathPart(id));
    return {
      json: view,
      lines: [`${view.id} ${view.phase}: ${plain(view.because)}`],
      failed: view.phase !== 'succeeded',
    };
  });
}

function act(
  group: Command,
  context: CliContext,
  action: RolloutActionName,
  description: string,
  word: string = action,
): void {
  const command = group
    .command(word)
    .description(description)
    .argument('<rollout>', 'id')
    .option('--reason <text>', 'why; kept in the audit log');
  if (action === 'promote')
    command.option('--full', 'skip all steps, analyses and soaks that are left');
  examples(command, [`tidegate rollout ${word} ro-0jq2… --reason "seen enough"`]);
  answers<{ reason?: string; full?: true }>(context, command, async ([id = ''], options) => {
    const { client } = await reach(context);
    const body = { action: options.full ? 'promoteFull' : action, because: options.reason };
    const accepted = await client.post(`/rollouts/${pathPart(id)}/actions`, acceptedSchema, body);
    const next = context.terminal.colours.dim(`next: tidegate rollout watch ${id}`);
    if (accepted.note !== undefined) return { json: accepted, lines: [plain(accepted.note)] };
    return { json: accepted, lines: [`${body.action} was asked of ${id}.`, next] };
  });
}

function explain(command: Command, context: CliContext): void {
  command
    .description('Why a rollout is where it is: what it waits for, what it saw, what happened.')
    .argument('<rollout>', 'id')
    .option(
      '--decisions',
      'every decision of it and of its analyses, made once more from what was seen',
    );
  examples(command, [
    'tidegate explain ro-0jq2…',
    'tidegate explain ro-0jq2… --decisions',
    'tidegate explain ro-0jq2… --decisions --json | jq .items[0].snapshot',
  ]);
  type Options = { decisions?: true; json?: true };
  answers<Options>(context, command, async ([id = ''], options): Promise<Answer> => {
    const { client } = await reach(context);
    if (options.decisions) return await decisionsOf(client, id, context, options.json === true);
    const told = await client.get(`/rollouts/${pathPart(id)}/explain`, explanationSchema);
    const { bold, dim } = context.terminal.colours;
    const happened = told.events.map((event) => [
      `  ${dim(event.at.slice(11, 19))}`,
      event.type,
      plain(event.because),
    ]);
    const lines = [
      `${bold(`${told.application} → ${told.environment}`)}  ${told.release}  ${dim(told.id)}`,
      ...told.facts.flatMap((one) => [`  ${plain(one.fact)}`, dim(`      ${plain(one.because)}`)]),
      ...analysisLines(told.analyses, canvasOf(context.terminal)),
      ...(happened.length > 0 ? ['', ...table(happened, context.terminal.columns)] : []),
    ];
    return { json: told, lines };
  });
}

/** All pages; with what was seen for programs alone, which may want to make the decision again. */
async function decisionsOf(
  client: Client,
  id: string,
  context: CliContext,
  snapshots: boolean,
): Promise<Answer> {
  const items: DecisionList['items'] = [];
  let cursor: string | null = '0';
  while (cursor !== null) {
    const path = `/rollouts/${pathPart(id)}/decisions?snapshots=${snapshots}&limit=100&cursor=${cursor}`;
    const page: DecisionList = await client.get(path, decisionListSchema);
    items.push(...page.items);
    cursor = page.cursor;
  }
  return { json: { items }, lines: decisionLines(items, canvasOf(context.terminal)) };
}
