import { z } from 'zod';
import { nameSchema } from '../kinds/common.ts';
import { timeSchema } from './common.ts';

export const createAgentSchema = z
  .strictObject({
    name: nameSchema,
    targets: z
      .array(nameSchema)
      .min(1)
      .max(500)
      .meta({ description: 'The only targets that this agent may ask about and report on.' }),
  })
  .meta({ id: 'CreateAgent' });

export const agentCreatedSchema = z
  .object({
    name: z.string(),
    targets: z.array(z.string()),
    token: z.string().meta({ description: 'Shown this once; only its hash is kept.' }),
  })
  .meta({ id: 'AgentCreated' });

export const agentListSchema = z.object({
  items: z.array(
    z.object({
      name: z.string(),
      targets: z.array(z.string()),
      version: z.string().nullable(),
      lastSeenAt: timeSchema.nullable(),
    }),
  ),
});

export const createTokenSchema = z
  .strictObject({ name: nameSchema, role: z.enum(['admin', 'deployer', 'viewer']) })
  .meta({ id: 'CreateToken' });

export const tokenCreatedSchema = z
  .object({ name: z.string(), role: z.string(), token: z.string() })
  .meta({ id: 'TokenCreated' });
