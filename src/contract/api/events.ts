import { z } from 'zod';
import { nameSchema } from '../kinds/common.ts';
import { timeSchema } from './common.ts';

/** Position in the order of events; opaque. */
export const cursorSchema = z.string().max(64);

const mostWords = 8;

const pattern = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^[^*]*\*?$/, 'use * at the end only');

const momentSchema = z.iso.datetime({ offset: true });

export const eventFilterSchema = z.object({
  application: nameSchema.optional(),
  environment: nameSchema.optional(),
  object: z.string().max(200).optional().meta({ description: 'kind/key, such as rollout/ro-…' }),
  type: pattern(100).optional().meta({
    description: 'Such as rollout.opened; rollout.* is all that begin so.',
  }),
  actor: pattern(200).optional().meta({
    description: 'Such as user:ada or tidegate; git:* is all that begin so.',
  }),
  since: momentSchema.optional().meta({ description: 'From this time on. ISO 8601.' }),
  until: momentSchema.optional().meta({ description: 'Before this time. ISO 8601.' }),
  q: z
    .string()
    .max(200)
    .refine((text) => wordsOf(text).length <= mostWords, `give at most ${mostWords} words`)
    .optional()
    .meta({
      description:
        'Words, each of which is in the reason, type, object or actor, in capitals or not. A search that takes too long is TG1609.',
    }),
});

/** The words of a search, as they were written. */
export const wordsOf = (text: string): readonly string[] =>
  text.split(/\s+/).filter((word) => word !== '');

export const eventListQuerySchema = eventFilterSchema.extend({
  after: cursorSchema
    .optional()
    .meta({ description: 'Oldest first, only events after this cursor.' }),
  before: cursorSchema
    .optional()
    .meta({ description: 'Newest first, only events before this cursor.' }),
  order: z
    .enum(['newest', 'oldest'])
    .default('newest')
    .meta({ description: 'after means oldest.' }),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export const streamQuerySchema = eventFilterSchema.extend({
  after: cursorSchema.optional().meta({
    description:
      'Begins after this cursor, as the header Last-Event-ID does; else with what is new.',
  }),
});

export const eventSchema = z
  .object({
    cursor: cursorSchema,
    id: z.int(),
    at: timeSchema,
    type: z.string(),
    actor: z.string(),
    objectId: z.string().nullable(),
    application: z.string().nullable(),
    environment: z.string().nullable(),
    because: z.string(),
    outcome: z.enum(['done', 'refused', 'failed']),
    before: z.json(),
    after: z.json(),
    requestId: z.string().nullable(),
  })
  .meta({ id: 'Event' });
export type EventView = z.output<typeof eventSchema>;

export const eventListSchema = z.object({
  items: z.array(eventSchema),
  cursor: cursorSchema
    .nullable()
    .meta({ description: 'Ask again with after=cursor for what follows.' }),
});

/** Most events of one export. */
export const mostExported = 100_000;

export const eventExportQuerySchema = eventFilterSchema.extend({
  format: z.enum(['csv', 'ndjson']).default('csv'),
  after: cursorSchema.optional().meta({
    description: 'Only events after this cursor, such as one that an export ended with.',
  }),
});
