import { z } from 'zod';
import {
  baselineSchema,
  mannWhitneySchema,
  noDataSchema,
  scoreSchema,
  sequentialSchema,
} from './analysis-judge.ts';
import { byRule, documentSchema, durationSchema, nameSchema } from './common.ts';
import { providerSchema } from './metric-provider.ts';

export { type Provider, providerSchema } from './metric-provider.ts';

/** A whole number of failures that ends the analysis: with 3, the third failure fails it. */
const limit = z.int().min(1).max(1000);

type Judges = {
  readonly successCondition?: unknown;
  readonly failureCondition?: unknown;
  readonly sequential?: unknown;
  readonly mannWhitney?: unknown;
};

/** The judges that a metric asks for by its fields; none is `sequential` as it is by default. */
function judgesOf(metric: Judges): readonly JudgeName[] {
  const { successCondition, failureCondition, sequential, mannWhitney } = metric;
  return [
    ...(successCondition !== undefined || failureCondition !== undefined
      ? (['threshold'] as const)
      : []),
    ...(sequential === undefined ? [] : (['sequential'] as const)),
    ...(mannWhitney === undefined ? [] : (['mannWhitney'] as const)),
  ];
}

export type JudgeName = 'threshold' | 'sequential' | 'mannWhitney';

/** Who judges a metric. */
export const judgeOf = (metric: Judges): JudgeName => judgesOf(metric)[0] ?? 'sequential';

export const metricSchema = z
  .strictObject({
    name: nameSchema,
    provider: providerSchema,
    interval: durationSchema
      .optional()
      .meta({ description: 'Time between measurements; needed when count is not 1.' }),
    count: z.int().min(1).max(10_000).optional().meta({
      description:
        'Measurements to take; without it, until the analysis is ended from outside (background) or fails.',
    }),
    initialDelay: durationSchema.default(0),
    successCondition: z
      .string()
      .max(4096)
      .optional()
      .meta({ description: 'CEL over result (and stable, args): true is a success.' }),
    failureCondition: z.string().max(4096).optional().meta({
      description: 'CEL: true is a failure. With both conditions, neither true is inconclusive.',
    }),
    failureLimit: limit.default(1).meta({ description: 'The n-th failure fails the analysis.' }),
    inconclusiveLimit: limit.optional().meta({
      description:
        'The n-th inconclusive measurement makes the analysis inconclusive; without it, it holds until the deadline.',
    }),
    sequential: sequentialSchema.optional(),
    mannWhitney: mannWhitneySchema.optional(),
    noData: noDataSchema.optional(),
    baseline: baselineSchema.optional(),
    consecutiveErrorLimit: limit
      .default(5)
      .meta({ description: 'The n-th error in a row makes the analysis an error.' }),
  })
  .refine(
    (m) => judgesOf(m).length < 2,
    byRule('a metric has one judge: conditions, sequential or mannWhitney', {
      fields: ['sequential', 'mannWhitney'],
      hint: 'Keep one of them; a metric without any is judged by sequential.',
      mended: { sequential: undefined, mannWhitney: undefined },
    }),
  )
  .refine(
    (m) =>
      'router' in m.provider ||
      judgeOf(m) === 'threshold' ||
      JSON.stringify(m.provider).includes('{{release}}'),
    byRule('a metric that is compared asks for one release', {
      fields: ['provider'],
      hint: 'Put {{release}} into its query: it is asked of the candidate and of the stable release. Or give successCondition or failureCondition.',
      mended: { successCondition: 'true' },
    }),
  )
  .refine(
    (m) => typeof m.baseline !== 'object' || 'prometheus' in m.provider || 'loki' in m.provider,
    byRule('this source knows no history', {
      fields: ['baseline', 'provider'],
      hint: 'Leave baseline out, or ask prometheus or loki.',
      mended: { baseline: 'stable' },
    }),
  )
  .refine(
    (m) => m.count === 1 || m.interval !== undefined,
    byRule('give interval, or count: 1', {
      fields: ['interval', 'count'],
      hint: 'Add interval: 30s, or count: 1 to measure once.',
      mended: { interval: '1s' },
    }),
  );

export const analysisTemplateSpecSchema = z.strictObject({
  args: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/),
        value: z.string().max(4096).optional(),
      }),
    )
    .max(50)
    .default([]),
  judge: scoreSchema.optional().meta({
    description: 'How metrics with mannWhitney become one score; needed only to change it.',
  }),
  metrics: z.array(metricSchema).min(1).max(50),
});

export const analysisTemplateSchema = documentSchema(
  'AnalysisTemplate',
  analysisTemplateSpecSchema,
);
export type AnalysisTemplate = z.output<typeof analysisTemplateSchema>;
export type Metric = z.output<typeof metricSchema>;

/** Nothing but a failure or somebody else ends it: evidence comes to an end by itself, a condition needs a count. */
export const isEndless = (metric: Metric): boolean =>
  metric.count === undefined && judgeOf(metric) !== 'sequential';
