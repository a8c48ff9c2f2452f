import { z } from 'zod';
import { byRule, documentSchema, durationSchema, nameSchema } from './common.ts';
import { strategySchema } from './strategy.ts';

const path = z.string().max(1024);
const environmentVariables = z.record(
  z
    .string()
    .regex(
      /^[A-Za-z_][A-Za-z0-9_]{0,127}$/,
      'use letters, digits and _, at most 128, and no digit first',
    ),
  z.string().max(32_768),
);

export const probeSchema = z.strictObject({
  path: z.string().max(1024).startsWith('/'),
  interval: durationSchema.default(1_000),
  timeout: durationSchema.default(1_000),
  failureThreshold: z.int().min(1).max(100).default(3),
});

export const healthSchema = z.strictObject({
  readiness: probeSchema.prefault({ path: '/readyz' }),
  liveness: probeSchema.nullable().default(null),
  startTimeout: durationSchema
    .default(60_000)
    .meta({ description: 'A replica that is not ready this long after its start is restarted.' }),
  drain: durationSchema.default(30_000).meta({
    description: 'Longest wait for requests in flight before a removed replica is stopped.',
  }),
});

export const runSchema = z.strictObject({
  command: z.array(z.string().max(4096)).max(100).default([]).meta({
    description:
      'Program and arguments, started without a shell in the bundle. It listens on 127.0.0.1 at the port in the variable PORT.',
  }),
  env: environmentVariables.default({}),
  health: healthSchema.prefault({}),
});

/** One stop on the application's path; what is given here overrides the application's own. */
export const pathEntrySchema = z.strictObject({
  name: nameSchema,
  env: environmentVariables.default({}),
  replicas: z.int().min(1).max(1000).optional(),
  strategy: strategySchema.optional(),
});

type OwnPipeline = { readonly name: string };
type GoldenPath = {
  readonly onPush: boolean;
  readonly approve: readonly string[];
  readonly soak: number;
};

/** Its own pipeline by name, or what shapes the one that is made from its path. */
export const applicationPipelineSchema = z
  .strictObject({
    name: nameSchema.optional().meta({
      description: 'A Pipeline of its own. Without it, one is made from the path: deploy to each.',
    }),
    onPush: z.boolean().default(false).meta({
      description: 'Whether a push to the branch of the source begins a run.',
    }),
    approve: z.array(nameSchema).max(50).default([]).meta({
      description: 'Environments that are deployed to only after somebody approved.',
    }),
    soak: durationSchema.default(0).meta({
      description: 'How long a release stays in each environment before it goes to the next.',
    }),
  })
  .refine(
    (one) => one.name === undefined || (!one.onPush && one.approve.length === 0 && one.soak === 0),
    byRule('give name alone, or onPush, approve and soak', {
      fields: ['name', 'onPush', 'approve', 'soak'],
      hint: 'A pipeline of its own says these things itself: remove name, or the others.',
      mended: { onPush: false, approve: [], soak: '0s' },
    }),
  )
  .transform(({ name, onPush, approve, soak }): OwnPipeline | GoldenPath =>
    name === undefined ? { onPush, approve, soak } : { name },
  );

export const applicationSpecSchema = z.strictObject({
  owner: z.string().max(253).meta({ description: 'Who answers for it: a team or an address.' }),
  source: z.strictObject({
    repository: z.string().min(1).max(2048).meta({
      description:
        'Path, file://, https:// or ssh:// address. A relative path is taken from the config repository.',
    }),
    branch: z.string().min(1).max(255).default('main'),
    path: path.default('.').meta({ description: 'Directory of the service in the repository.' }),
  }),
  artifact: z.enum(['bundle', 'image']).default('bundle').meta({
    description:
      'bundle: the directory itself, run by the process driver. image: image@sha256:…, named when a release is made.',
  }),
  run: runSchema,
  replicas: z.int().min(1).max(1000).default(1),
  environments: z
    .array(pathEntrySchema)
    .min(1)
    .max(50)
    .meta({ description: 'Its path: a release goes through these in order.' }),
  pipeline: applicationPipelineSchema.optional().meta({
    description: 'How a commit goes through its environments. See docs/guide/first-pipeline.md.',
  }),
  strategy: strategySchema,
  progressDeadline: durationSchema
    .default(600_000)
    .meta({ description: 'A rollout that makes no progress this long is rolled back.' }),
  onNewRelease: z
    .enum(['supersede', 'queue'])
    .default('supersede')
    .meta({ description: 'What a newer release does to a rollout under way.' }),
  onInconclusive: z
    .enum(['hold', 'rollback'])
    .default('hold')
    .meta({ description: 'hold waits until the progress deadline, then rolls back.' }),
});

export const applicationSchema = documentSchema('Application', applicationSpecSchema);
export type Application = z.output<typeof applicationSchema>;
