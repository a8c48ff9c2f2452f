import { z } from 'zod';
import { durationSchema, nameSchema } from './common.ts';

const objectId = z
  .string()
  .regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'use a full Git object id in hex');

export const artifactSchema = z.union([
  z.strictObject({
    image: z
      .string()
      .max(1024)
      .regex(
        /@sha256:[0-9a-f]{64}$/,
        'use image@sha256:…; a tag can be moved and is not immutable',
      ),
  }),
  z.strictObject({
    bundle: z.strictObject({
      repository: z.string().min(1).max(2048),
      path: z.string().max(1024),
      tree: objectId,
    }),
  }),
]);

const resolvedProbe = z.strictObject({
  path: z.string().max(1024).startsWith('/'),
  interval: durationSchema,
  timeout: durationSchema,
  failureThreshold: z.int().min(1).max(100),
});

/**
 * The desired release of one application in one environment: the file that a promotion and a rollback commit
 * change, `environments/ENVIRONMENT/APPLICATION.yaml`. It holds the whole rendered release, so that the file
 * alone says what runs, and a revert brings everything back.
 */
export const releaseSchema = z.strictObject({
  apiVersion: z.literal('tidegate.dev/v1'),
  kind: z.literal('Release'),
  metadata: z.strictObject({
    name: nameSchema.meta({ description: 'The application.' }),
    environment: nameSchema,
  }),
  spec: z.strictObject({
    commit: objectId,
    artifact: artifactSchema,
    config: z.strictObject({
      command: z.array(z.string().max(4096)).max(100),
      env: z.record(z.string().max(128), z.string().max(32_768)),
      health: z.strictObject({
        readiness: resolvedProbe,
        liveness: resolvedProbe.nullable(),
        startTimeout: durationSchema,
        drain: durationSchema,
      }),
    }),
  }),
});
export type ReleaseDocument = z.output<typeof releaseSchema>;
