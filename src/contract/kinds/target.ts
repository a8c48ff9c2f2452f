import { z } from 'zod';
import { byRule, documentSchema } from './common.ts';

const port = z.int().min(1).max(65_535);

export const targetSpecSchema = z.strictObject({
  driver: z.enum(['process', 'simulated']),
  labels: z.record(z.string().max(63), z.string().max(253)).default({}),
  process: z
    .strictObject({
      host: z
        .string()
        .max(253)
        .default('127.0.0.1')
        .meta({ description: 'Address that the router listens on; loopback unless you say else.' }),
      ports: z
        .strictObject({ from: port, to: port })
        .refine(
          (r) => r.from <= r.to,
          byRule('from must not be above to', {
            fields: ['from', 'to'],
            hint: 'Exchange the two, or give a wider range.',
            mended: { from: 1, to: 65_535 },
          }),
        )
        .meta({
          description:
            'Ports that the agent may give to routers and previews of this target. Replicas listen on ports of their own, picked by the system.',
        }),
      listen: z
        .record(z.string().max(63), port)
        .default({})
        .meta({ description: 'A fixed router port for an application.' }),
    })
    .optional(),
});

export const targetSchema = documentSchema('Target', targetSpecSchema);
export type Target = z.output<typeof targetSchema>;
