import { z } from 'zod';
import { timeSchema } from './common.ts';

export const publicHealths = ['healthy', 'changing', 'unhealthy', 'unknown'] as const;

/** What anybody may know: no people, no reasons, no targets, no addresses. */
export const publicRowSchema = z
  .object({
    application: z.string(),
    environment: z.string(),
    version: z.string().nullable().meta({ description: 'Release that last succeeded here.' }),
    commit: z.string().nullable(),
    health: z.enum(publicHealths),
    since: timeSchema.nullable().meta({
      description: 'While it changes: when that began. Else: when this version succeeded here.',
    }),
  })
  .meta({ id: 'PublicStatus' });
export type PublicRow = z.output<typeof publicRowSchema>;

export const publicStatusSchema = z.object({
  items: z.array(publicRowSchema),
  more: z.boolean().meta({ description: 'There are others, which are not told.' }),
});
export type PublicStatus = z.output<typeof publicStatusSchema>;
