import { z } from 'zod';
import { byRule, documentSchema, durationSchema, nameSchema } from './common.ts';

const httpUrl = z
  .string()
  .max(4096)
  .regex(/^https?:\/\/|^\{\{/, 'use an http or https address');
const headersSchema = z
  .array(z.strictObject({ name: z.string().max(128), value: z.string().max(4096) }))
  .max(20)
  .default([]);

/** Where a metric's value comes from. Exactly one. */
export const providerSchema = z.union([
  z.strictObject({
    router: z.strictObject({}).meta({
      description:
        "The router's own counters of the candidate and of the stable release since the last measurement: result.requests, result.errors, result.errorRate (0–1), result.rps, result.p50, result.p95, result.p99 (seconds); stable.* the same.",
    }),
  }),
  z.strictObject({
    prometheus: z.strictObject({
      address: httpUrl,
      query: z.string().min(1).max(8192),
      headers: headersSchema,
      timeout: durationSchema.default(10_000),
    }),
  }),
  z.strictObject({
    web: z.strictObject({
      url: httpUrl,
      method: z.enum(['GET', 'POST', 'PUT']).default('GET'),
      headers: headersSchema,
      body: z.string().max(65_536).optional(),
      jsonPath: z.string().max(512).default('$').meta({
        description: 'RFC 9535 path of the value in the answer, in its simple form: $.a.b[0].',
      }),
      timeout: durationSchema.default(10_000),
    }),
  }),
]);

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
export type Provider = z.output<typeof providerSchema>;
