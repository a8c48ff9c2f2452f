import { z } from 'zod';
import { byRule, nameSchema } from './common.ts';

const condition = z.string().max(4096);
const inputs = z.record(z.string().max(63), z.json()).default({}).meta({
  description: 'Inputs of the run; texts may hold ${{ … }} over `event`.',
});

/** What begins runs besides people. Every trigger has a name, unique in its pipeline: its memory is kept by it. */
export const triggerSchema = z
  .strictObject({
    name: nameSchema,
    when: condition.optional().meta({ description: 'CEL over `event`; no run when it is false.' }),
    inputs,
    release: z
      .strictObject({
        commit: z.string().max(8192).optional().meta({
          description: 'Commit, tag or branch; the newest commit of the branch when left out.',
        }),
        image: z
          .string()
          .max(8192)
          .optional()
          .meta({ description: 'image@sha256:…, for an artifact of kind image.' }),
      })
      .optional()
      .meta({
        description:
          'A release of the application to be made for the run; texts may hold ${{ … }} over `event`. A push to the service makes that of its commit without this, when the artifact is a bundle.',
      }),
    push: z
      .strictObject({
        repository: z.enum(['service', 'config']).default('service'),
        branch: z
          .string()
          .max(255)
          .optional()
          .meta({ description: "The application's own when left out." }),
        paths: z.array(z.string().max(1024)).max(50).default([]).meta({
          description: 'Only when something below one of these changed.',
        }),
      })
      .optional(),
    cron: z
      .strictObject({
        schedule: z
          .string()
          .max(128)
          .meta({ description: 'Five fields: minute hour day month weekday.' }),
        timezone: z.string().max(64).default('UTC'),
        missed: z.enum(['skip', 'once', 'all']).default('once').meta({
          description:
            'After an outage: no run, one run, or one for each missed time (at most 24).',
        }),
      })
      .optional(),
    webhook: z
      .strictObject({
        from: z.enum(['github', 'gitlab', 'jenkins', 'generic']),
        secret: z.string().max(63).meta({ description: 'Name of a secret of the pipeline.' }),
        events: z.array(z.string().max(128)).max(50).default([]),
      })
      .optional(),
    cdevents: z
      .strictObject({
        secret: z.string().max(63),
        types: z.array(z.string().max(253)).min(1).max(50).meta({
          description:
            'CDEvents types: dev.cdevents.artifact.published.0.2.0; a trailing * matches the rest.',
        }),
      })
      .optional(),
  })
  .refine(
    ({ push, cron, webhook, cdevents }) =>
      [push, cron, webhook, cdevents].filter((one) => one !== undefined).length === 1,
    byRule('give just one of push, cron, webhook, cdevents', {
      fields: ['push', 'cron', 'webhook', 'cdevents'],
      hint: 'Keep one of them, such as push: {}; begin a new item with - for another.',
      mended: { push: {} },
      exactlyOne: true,
    }),
  );

export type Trigger = z.output<typeof triggerSchema>;
