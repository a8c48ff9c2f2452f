import { z } from 'zod';
import { nameSchema } from '../kinds/common.ts';
import { artifactSchema } from '../kinds/release.ts';
import { pageOf, reasonSchema, timeSchema } from './common.ts';

const prefix = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[0-9a-z-]+$/)
  .meta({
    description: 'Id of a release, or the beginning of its id or (7 digits or more) of its commit.',
  });

export const applicationParamsSchema = z.object({ application: nameSchema });

export const createReleaseSchema = z
  .strictObject({
    ref: z.string().min(1).max(255).optional().meta({
      description:
        "Commit, tag or branch of the service's repository; its declared branch when absent.",
    }),
    image: z
      .string()
      .max(1024)
      .optional()
      .meta({ description: 'image@sha256:…, for applications that are delivered as images.' }),
    environment: nameSchema
      .optional()
      .meta({ description: 'Whose configuration is rendered; the first of its path when absent.' }),
  })
  .meta({ id: 'CreateRelease' });

export const promoteSchema = z
  .strictObject({
    environment: nameSchema,
    release: prefix.optional(),
    because: reasonSchema.optional(),
    fastTrack: z
      .boolean()
      .optional()
      .meta({ description: 'Skips analyses, pauses, approvals and soaks.' }),
    retry: z.boolean().optional().meta({ description: 'Takes a quarantined release again.' }),
  })
  .meta({ id: 'Promote' });

export const rollbackSchema = z
  .strictObject({
    environment: nameSchema,
    to: prefix
      .optional()
      .meta({ description: 'The last release that was stable here when absent.' }),
    because: reasonSchema.optional(),
  })
  .meta({ id: 'Rollback' });

export const releaseViewSchema = z
  .object({
    id: z.string(),
    digest: z.string(),
    application: z.string(),
    commit: z.string(),
    artifact: artifactSchema,
    subject: z.string(),
    author: z.string(),
    committedAt: timeSchema.nullable(),
    createdAt: timeSchema,
    createdBy: z.string(),
    stableIn: z.array(z.string()).meta({ description: 'Environments where it is stable now.' }),
    quarantinedIn: z.array(z.string()).meta({ description: 'Environments where it failed.' }),
  })
  .meta({ id: 'Release' });
export type ReleaseView = z.output<typeof releaseViewSchema>;

export const releaseListSchema = pageOf(releaseViewSchema);
export const releaseCreatedSchema = z.object({ release: releaseViewSchema, created: z.boolean() });

export const promotionViewSchema = z
  .object({
    id: z.string(),
    application: z.string(),
    environment: z.string(),
    release: z.string(),
    kind: z.enum(['promotion', 'rollback']),
    phase: z.enum(['requested', 'committing', 'waiting', 'committed', 'failed']),
    because: z.string(),
    actor: z.string(),
    fastTrack: z.boolean(),
    retry: z.boolean(),
    commit: z.string().nullable().meta({ description: 'The commit in the config repository.' }),
    message: z.string().meta({ description: 'Where it stands, and why, in words.' }),
    rollout: z
      .object({ id: z.string(), phase: z.string(), terminal: z.boolean() })
      .nullable()
      .meta({ description: 'The rollout that its commit opened; null until then.' }),
    startedAt: timeSchema,
  })
  .meta({ id: 'Promotion' });
export type PromotionView = z.output<typeof promotionViewSchema>;
