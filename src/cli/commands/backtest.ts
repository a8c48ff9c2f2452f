import type { Command } from 'commander';
import {
  type Backtest,
  type BacktestItem,
  backtestSchema,
  summaryOf,
} from '../../contract/api/backtests.ts';
import { parseDuration } from '../../contract/kinds/common.ts';
import type { Problem } from '../../platform/errors/problem.ts';
import { fail } from '../../platform/errors/problem.ts';
import type { Client } from '../client.ts';
import { type Answer, answers, type CliContext, reach } from '../context.ts';
import type { SourceFile } from '../documents.ts';
import { backtestLines } from '../render/backtest.ts';
import { problemLines } from '../render/problem.ts';
import { canvasOf } from '../terminal.ts';
import { examples } from './parts.ts';

type Options = { policy: string; app?: string; env?: string; since: string; limit: string };

export function addBacktestCommand(program: Command, context: CliContext): void {
  const command = program
    .command('backtest')
    .description('Judges recorded rollouts once more, by another analysis policy.')
    .requiredOption('--policy <file>', 'AnalysisTemplate documents, as they would be in Git')
    .option('--app <application>', 'only of this application')
    .option('--env <environment>', 'only in this environment')
    .option('--since <duration>', 'rollouts of this time, such as 7d', '30d')
    .option('--limit <number>', 'most rollouts', '100');
  examples(command, [
    'tidegate backtest --policy analysis/error-rate.yaml',
    'tidegate backtest --policy stricter.yaml --app shop --env production --since 30d',
  ]);
  answers<Options>(context, command, async (_args, options) => {
    const { readDocuments } = await import('../documents.ts');
    const { validateAll } = await import('../../contract/kinds/validate.ts');
    const files = await readDocuments(options.policy);
    const problems = validateAll(files);
    if (problems.length > 0) return wrong(problems, context);
    const { client } = await reach(context);
    const items = await pagesOf(client, bodyOf(files, options), wholeNumber(options.limit));
    const summary = summaryOf(items);
    return { json: { items, summary }, lines: backtestLines(items, canvasOf(context.terminal)) };
  });
}

/** As `tidegate validate` shows them. */
export function wrong(problems: readonly Problem[], { terminal }: CliContext): Answer {
  const { colours } = terminal;
  return {
    json: { problems },
    lines: problems.flatMap((one) => problemLines(one, colours)),
    failed: true,
  };
}

export const textOf = (files: readonly SourceFile[]): string =>
  files.map(({ text }) => text).join('\n---\n');

function bodyOf(files: readonly SourceFile[], { app, env, since }: Options) {
  const ago = parseDuration(since);
  if (Number.isNaN(ago)) {
    fail('TG1802', { detail: `--since ${since} is no duration.`, hint: 'Use 30d, 12h or 90m.' });
  }
  return {
    policy: textOf(files),
    ...(app === undefined ? {} : { application: app }),
    ...(env === undefined ? {} : { environment: env }),
    since: new Date(Date.now() - ago).toISOString(),
  };
}

export function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  return fail('TG1802', { detail: `${text} is no whole number above 0.` });
}

const perPage = 20;

async function pagesOf(
  client: Client,
  body: ReturnType<typeof bodyOf>,
  most: number,
): Promise<readonly BacktestItem[]> {
  const items: BacktestItem[] = [];
  let cursor: string | null = null;
  do {
    const limit = Math.min(perPage, most - items.length);
    const asked = { ...body, limit, ...(cursor === null ? {} : { cursor }) };
    const page: Backtest = await client.post('/backtests', backtestSchema, asked);
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== null && items.length < most);
  return items;
}
