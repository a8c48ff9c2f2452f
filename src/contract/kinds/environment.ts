import { z } from 'zod';
import { documentSchema, durationSchema, nameSchema } from './common.ts';

export const waveSchema = z.strictObject({
  name: nameSchema.optional(),
  targets: z.array(nameSchema).min(1).max(500),
  soak: durationSchema
    .default(0)
    .meta({ description: 'How long a promoted wave is watched before the next one begins.' }),
});

export const freezeWindowSchema = z.strictObject({
  name: nameSchema,
  kind: z.enum(['deny', 'allow']).default('deny').meta({
    description:
      'deny: frozen inside the window. allow: frozen outside all allow windows. Deny beats allow.',
  }),
  rrule: z.string().max(1024).meta({
    description:
      'RFC 5545 recurrence of the starts, with DTSTART or without: DTSTART;TZID=…:20260101T170000\\nRRULE:FREQ=WEEKLY;BYDAY=FR.',
  }),
  duration: durationSchema,
  timezone: z.string().max(64).default('UTC').meta({ description: 'IANA time zone.' }),
});

export const environmentSpecSchema = z.strictObject({
  waves: z.array(waveSchema).min(1).max(100),
  maxUnavailable: z.int().min(0).max(500).default(0).meta({
    description:
      'Targets that may be out of reach without holding a rollout; they converge when they are back.',
  }),
  freeze: z.array(freezeWindowSchema).max(50).default([]),
  approvers: z.array(z.string().max(253)).max(100).default([]),
});

export const environmentSchema = documentSchema('Environment', environmentSpecSchema);
export type Environment = z.output<typeof environmentSchema>;
