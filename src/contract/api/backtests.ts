import { z } from 'zod';
import { nameSchema } from '../kinds/common.ts';
import { timeSchema } from './common.ts';
import { rolloutPhaseSchema } from './rollouts.ts';

export const backtestBodySchema = z
  .strictObject({
    policy: z.string().min(1).max(524_288).meta({
      description:
        'AnalysisTemplate documents as text (YAML or JSON). One alone judges every analysis; of several, each those that name it.',
    }),
    application: nameSchema.optional(),
    environment: nameSchema.optional(),
    since: timeSchema.optional().meta({ description: 'Rollouts that began at or after this.' }),
    limit: z.int().min(1).max(50).default(20),
    cursor: z
      .string()
      .max(200)
      .optional()
      .meta({ description: 'The cursor of the page before; absent for the first.' }),
  })
  .meta({ id: 'BacktestRequest' });

/** `looking`: it had not decided when the recording ended. `none`: there was nothing to judge. */
export const backtestOutcomeSchema = z.enum([
  'failed',
  'passed',
  'inconclusive',
  'error',
  'cancelled',
  'looking',
  'none',
]);
export type BacktestOutcome = z.output<typeof backtestOutcomeSchema>;

export const backtestEndSchema = z.object({
  outcome: backtestOutcomeSchema,
  at: timeSchema.nullable(),
  because: z.string(),
});

/** What the other policy would have changed about how a rollout ended, as far as it was recorded. */
export const backtestDifferenceSchema = z.enum([
  'same',
  'caughtEarlier',
  'caughtLater',
  'newlyFailed',
  'newlyPassed',
  'passedEarlier',
  'passedLater',
  'stillLooking',
  'otherwise',
  'notJudged',
]);
export type BacktestDifference = z.output<typeof backtestDifferenceSchema>;

export const backtestAnalysisSchema = z.object({
  key: z.string(),
  purpose: z.string(),
  wave: z.int(),
  looks: z.int().meta({ description: 'Recorded looks that had an answer.' }),
  was: backtestEndSchema,
  would: backtestEndSchema,
  leftOut: z
    .array(z.object({ metric: z.string(), because: z.string() }))
    .meta({ description: 'Metrics of the policy whose data was not recorded: nobody guesses.' }),
  notes: z.array(z.string()),
});

export const backtestItemSchema = z
  .object({
    rollout: z.string(),
    application: z.string(),
    environment: z.string(),
    release: z.string(),
    phase: rolloutPhaseSchema,
    startedAt: timeSchema,
    was: backtestEndSchema,
    would: backtestEndSchema,
    difference: backtestDifferenceSchema,
    because: z.string(),
    requests: z.object({
      spared: z.int().nullable().meta({
        description:
          "The candidate's requests that the router counted after the earlier end; null when not known.",
      }),
      added: z.int().nullable().meta({
        description:
          "The candidate's requests that the router counted between the end then and the later one; null when not known.",
      }),
    }),
    analyses: z.array(backtestAnalysisSchema),
  })
  .meta({ id: 'BacktestItem' });
export type BacktestItem = z.output<typeof backtestItemSchema>;

export const backtestSummarySchema = z.object({
  rollouts: z.int(),
  differences: z.record(backtestDifferenceSchema, z.int()),
  spared: z.int().meta({ description: 'Requests, of those rollouts where it is known.' }),
  added: z.int(),
});
export type BacktestSummary = z.output<typeof backtestSummarySchema>;

export const backtestSchema = z
  .object({
    items: z.array(backtestItemSchema),
    summary: backtestSummarySchema.meta({ description: 'Of this page.' }),
    cursor: z.string().nullable(),
  })
  .meta({ id: 'Backtest' });
export type Backtest = z.output<typeof backtestSchema>;

/** How many rollouts came to what, and what that would have meant for requests. */
export function summaryOf(items: readonly BacktestItem[]): BacktestSummary {
  const count = (of: BacktestDifference) =>
    items.filter(({ difference }) => difference === of).length;
  const differences = Object.fromEntries(
    backtestDifferenceSchema.options.map((one) => [one, count(one)]),
  ) as BacktestSummary['differences'];
  return {
    rollouts: items.length,
    differences,
    spared: items.reduce((sum, { requests }) => sum + (requests.spared ?? 0), 0),
    added: items.reduce((sum, { requests }) => sum + (requests.added ?? 0), 0),
  };
}
