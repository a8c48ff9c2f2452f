import { z } from 'zod';

/**
 * Says that something is not what it was, and nothing of what it is now: whoever shows it asks again. `object` is
 * kind/key as in the audit log, such as rollout/ro-….
 */
export const changeSchema = z
  .object({
    object: z.string(),
    application: z.string().nullable(),
    environment: z.string().nullable(),
  })
  .meta({ id: 'Change' });
export type Change = z.output<typeof changeSchema>;
