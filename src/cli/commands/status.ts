import type { Command } from 'commander';
import { eventListSchema } from '../../contract/api/events.ts';
import {
  type TargetApplicationView,
  type TargetDetail,
  targetDetailSchema,
  targetListSchema,
} from '../../contract/api/fleet.ts';
import { problemListSchema, type StatusRow, statusListSchema } from '../../contract/api/status.ts';
import { ProblemError } from '../../platform/errors/problem.ts';
import type { Client } from '../client.ts';
import { type Answer, answers, type CliContext, reach } from '../context.ts';
import { eventLine, statusDetail, statusTable, targetTable } from '../render/lists.ts';
import { problemLines } from '../render/problem.ts';
import { targetDetail } from '../render/target.ts';
import { canvasOf } from '../terminal.ts';
import { examples, pathPart } from './parts.ts';

export function addStatusCommands(program: Command, context: CliContext): void {
  status(program, context);
  events(program, context);
  targets(program, context);
  problems(program, context);
}

function status(program: Command, context: CliContext): void {
  const command = program
    .command('status')
    .description('Every application in every environment: what is stable, what moves, and why.')
    .argument('[app]', 'application')
    .option('--env <environment>', 'only this environment')
    .option('--watch', 'draw it again as it changes, until Ctrl-C');
  examples(command, ['tidegate status', 'tidegate status shop --watch']);
  type Options = { env?: string; watch?: true };
  answers<Options>(context, command, async ([app], { env, watch }) => {
    const { client } = await reach(context);
    const look = () => readAll(client, app, env);
    if (!watch) return show(context, await look(), app);
    await draw(context, client, async () => show(context, await look(), app).lines);
    return null;
  });
}

/** All pages: people and scripts want the whole picture. */
async function readAll(client: Client, application?: string, environment?: string) {
  const items: StatusRow[] = [];
  let cursor: string | undefined;
  do {
    const query = { application, environment, cursor, limit: 500 };
    const page = await client.get('/status', statusListSchema, query);
    items.push(...page.items);
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}

function show(context: CliContext, items: readonly StatusRow[], app: string | undefined): Answer {
  const canvas = canvasOf(context.terminal);
  if (app === undefined) return { json: { items }, lines: statusTable(items, canvas) };
  if (items.length > 0) return { json: { items }, lines: statusDetail(items, canvas) };
  const lines = [`No application ${app} is declared here. See: tidegate status, tidegate problems`];
  return { json: { items }, lines, failed: true };
}

/** Draws again whenever the audit log grows, and once a second for the figures that no event announces. */
async function draw(
  context: CliContext,
  client: Client,
  look: () => Promise<readonly string[]>,
): Promise<void> {
  const { terminal } = context;
  let last = '';
  while (!terminal.interrupted.aborted) {
    const text = await look().then(
      (lines) => lines.join('\n'),
      (error: unknown) => {
        if (error instanceof ProblemError)
          return problemLines(error.problem, terminal.colours).join('\n');
        throw error;
      },
    );
    if (terminal.live) terminal.draw(text);
    else if (text !== last) terminal.out(text);
    last = text;
    await nextChange(client, terminal.interrupted);
  }
  if (terminal.live) terminal.drawn();
}

async function nextChange(client: Client, interrupted: AbortSignal): Promise<void> {
  const enough = AbortSignal.any([interrupted, AbortSignal.timeout(1000)]);
  try {
    for await (const _event of client.events({}, enough)) return;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function events(program: Command, context: CliContext): void {
  const command = program
    .command('events')
    .alias('audit')
    .description('The audit log: who did what, when, why, and how it ended.')
    .option('--app <application>', 'only of this application')
    .option('--env <environment>', 'only in this environment')
    .option('--type <type>', 'only of this type, such as rollout.opened')
    .option('--object <id>', 'only of this object, such as rollout/ro-…')
    .option('--limit <number>', 'most events', '30')
    .option('--follow', 'print new ones as they come, one a line, until Ctrl-C');
  examples(command, ['tidegate events --app shop', 'tidegate events --follow --json']);
  type Options = {
    app?: string;
    env?: string;
    type?: string;
    object?: string;
    limit: string;
    follow?: true;
    json?: true;
  };
  answers<Options>(context, command, async (_args, options) => {
    const { app, env, type, object, limit, follow, json } = options;
    const { client } = await reach(context);
    const { terminal } = context;
    const filter = { application: app, environment: env, type, object };
    if (!follow) {
      const page = await client.get('/events', eventListSchema, { ...filter, limit });
      const oldestFirst = [...page.items].reverse();
      return { json: page, lines: oldestFirst.map((one) => eventLine(one, canvasOf(terminal))) };
    }
    for await (const event of client.events(filter, terminal.interrupted)) {
      terminal.out(json ? JSON.stringify(event) : eventLine(event, canvasOf(terminal)));
    }
    return null;
  });
}

function targets(program: Command, context: CliContext): void {
  const command = program
    .command('targets')
    .description('Targets: who serves them, whether they are connected, what they serve.')
    .argument('[target]', 'only this one, with all that it serves otherwise than asked');
  examples(command, ['tidegate targets', 'tidegate targets eu-1']);
  answers(context, command, async ([name]) => {
    const { client } = await reach(context);
    const canvas = canvasOf(context.terminal);
    if (name === undefined) {
      const page = await client.get('/targets', targetListSchema, { limit: 500 });
      return { json: page, lines: targetTable(page.items, canvas) };
    }
    const target = await readTarget(client, name);
    return { json: target, lines: targetDetail(target, canvas) };
  });
}

/** With the applications of all pages. */
async function readTarget(client: Client, name: string): Promise<TargetDetail> {
  const applications: TargetApplicationView[] = [];
  let cursor: string | undefined;
  for (;;) {
    const path = `/targets/${pathPart(name)}`;
    const page = await client.get(path, targetDetailSchema, { limit: 500, cursor });
    applications.push(...page.applications);
    if (page.cursor === null) return { ...page, applications };
    cursor = page.cursor;
  }
}

function problems(program: Command, context: CliContext): void {
  const command = program
    .command('problems')
    .description('What is wrong with documents in Git. Exit code 1 when there is anything.');
  examples(command, ['tidegate problems']);
  answers(context, command, async () => {
    const { client } = await reach(context);
    const found = await client.get('/problems', problemListSchema);
    const { colours } = context.terminal;
    const lines = found.items.flatMap((one) => [
      ...problemLines({ ...one.problem, where: { file: one.path, ...one.problem.where } }, colours),
      '',
    ]);
    const none = [colours.green('Nothing is wrong.')];
    return { json: found, lines: lines.length > 0 ? lines : none, failed: found.items.length > 0 };
  });
}
