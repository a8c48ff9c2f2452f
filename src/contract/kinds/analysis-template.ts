import { z } from 'zod';
import { byRule, documentSchema, durationSchema, nameSchema } from './common.ts';
import { providerSchema } from './metric-provider.ts';

export { type Provider, providerSchema } from './metric-provider.ts';

/** A whole number of failures that ends the analysis: with 3, the third failure fails it. */
const limit = z.int().min(1).max(1000);

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
    consecutiveErrorLimit: limit
      .default(5)
      .meta({ description: 'The n-th error in a row makes the analysis an error.' }),
  })
  .refine(
    (m) => m.successCondition !== undefined || m.failureCondition !== undefined,
    byRule('give successCondition, failureCondition or both', {
      fields: ['successCondition', 'failureCondition'],
      hint: 'Add one, such as successCondition: result.errorRate < 0.01.',
      mended: { successCondition: 'true' },
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
  metrics: z.array(metricSchema).min(1).max(50),
});

export const analysisTemplateSchema = documentSchema(
  'AnalysisTemplate',
  analysisTemplateSpecSchema,
);
export type AnalysisTemplate = z.output<typeof analysisTemplateSchema>;
export type Metric = z.output<typeof metricSchema>;
