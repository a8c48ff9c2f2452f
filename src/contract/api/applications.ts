import { z } from 'zod';
import { pageOf, problemSchema, timeSchema } from './common.ts';

export const applicationRowSchema = z
  .object({
    name: z.string(),
    owner: z.string().nullable().meta({ description: 'Null when it never was declared well.' }),
    labels: z.record(z.string(), z.string()),
    environments: z.array(z.string()).meta({ description: 'Its path, in its order.' }),
    problems: z
      .int()
      .meta({ description: 'What is wrong with its documents in Git: its own and its releases’.' }),
  })
  .meta({ id: 'ApplicationRow' });
export type ApplicationRow = z.output<typeof applicationRowSchema>;
export const applicationListSchema = pageOf(applicationRowSchema);

export const applicationViewSchema = z
  .object({
    name: z.string(),
    repository: z.string().meta({ description: 'The config repository that declares it.' }),
    path: z.string().meta({ description: 'The file there.' }),
    commit: z.string().meta({ description: 'The commit that last changed its meaning.' }),
    updatedAt: timeSchema,
    document: z.json().meta({
      description:
        'As it was last taken from Git, with defaults; durations in milliseconds. Values of variables and credentials in addresses are hidden. Null when it never was right.',
    }),
    problems: z.array(problemSchema),
    environments: z.array(
      z.object({
        name: z.string(),
        declared: z.boolean().meta({ description: 'Whether there is such an Environment.' }),
        replicas: z.int(),
        desiredCommit: z
          .string()
          .nullable()
          .meta({ description: 'Commit of the service that Git asks for here.' }),
      }),
    ),
  })
  .meta({ id: 'Application' });
export type ApplicationView = z.output<typeof applicationViewSchema>;

const revision = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[0-9a-z-]+$/, 'give a release, or a commit in hex');

export const commitsQuerySchema = z.object({
  from: revision.optional().meta({
    description:
      'A release, a commit, or the beginning of one (of a commit 7 digits or more). The first commit when absent.',
  }),
  to: revision.meta({ description: 'The same.' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const commitSchema = z
  .object({ id: z.string(), author: z.string(), at: z.string(), subject: z.string() })
  .meta({ id: 'Commit' });

const endSchema = z.object({
  commit: z.string(),
  release: z.string().nullable().meta({ description: 'When a release was named.' }),
});

const commitLinesSchema = z.object({
  items: z.array(commitSchema).meta({ description: 'Newest first.' }),
  more: z.boolean().meta({ description: 'There are others behind them.' }),
});

export const commitsSchema = commitLinesSchema
  .extend({
    from: endSchema.nullable(),
    to: endSchema,
    path: z.string().meta({ description: 'Directory of the service; only what touches it.' }),
    diverged: commitLinesSchema.meta({
      description: 'What only from has: going to to takes it away, as a rollback does.',
    }),
  })
  .meta({ id: 'Commits' });
export type Commits = z.output<typeof commitsSchema>;
