import { z } from 'zod';
import { nameSchema } from '../kinds/common.ts';
import { pageOf, pageQuerySchema, problemSchema, timeSchema } from './common.ts';

export const healthSchema = z
  .object({ status: z.enum(['ok', 'degraded']), version: z.string(), database: z.boolean() })
  .meta({ id: 'Health' });

export const statusQuerySchema = pageQuerySchema.extend({
  application: nameSchema.optional(),
  environment: nameSchema.optional(),
});

/** One application in one environment. */
export const statusRowSchema = z
  .object({
    application: z.string(),
    environment: z.string(),
    owner: z.string(),
    stable: z.string().nullable().meta({ description: 'Release that last succeeded here.' }),
    stableCommit: z.string().nullable(),
    desiredCommit: z
      .string()
      .nullable()
      .meta({ description: 'Commit of the service that Git asks for.' }),
    state: z.enum(['notReleased', 'steady', 'rollingOut', 'waiting', 'rollingBack', 'failed']),
    because: z.string(),
    rollout: z
      .object({
        id: z.string(),
        release: z.string(),
        phase: z.string(),
        terminal: z.boolean(),
        weight: z.int(),
        wave: z.int(),
        waves: z.int(),
        step: z.int(),
        steps: z.int(),
        because: z.string(),
        startedAt: timeSchema,
        updatedAt: timeSchema,
      })
      .nullable()
      .meta({ description: 'The one under way, else the newest.' }),
    endpoints: z.array(
      z.object({ target: z.string(), url: z.string().nullable(), converged: z.boolean() }),
    ),
    problems: z.array(problemSchema),
  })
  .meta({ id: 'Status' });
export type StatusRow = z.output<typeof statusRowSchema>;
export const statusListSchema = pageOf(statusRowSchema);

export const problemRowSchema = z
  .object({
    repository: z.string(),
    path: z.string(),
    kind: z.string().nullable(),
    name: z.string().nullable(),
    problem: problemSchema,
  })
  .meta({ id: 'ProblemRow' });
export type ProblemRow = z.output<typeof problemRowSchema>;
export const problemListSchema = z.object({ items: z.array(problemRowSchema) });
