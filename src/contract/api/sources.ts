import { z } from 'zod';
import { nameSchema } from '../kinds/common.ts';
import { timeSchema } from './common.ts';

export const addSourceSchema = z
  .strictObject({
    name: nameSchema,
    address: z
      .string()
      .min(1)
      .max(2048)
      .meta({ description: 'Absolute path, file://, https:// or ssh:// address.' }),
    branch: z.string().min(1).max(255).optional().meta({ description: 'main when absent.' }),
    pollInterval: z
      .int()
      .min(1_000)
      .max(86_400_000)
      .optional()
      .meta({ description: 'Milliseconds between two looks without news; 15,000 when absent.' }),
  })
  .meta({ id: 'AddSource' });

export const sourceAddedSchema = z.object({ name: z.string(), added: z.boolean() });

export const sourceViewSchema = z
  .object({
    name: z.string(),
    address: z.string().meta({ description: 'Without the secrets that it may hold.' }),
    branch: z.string(),
    pollInterval: z.int(),
    phase: z.string(),
    because: z.string(),
    seenCommit: z.string().nullable(),
    lastFetchedAt: timeSchema.nullable(),
  })
  .meta({ id: 'Source' });
export type SourceView = z.output<typeof sourceViewSchema>;

export const sourceListSchema = z.object({ items: z.array(sourceViewSchema) });

/** Names of the sources, and keys of the triggers, that look at once. */
export const hookAnswerSchema = z.object({
  woken: z.array(z.string()),
  triggers: z.array(z.string()),
});
