import { z } from 'zod';
import { timeSchema } from './common.ts';

/** Position in the log of a run; opaque. */
export const logCursorSchema = z
  .string()
  .regex(/^\d{1,16}$/, 'use a cursor that a page or an event gave');

export const logEntrySchema = z
  .object({
    id: logCursorSchema,
    step: z.string().meta({ description: 'Instance name: build, or test[0] of a forEach.' }),
    attempt: z.int(),
    stream: z.enum(['out', 'err', 'note']).meta({ description: 'note: said by Tidegate itself.' }),
    text: z.string().meta({ description: 'As it came: a part of a line, or many lines.' }),
    at: timeSchema,
  })
  .meta({ id: 'LogEntry' });

export const logParamsSchema = z.object({ id: z.string().min(1).max(200) });

const stepFilter = z
  .string()
  .max(200)
  .optional()
  .meta({ description: 'Only this step; every step of the run when left out.' });

export const logQuerySchema = z.object({
  step: stepFilter,
  after: logCursorSchema.optional().meta({ description: 'Only what came after this cursor.' }),
  limit: z.coerce.number().int().min(1).max(500).default(200),
});

export const logStreamQuerySchema = z.object({
  step: stepFilter,
  after: logCursorSchema.optional().meta({
    description: 'Begins after this cursor, as the header Last-Event-ID does; else at the start.',
  }),
});

export const logPageSchema = z
  .object({
    items: z.array(logEntrySchema),
    cursor: logCursorSchema.meta({ description: 'Give it as `after` for what comes next.' }),
    isOver: z
      .boolean()
      .meta({ description: 'The run is over and this page holds its last entries.' }),
  })
  .meta({ id: 'LogPage' });

export type LogEntry = z.output<typeof logEntrySchema>;
