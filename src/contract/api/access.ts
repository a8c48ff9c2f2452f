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

/** Approvers are named by it, and people go by their mail addresses. */
const ownerSchema = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9]([-A-Za-z0-9._+@]*[A-Za-z0-9])?$/, 'use a name or a mail address')
  .meta({ description: 'Who holds it: a name such as ci, or a mail address.' });

export const createTokenSchema = z
  .strictObject({ name: ownerSchema, role: z.enum(['admin', 'deployer', 'viewer']) })
  .meta({ id: 'CreateToken' });

export const tokenCreatedSchema = z
  .object({ name: z.string(), role: z.string(), token: z.string() })
  .meta({ id: 'TokenCreated' });
