import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { type StatusRow, statusListSchema } from '../../contract/api/status.ts';
import { homePaths } from '../../platform/config/home.ts';
import { fail } from '../../platform/errors/problem.ts';
import { answers, type CliContext, reach } from '../context.ts';
import { examples } from './parts.ts';

type Options = { release?: string; target?: string; lines: string };
type Agent = { readonly url: string; readonly token: string };

/**
 * Logs stay beside the replicas: the control plane never dials an agent. So they are asked of the agent of this
 * machine, with the token that lies in its home.
 */
export function addLogsCommand(program: Command, context: CliContext): void {
  const command = program
    .command('logs')
    .description("Newest output of an application's replicas, from the agent of this machine.")
    .argument('<app>', 'application')
    .option('--release <id>', 'this release; else what is stable and what is rolling out')
    .option('--target <target>', 'only on this target')
    .option('--lines <n>', 'most lines per release', '100');
  examples(command, ['tidegate logs shop', 'tidegate logs shop --target eu-1 --lines 20']);
  answers<Options>(context, command, async ([app = ''], { release, target, lines }) => {
    const agent = await findAgent(context.terminal.environment.TIDEGATE_HOME);
    const releases = release ? [release] : await currentReleases(context, app);
    const found = await Promise.all(
      releases.map(async (id) => ({
        release: id,
        lines: await readLogs(agent, { application: app, release: id, lines, target }),
      })),
    );
    return {
      json: { items: found },
      lines: found.flatMap((one) => [`${one.release}:`, ...one.lines.map((line) => `  ${line}`)]),
    };
  });
}

async function currentReleases(context: CliContext, application: string): Promise<string[]> {
  const { client } = await reach(context);
  const { items } = await client.get('/status', statusListSchema, { application, limit: 500 });
  const ids = items.flatMap((row: StatusRow) => [row.stable, row.rollout?.release ?? null]);
  return [...new Set(ids.filter((id) => id !== null))];
}

const agentSchema = z.object({ url: z.url() });

async function findAgent(home: string | undefined): Promise<Agent> {
  const paths = homePaths(home);
  try {
    const { url } = agentSchema.parse(
      JSON.parse(await readFile(join(paths.agent, 'agent.json'), 'utf8')),
    );
    return { url, token: (await readFile(paths.agentToken, 'utf8')).trim() };
  } catch (cause) {
    fail(
      'TG1501',
      {
        detail: `No agent runs in ${paths.agent}.`,
        hint: 'Ask on the machine of the target, with TIDEGATE_HOME set to the home of its agent.',
      },
      cause,
    );
  }
}

async function readLogs(
  agent: Agent,
  query: { application: string; release: string; lines: string; target: string | undefined },
): Promise<readonly string[]> {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given as [string, string][]);
  const answer = await fetch(`${agent.url}/logs?${search}`, {
    headers: { authorization: `Bearer ${agent.token}` },
    signal: AbortSignal.timeout(10_000),
  }).catch((cause: unknown) =>
    fail('TG1501', { detail: `The agent at ${agent.url} does not answer.` }, cause),
  );
  const text = await answer.text();
  if (!answer.ok) fail('TG1603', { detail: `The agent answered ${answer.status}: ${text}` });
  return text.split('\n').filter((line) => line !== '');
}
