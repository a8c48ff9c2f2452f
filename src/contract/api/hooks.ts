import { z } from 'zod';
import { nameSchema } from '../kinds/common.ts';
import { timeSchema } from './common.ts';

/** Who is meant by a webhook. */
export const hookParamsSchema = z.object({ pipeline: nameSchema, trigger: nameSchema });

export const hookQuerySchema = z.object({
  application: nameSchema.optional().meta({
    description: 'Whose trigger is meant; needed when several applications have this pipeline.',
  }),
});

/** What became of a delivery. It is worked off after the answer. */
export const deliveryAnswerSchema = z
  .object({
    delivery: z.string().meta({ description: 'What the delivery is known by.' }),
    type: z.string(),
    run: z.string().nullable().meta({
      description:
        'The run that it begins unless `when` of the trigger is false; null: the trigger does not ask for events of this type.',
    }),
    duplicate: z.boolean().meta({ description: 'It was delivered before and counts once.' }),
  })
  .meta({ id: 'DeliveryAnswer' });
export type DeliveryAnswer = z.output<typeof deliveryAnswerSchema>;

export const triggerViewSchema = z
  .object({
    pipeline: z.string(),
    application: z.string().nullable(),
    name: z.string(),
    on: z.enum(['push', 'cron', 'webhook', 'cdevents']),
    watch: z
      .string()
      .nullable()
      .meta({ description: 'Repository and branch, or schedule and timezone.' }),
    head: z.string().nullable(),
    problem: z.string().nullable().meta({ description: 'What is wrong with it now.' }),
    last: z
      .object({ run: z.string(), at: timeSchema, because: z.string() })
      .nullable()
      .meta({ description: 'The run that it began last.' }),
    next: timeSchema.nullable().meta({ description: 'When a schedule comes next.' }),
  })
  .meta({ id: 'Trigger' });
export type TriggerView = z.output<typeof triggerViewSchema>;

export const triggerListSchema = z.object({ items: z.array(triggerViewSchema) });
