import { z } from 'zod';

export const meSchema = z
  .object({
    name: z.string(),
    role: z.enum(['admin', 'deployer', 'viewer']),
    kind: z.literal('person').meta({ description: 'Agents have routes of their own.' }),
  })
  .meta({ id: 'Me' });
