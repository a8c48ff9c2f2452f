import { z } from 'zod';
import { nameSchema } from '../kinds/common.ts';

const share = z.number().min(0).max(1);

/** How much worse the candidate is than the stable release; what is left out is as it is there. */
export const harmSchema = z.strictObject({
  errorRate: share
    .optional()
    .meta({ description: 'Share of its requests that fail, from 0 to 1.' }),
  latency: z
    .number()
    .min(0)
    .max(100)
    .optional()
    .meta({ description: 'How much slower each request is: 0.1 is 10 %.' }),
});
export type Harm = z.output<typeof harmSchema>;

export const simulationBodySchema = z
  .strictObject({
    documents: z.string().min(1).max(524_288).meta({
      description:
        'A strategy, or an Application with one, and the AnalysisTemplates that it names, as text (YAML or JSON).',
    }),
    environment: nameSchema.optional().meta({
      description: 'Takes the strategy that the application has there.',
    }),
    traffic: z.number().min(0.01).max(100_000).meta({ description: 'Requests per second in all.' }),
    baseline: z
      .strictObject({
        errorRate: share.default(0.005),
        latency: z.number().min(0.001).max(20).default(0.05),
      })
      .prefault({})
      .meta({ description: 'The stable release: share of errors, and median latency in seconds.' }),
    harms: z.array(harmSchema).min(1).max(12),
    seeds: z.int().min(1).max(2_000).default(200).meta({ description: 'Runs for each harm.' }),
    seed: z.int().min(0).max(4_294_967_295).default(1),
    soak: z.number().min(0).max(86_400_000).default(0).meta({
      description: 'Milliseconds that a wave soaks after its last step.',
    }),
    seconds: z.number().min(0.1).max(20).default(20).meta({
      description: 'Most time that the work may take; the runs that were done by then count.',
    }),
  })
  .meta({ id: 'SimulationRequest' });
export type SimulationBody = z.output<typeof simulationBodySchema>;

/** Of `runs`, with its 95 % interval by Wilson (1927). */
export const estimateSchema = z.object({
  count: z.int(),
  share,
  low: share,
  high: share,
});
export type Estimate = z.output<typeof estimateSchema>;

const timesSchema = z
  .object({ median: z.number(), p95: z.number() })
  .nullable()
  .meta({ description: 'Milliseconds since the rollout began; null when it never happened.' });

export const simulatedSchema = z
  .object({
    harm: harmSchema,
    runs: z.int(),
    complete: z.boolean().meta({ description: 'false: time ran out before all seeds were run.' }),
    caught: estimateSchema,
    passed: estimateSchema,
    unclear: estimateSchema.meta({
      description: 'Ended without a verdict: it holds, and goes back at its deadline.',
    }),
    timeToCatch: timesSchema,
    timeToPass: timesSchema,
    exposed: z.number().meta({
      description: "Mean of the candidate's requests until it was caught or promoted.",
    }),
    steps: z.array(
      z.object({
        caught: estimateSchema.meta({ description: 'Caught by the end of this step.' }),
        exposed: z.number(),
      }),
    ),
  })
  .meta({ id: 'Simulated' });
export type Simulated = z.output<typeof simulatedSchema>;

export const simulationSchema = z
  .object({
    steps: z.array(z.string()).meta({ description: 'The steps of a wave, in words.' }),
    notes: z.array(z.string()).meta({ description: 'What was taken to be so, and left out.' }),
    results: z.array(simulatedSchema),
  })
  .meta({ id: 'Simulation' });
export type Simulation = z.output<typeof simulationSchema>;
