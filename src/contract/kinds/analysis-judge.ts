import { z } from 'zod';
import { durationSchema } from './common.ts';

/** A share as `0.5%` or `0.005`; from 0 to 1 once parsed. */
const shareSchema = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,3}(\.\d{1,6})?%$/, 'use a share such as 0.5% or 0.005')
      .transform((text) => Number(text.slice(0, -1)) / 100),
  ])
  .refine((share) => share > 0 && share <= 1, 'use a share above 0 and up to 100%')
  .meta({ description: 'A share: 0.5% or 0.005.' });

const chanceSchema = shareSchema.refine(
  (share) => share >= 1e-6 && share <= 0.5,
  'use a chance from 0.0001% to 50%',
);

/**
 * Evidence that grows from look to look and may be looked at whenever one likes: the default where a metric has no
 * condition. docs/concepts/analysis.md says when to use which judge.
 */
export const sequentialSchema = z
  .strictObject({
    of: z.enum(['errors', 'latency', 'value']).optional().meta({
      description:
        'What is compared: the share of requests that failed (router: the default), the distribution of latency (router), or one number per look (the default elsewhere).',
    }),
    harm: z
      .enum(['increase', 'decrease', 'either'])
      .default('increase')
      .meta({ description: 'Which way is worse.' }),
    falseAlarm: chanceSchema.default(0.01).meta({
      description: 'Most that the chance of failing a release that is no worse may be, ever.',
    }),
    missedHarm: chanceSchema.default(0.05).meta({
      description:
        'Most that the chance of passing a release that is worse by minimumChange may be, ever.',
    }),
    minimumChange: z
      .union([
        z.strictObject({ absolute: z.number().positive().max(1e12) }),
        z.strictObject({ relative: shareSchema }),
      ])
      .optional()
      .meta({
        description:
          'How much worse is too much: absolute in the unit of the metric (errors: 0.005 is half a percentage point), or relative to the stable version. errors: absolute 0.005; latency: relative 25% (the router tells no less than 19% apart); value: relative 5%.',
      }),
    minimumSample: z.int().min(1).max(1_000_000_000).default(50).meta({
      description: 'Observations of the candidate before it may pass.',
    }),
    undecided: z.enum(['inconclusive', 'pass']).default('inconclusive').meta({
      description:
        'What it means when the looks are over, minimumSample was seen, and there is evidence neither of harm nor of safety.',
    }),
  })
  .meta({ id: 'SequentialJudge' });
export type Sequential = z.output<typeof sequentialSchema>;

const bound = z.number().positive().max(1e6).optional();

/** Of one metric; field by field what Kayenta's canary configuration has. */
export const mannWhitneySchema = z
  .strictObject({
    of: z.string().max(64).default('errorRate').meta({
      description: 'Field of the router that is a point of the series: errorRate, p50, p95, p99.',
    }),
    direction: z.enum(['increase', 'decrease', 'either']).default('increase'),
    nanStrategy: z.enum(['remove', 'replace']).default('remove'),
    critical: z.boolean().default(false),
    mustHaveData: z.boolean().default(true),
    effectSize: z
      .strictObject({
        measure: z.enum(['meanRatio', 'cles']).default('meanRatio'),
        allowedIncrease: bound,
        allowedDecrease: bound,
        criticalIncrease: bound,
        criticalDecrease: bound,
      })
      .default({ measure: 'meanRatio' }),
    outliers: z
      .strictObject({
        strategy: z.enum(['keep', 'remove']).default('keep'),
        factor: z.number().positive().max(100).default(3),
      })
      .default({ strategy: 'keep', factor: 3 }),
    group: z.string().max(128).nullable().default(null),
  })
  .meta({ id: 'MannWhitneyMetric' });
export type MannWhitney = z.output<typeof mannWhitneySchema>;

/** Of a template: how its metrics become one score. */
export const scoreSchema = z
  .strictObject({
    mannWhitney: z.strictObject({
      pass: z.number().min(0).max(100).default(95),
      marginal: z.number().min(0).max(100).default(75),
      groups: z.record(z.string().max(128), z.number().min(0).max(100)).default({}),
      minimumPoints: z.int().min(1).max(1_440).default(5),
    }),
  })
  .meta({ id: 'AnalysisScore' });
export type Score = z.output<typeof scoreSchema>;

export const noDataSchema = z
  .union([z.enum(['hold', 'fail']), z.strictObject({ ignore: z.string().min(3).max(500) })])
  .meta({
    description:
      'What no data, NaN and no traffic mean. hold (the default): nothing, until inconclusiveLimit or the deadline; fail: a failure; ignore, with the reason: the metric has no say while it has nothing to say.',
  });
export type NoData = z.output<typeof noDataSchema>;

export const baselineSchema = z
  .union([z.literal('stable'), z.strictObject({ history: durationSchema })])
  .meta({
    description:
      'What the candidate is compared with: the stable release now (the default), or as it was this long ago (prometheus, loki).',
  });
