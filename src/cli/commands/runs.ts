import type { Command } from 'commander';
import {
  runActionDoneSchema,
  runListSchema,
  runStartedSchema,
  runViewSchema,
} from '../../contract/api/runs.ts';
import { fail } from '../../platform/errors/problem.ts';
import type { Json } from '../../platform/ids/types.ts';
import { type Answer, answers, type CliContext, reach } from '../context.ts';
import { followRun } from '../follow.ts';
import { runPicture, runTable } from '../render/run.ts';
import { canvasOf, plain, table } from '../terminal.ts';
import { examples, pathPart } from './parts.ts';
import { addRunLogsCommand } from './run-logs.ts';

export function addRunCommands(program: Command, context: CliContext): void {
  const group = program.command('run').description('Starts, lists, shows and steers runs.');
  start(group, context);
  list(group, context);
  show(group, context);
  watch(group, context);
  act(group, context, 'cancel', 'Stops what is under way; steps of finally still run.');
  act(group, context, 'retry', 'Runs it again from where it failed; what succeeded is kept.');
  addRunLogsCommand(group, context);
}

function start(group: Command, context: CliContext): void {
  const command = group
    .command('start')
    .description("Starts the pipeline of an application, or one by its name; says the run's id.")
    .argument('[app]', 'application')
    .option('--pipeline <name>', 'this pipeline')
    .option('--release <release>', 'id of a release, or the beginning of one')
    .option('--input <name=value...>', 'an input; repeat it for more')
    .option('--reason <text>', 'why; kept in the audit log')
    .option('--wait', 'watch it until it has ended; exit code 1 unless it succeeded');
  examples(command, [
    'tidegate run start shop --wait',
    'tidegate run start --pipeline nightly --input region=eu --input dry=true',
  ]);
  type Options = {
    pipeline?: string;
    release?: string;
    input?: string[];
    reason?: string;
    wait?: true;
    json?: true;
  };
  answers<Options>(context, command, async ([application], options) => {
    const { client } = await reach(context);
    const { pipeline, release, reason } = options;
    if (application === undefined && pipeline === undefined)
      fail('TG1802', { detail: 'Name an application, or give --pipeline.' });
    const inputs = inputsOf(options.input ?? []);
    const body = { application, pipeline, release, because: reason, inputs };
    const made = await client.post('/runs', runStartedSchema, body);
    if (options.wait) return await watched(context, made.id, options.json === true);
    const next = context.terminal.colours.dim(`next: tidegate run watch ${made.id}`);
    return { json: made, lines: [`Run ${made.id} is on its way.`, next] };
  });
}

/** `count=3` is a number and `dry=true` a boolean to an input of that type; the server says what does not fit. */
function inputsOf(given: readonly string[]): { readonly [name: string]: Json } {
  return Object.fromEntries(
    given.map((one) => {
      const at = one.indexOf('=');
      if (at < 1) fail('TG1802', { detail: `--input ${one} is not NAME=VALUE.` });
      return [one.slice(0, at), one.slice(at + 1)];
    }),
  );
}

function list(group: Command, context: CliContext): void {
  const command = group
    .command('list')
    .description('Runs, newest first.')
    .option('--app <application>', 'only of this application')
    .option('--pipeline <name>', 'only of this pipeline')
    .option('--active', 'only those that are not over')
    .option('--awaiting', 'only those that wait for a person')
    .option('--limit <number>', 'most runs', '20');
  examples(command, ['tidegate run list --active', 'tidegate run list --app shop --awaiting']);
  type Options = {
    app?: string;
    pipeline?: string;
    active?: true;
    awaiting?: true;
    limit: string;
  };
  answers<Options>(context, command, async (_args, options) => {
    const { client } = await reach(context);
    const { app, pipeline, active, awaiting, limit } = options;
    const query = { application: app, pipeline, active, awaiting, limit };
    const page = await client.get('/runs', runListSchema, query);
    return { json: page, lines: runTable(page.items, canvasOf(context.terminal)) };
  });
}

function show(group: Command, context: CliContext): void {
  const command = group
    .command('show')
    .description('One run: its steps, why each is as it is, and what may be asked of it.')
    .argument('<run>', 'id');
  examples(command, ['tidegate run show run-0jq2…']);
  answers(context, command, async ([id = '']) => {
    const { client } = await reach(context);
    const view = await client.get(`/runs/${pathPart(id)}`, runViewSchema);
    const steps = view.graph.steps.flatMap((step) =>
      step.actions
        .filter(({ allowed }) => allowed)
        .map(({ action, reason }) => [`  ${action} ${step.name}`, reason]),
    );
    const own = view.actions.filter(({ allowed }) => allowed);
    const menu = [...own.map(({ action, reason }) => [`  ${action}`, reason]), ...steps];
    const lines = runPicture(view, canvasOf(context.terminal));
    return {
      json: view,
      lines: [...lines, ...(menu.length > 0 ? ['', ...table(menu, context.terminal.columns)] : [])],
    };
  });
}

function watch(group: Command, context: CliContext): void {
  const command = group
    .command('watch')
    .description('Draws a run until it has ended; exit code 1 unless it succeeded.')
    .argument('<run>', 'id');
  examples(command, ['tidegate run watch run-0jq2…']);
  answers<{ json?: true }>(context, command, async ([id = ''], options) =>
    watched(context, id, options.json === true),
  );
}

async function watched(context: CliContext, id: string, quiet: boolean): Promise<Answer> {
  const { client } = await reach(context);
  const { terminal } = context;
  const follow = { client, terminal, quiet, timeout: Number.MAX_SAFE_INTEGER };
  const view = await followRun(follow, pathPart(id));
  return {
    json: view,
    lines: [`${view.id} ${view.phase}: ${plain(view.because)}`],
    failed: view.phase !== 'succeeded',
  };
}

function act(
  group: Command,
  context: CliContext,
  action: 'cancel' | 'retry',
  description: string,
): void {
  const command = group
    .command(action)
    .description(description)
    .argument('<run>', 'id')
    .option('--reason <text>', 'why; kept in the audit log');
  examples(command, [`tidegate run ${action} run-0jq2… --reason "wrong branch"`]);
  answers<{ reason?: string }>(context, command, async ([id = ''], { reason }) => {
    const { client } = await reach(context);
    const path = `/runs/${pathPart(id)}/actions`;
    const done = await client.post(path, runActionDoneSchema, { action, because: reason });
    const next = context.terminal.colours.dim(`next: tidegate run watch ${done.id}`);
    const said =
      action === 'retry'
        ? `Run ${done.id} takes up where ${id} failed.`
        : `${action} was asked of ${id}.`;
    return { json: done, lines: [said, next] };
  });
}
