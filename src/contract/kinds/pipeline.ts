import { z } from 'zod';
import { byRule, documentSchema, durationSchema, nameSchema } from './common.ts';
import { stepSchema } from './pipeline-step.ts';
import { triggerSchema } from './pipeline-trigger.ts';

/** Names that stand in expressions: `variables.soakTime`. */
export const identifierSchema = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'use letters, digits and _, at most 63, no digit first')
  .refine((name) => !['__proto__', 'constructor', 'prototype'].includes(name), 'cannot be a name');

/** Any JSON value; texts in it may hold `${{ … }}`. */
const valueSchema = z.json();

export const inputSchema = z.strictObject({
  type: z.enum(['string', 'number', 'boolean']).default('string'),
  default: z
    .union([z.string().max(32_768), z.number(), z.boolean()])
    .optional()
    .meta({
      description: 'Taken when the caller gives none; an input without a default must be given.',
    }),
  description: z.string().max(1024).optional(),
});

/** A secret is named here and read by the worker when a step needs it; its value is in no row and masked in all output. */
export const secretSchema = z
  .strictObject({
    env: z.string().max(128).optional().meta({
      description: 'Variable of the worker; only those that start with TIDEGATE_SECRET_.',
    }),
    file: z.string().max(1024).optional().meta({
      description: "File below the worker's directory of secrets (TIDEGATE_SECRETS).",
    }),
  })
  .refine(
    ({ env, file }) => (env === undefined) !== (file === undefined),
    byRule('give env or file', {
      fields: ['env', 'file'],
      hint: 'Keep one of them, such as env: TIDEGATE_SECRET_TOKEN.',
      mended: { env: 'TIDEGATE_SECRET_TOKEN' },
      exactlyOne: true,
    }),
  );

export const concurrencySchema = z.strictObject({
  group: z.string().min(1).max(253).meta({
    description: 'Runs of one group go one at a time. May hold ${{ … }} over inputs and run.',
  }),
  policy: z.enum(['queue', 'supersede', 'cancel']).default('queue').meta({
    description:
      'queue: one after the other. supersede: a newer run takes the place of those that wait. cancel: it also cancels the one that runs.',
  }),
});

const steps = z.array(stepSchema).max(200);

export const pipelineSpecSchema = z.strictObject({
  description: z.string().max(1024).optional(),
  inputs: z.record(identifierSchema, inputSchema).default({}).meta({
    description: 'What whoever begins a run may give; `inputs.NAME` in expressions.',
  }),
  variables: z.record(identifierSchema, valueSchema).default({}).meta({
    description: 'Any values; `variables.NAME` in expressions.',
  }),
  environments: z
    .record(nameSchema, z.strictObject({ variables: z.record(identifierSchema, valueSchema) }))
    .default({})
    .meta({ description: 'Variables that have another value in steps of that environment.' }),
  secrets: z.record(identifierSchema, secretSchema).default({}).meta({
    description: 'Secrets that steps may be handed, in env, headers or token: `{ secret: NAME }`.',
  }),
  concurrency: concurrencySchema.nullable().default(null),
  timeout: durationSchema.default(7 * 86_400_000).meta({ description: 'Of the whole run.' }),
  triggers: z.array(triggerSchema).max(20).default([]).meta({
    description: 'What begins runs besides people.',
  }),
  steps: steps.min(1).meta({
    description: 'Names are unique over all three lists. Each step is of just one kind.',
  }),
  onFailure: steps.default([]).meta({
    description: 'Run when a step failed, errored, or the run timed out; before finally.',
  }),
  finally: steps.default([]).meta({ description: 'Run at the end, whatever happened.' }),
});

export const pipelineSchema = documentSchema('Pipeline', pipelineSpecSchema);
export type Pipeline = z.output<typeof pipelineSchema>;
export type PipelineSpec = z.output<typeof pipelineSpecSchema>;
