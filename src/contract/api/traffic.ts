import { z } from 'zod';
import { nameSchema } from '../kinds/common.ts';
import { timeSchema } from './common.ts';

/** Position in the traffic of one rollout; opaque. */
export const trafficCursorSchema = z
  .string()
  .regex(/^\d{1,6}\.\d{1,14}$/, 'use a cursor that an answer or an event gave');

export const trafficQuerySchema = z.object({
  after: trafficCursorSchema.optional().meta({
    description:
      'Only what is new since the answer with this cursor. Points of the last seconds come again, since they may have grown: the newer one counts. Left out: from the beginning of the rollout.',
  }),
  target: nameSchema
    .optional()
    .meta({ description: 'Only this target; all targets of the rollout when left out.' }),
  points: z.coerce.number().int().min(20).max(2000).default(600).meta({
    description: 'Most points per release; the more time they have to cover, the wider they are.',
  }),
});

export const trafficPointSchema = z.object({
  at: timeSchema.meta({ description: 'When it begins; it is `step` seconds wide.' }),
  release: z.string(),
  weight: z.number().meta({
    description:
      'Share of new requests that routers really gave it at the end, percent; the mean over targets.',
  }),
  requests: z.int(),
  rps: z.number().meta({ description: 'Requests per second.' }),
  errorRate: z
    .number()
    .nullable()
    .meta({ description: 'Share of requests that failed, 0 to 1; null without requests.' }),
  p50: z.number().nullable().meta({ description: 'Latency in seconds; null without requests.' }),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
});
export type TrafficPoint = z.output<typeof trafficPointSchema>;

export const trafficMarkSchema = z.object({
  id: z.int().meta({ description: 'Of the event in the audit log.' }),
  at: timeSchema,
  type: z.string().meta({ description: 'Such as rollout.weight or analysis.failed.' }),
  label: z.string().meta({ description: 'Short enough to stand in a chart.' }),
  because: z.string(),
});
export type TrafficMark = z.output<typeof trafficMarkSchema>;

export const trafficSchema = z
  .object({
    from: timeSchema,
    to: timeSchema,
    step: z.int().meta({ description: 'Width of every point, in seconds.' }),
    releases: z
      .array(z.object({ release: z.string(), role: z.enum(['candidate', 'stable', 'baseline']) }))
      .meta({
        description:
          'baseline is the fresh copy of the stable release, where the strategy asks for one.',
      }),
    points: z.array(trafficPointSchema).meta({
      description:
        'Oldest first. Times in which no target reported anything new have no point. Kept for 7 days.',
    }),
    marks: z.array(trafficMarkSchema).meta({
      description: 'Steps, decisions and verdicts, oldest first; at most the newest 500.',
    }),
    cursor: trafficCursorSchema.meta({ description: 'Give it as `after` for what comes next.' }),
  })
  .meta({ id: 'Traffic' });
export type Traffic = z.output<typeof trafficSchema>;
