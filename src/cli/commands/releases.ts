import type { Command } from 'commander';
import {
  type PromotionView,
  promotionViewSchema,
  releaseCreatedSchema,
  releaseListSchema,
} from '../../contract/api/releases.ts';
import type { RolloutView } from '../../contract/api/rollouts.ts';
import { parseDuration } from '../../contract/kinds/common.ts';
import { fail } from '../../platform/errors/problem.ts';
import { type Answer, answers, type CliContext, reach } from '../context.ts';
import { followPromotion } from '../follow.ts';
import { releaseTable } from '../render/lists.ts';
import { canvasOf } from '../terminal.ts';
import { examples, pathPart } from './parts.ts';

type Waiting = { wait?: true; timeout: string; json?: true };

export function addReleaseCommands(program: Command, context: CliContext): void {
  release(program, context);
  promote(program, context);
  rollback(program, context);
  history(program, context);
}

function release(program: Command, context: CliContext): void {
  const command = program
    .command('release')
    .description('Makes a release of a commit; the same commit twice is one release.')
    .argument('<app>', 'application')
    .option('--ref <ref>', "commit, tag or branch of the service's repository")
    .option('--image <image>', 'image@sha256:…, for applications that are delivered as images')
    .option('--env <environment>', 'whose configuration is rendered');
  examples(command, ['tidegate release shop', 'tidegate release shop --ref v1.4.0']);
  answers<{ ref?: string; image?: string; env?: string }>(
    context,
    command,
    async ([app = ''], { ref, image, env }) => {
      const { client } = await reach(context);
      const path = `/applications/${pathPart(app)}/releases`;
      const body = { ref, image, environment: env };
      const made = await client.post(path, releaseCreatedSchema, body);
      const { id, commit, subject } = made.release;
      const what = made.created ? 'Made' : 'Already there:';
      return {
        json: made,
        lines: [
          `${what} release ${id} of commit ${commit.slice(0, 12)} ${subject}`,
          context.terminal.colours.dim(`next: tidegate promote ${app} --env ENVIRONMENT`),
        ],
      };
    },
  );
}

function promote(program: Command, context: CliContext): void {
  const command = program
    .command('promote')
    .description('Brings a release into an environment, by a commit.')
    .argument('<app>', 'application')
    .requiredOption('--env <environment>', 'where to')
    .option('--release <release>', 'id, or the beginning of an id or commit')
    .option('--reason <text>', 'why; kept in Git and in the audit log')
    .option('--fast', 'skip analyses, pauses, approvals and soaks')
    .option('--retry', 'take a release again that failed here before');
  examples(withWaiting(command), [
    'tidegate promote shop --env production --wait',
    'tidegate promote shop --env staging --release r-0a1b2c --reason "for the fair"',
  ]);
  type Options = Waiting & {
    env: string;
    release?: string;
    reason?: string;
    fast?: true;
    retry?: true;
  };
  answers<Options>(context, command, async ([app = ''], options) => {
    const { env, release: wanted, reason, fast, retry } = options;
    const body = { environment: env, release: wanted, because: reason, fastTrack: fast, retry };
    return await ask(context, `/applications/${pathPart(app)}/promotions`, body, options);
  });
}

function rollback(program: Command, context: CliContext): void {
  const command = program
    .command('rollback')
    .description('Brings the last good release back, by a commit.')
    .argument('<app>', 'application')
    .requiredOption('--env <environment>', 'where')
    .option('--to <release>', 'an earlier release that was stable there')
    .option('--reason <text>', 'why; kept in Git and in the audit log');
  examples(withWaiting(command), [
    'tidegate rollback shop --env production --wait',
    'tidegate rollback shop --env production --to r-0a1b2c --reason "slow checkout"',
  ]);
  answers<Waiting & { env: string; to?: string; reason?: string }>(
    context,
    command,
    async ([app = ''], options) => {
      const body = { environment: options.env, to: options.to, because: options.reason };
      return await ask(context, `/applications/${pathPart(app)}/rollbacks`, body, options);
    },
  );
}

const withWaiting = (command: Command): Command =>
  command
    .option('--wait', 'follow until its rollout has ended; exit code 1 unless it succeeded')
    .option('--timeout <duration>', 'longest wait', '1h');

async function ask(
  context: CliContext,
  path: string,
  body: unknown,
  options: Waiting,
): Promise<Answer> {
  const timeout = parseDuration(options.timeout);
  if (Number.isNaN(timeout))
    fail('TG1802', { detail: `--timeout ${options.timeout}: use 30s, 10m …` });
  const { client } = await reach(context);
  const asked = await client.post(path, promotionViewSchema, body);
  if (!options.wait) {
    const lines = [
      `${asked.kind} ${asked.id}: ${asked.release} goes to ${asked.environment} with its commit.`,
      context.terminal.colours.dim(`next: tidegate status ${asked.application} --watch`),
    ];
    return { json: { promotion: asked, rollout: null }, lines };
  }
  const quiet = options.json === true;
  const follow = { client, terminal: context.terminal, quiet, timeout };
  return ended(await followPromotion(follow, asked));
}

function ended(found: { promotion: PromotionView; rollout: RolloutView | null }): Answer {
  const { promotion, rollout } = found;
  const failed = rollout ? rollout.phase !== 'succeeded' : promotion.phase === 'failed';
  const line = rollout
    ? `${rollout.id} ${rollout.phase}: ${rollout.because}`
    : `${promotion.id} ${promotion.phase}: ${promotion.message}`;
  return { json: found, lines: [line], failed };
}

function history(program: Command, context: CliContext): void {
  const command = program
    .command('history')
    .description('Releases of an application: where each is stable, and where it failed.')
    .argument('<app>', 'application')
    .option('--limit <number>', 'most releases', '20');
  examples(command, ['tidegate history shop']);
  answers<{ limit: string }>(context, command, async ([app = ''], { limit }) => {
    const { client } = await reach(context);
    const path = `/applications/${pathPart(app)}/releases`;
    const page = await client.get(path, releaseListSchema, { limit });
    return { json: page, lines: releaseTable(page.items, canvasOf(context.terminal)) };
  });
}
