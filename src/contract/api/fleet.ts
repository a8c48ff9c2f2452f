import { z } from 'zod';
import { nameSchema } from '../kinds/common.ts';
import { artifactSchema } from '../kinds/release.ts';
import { targetSpecSchema } from '../kinds/target.ts';
import { pageOf, timeSchema } from './common.ts';

export const targetSummarySchema = z
  .object({
    name: z.string(),
    driver: z.string().nullable(),
    labels: z.record(z.string(), z.string()),
    connected: z.boolean(),
    agent: z.string().nullable(),
    agentVersion: z.string().nullable(),
    lastSeenAt: timeSchema.nullable(),
    revision: z.int(),
    applications: z.array(
      z.object({
        application: z.string(),
        environment: z.string(),
        generation: z.int(),
        converged: z.boolean(),
        endpoint: z.string().nullable(),
        message: z.string(),
      }),
    ),
  })
  .meta({ id: 'Target' });
export type TargetSummary = z.output<typeof targetSummarySchema>;

export const targetListSchema = pageOf(targetSummarySchema);

export const targetParamsSchema = z.object({ name: nameSchema });

export const driftSchema = z
  .object({
    path: z.string().meta({ description: 'Such as versions.r-1.weight.' }),
    asked: z.string(),
    served: z.string(),
  })
  .meta({ id: 'Drift' });
export type Drift = z.output<typeof driftSchema>;

const percent = z.number().meta({ description: 'Share of the traffic, percent.' });

const routeMatch = z.object({
  name: z.string(),
  exact: z.string().optional(),
  prefix: z.string().optional(),
  regex: z.string().optional(),
});
const routeSchema = z.object({
  release: z.string(),
  match: z.union([z.object({ header: routeMatch }), z.object({ cookie: routeMatch })]),
});

export const targetApplicationSchema = z.object({
  application: z.string(),
  environment: z.string(),
  asked: z.object({
    generation: z.int(),
    because: z.string(),
    updatedAt: timeSchema,
    versions: z.array(
      z.object({
        release: z.string(),
        commit: z.string().nullable(),
        replicas: z.int(),
        weight: percent,
      }),
    ),
    routes: z.array(routeSchema),
    sticky: z.object({ cookie: z.string(), ttlSeconds: z.number() }).nullable(),
    preview: z.string().nullable(),
  }),
  served: z
    .object({
      generation: z.int(),
      converged: z.boolean(),
      versions: z.array(
        z.object({
          release: z.string(),
          replicas: z.int(),
          ready: z.int(),
          weight: percent,
          message: z.string(),
        }),
      ),
      endpoint: z.string().nullable(),
      previewEndpoint: z.string().nullable(),
      message: z.string(),
      reportedAt: timeSchema,
    })
    .nullable()
    .meta({ description: 'As its agent last reported; null when it never did.' }),
  drift: z.array(driftSchema).meta({
    description: 'What it serves otherwise than asked, as last reported; empty when nothing.',
  }),
});
export type TargetApplicationView = z.output<typeof targetApplicationSchema>;

export const targetDetailSchema = targetSummarySchema
  .omit({ applications: true })
  .extend({
    applications: z.array(targetApplicationSchema).meta({ description: 'A page, by name.' }),
    cursor: z.string().nullable(),
  })
  .meta({ id: 'TargetDetail' });
export type TargetDetail = z.output<typeof targetDetailSchema>;

const probe = z.object({
  path: z.string(),
  interval: z.number(),
  timeout: z.number(),
  failureThreshold: z.int(),
});

/** The wire's answer to an agent; durations in milliseconds. */
const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();

export const followAnswerSchema = z.object({
  revision: z.int(),
  target: targetSpecSchema.nullable(),
  intents: list(
    z.object({
      target: z.string(),
      application: z.string(),
      environment: z.string(),
      generation: z.int(),
      revision: z.int(),
      because: z.string(),
      spec: z.object({
        versions: list(
          z.object({
            release: z.string(),
            commit: z.string().exactOptional(),
            artifact: artifactSchema,
            config: z.object({
              command: list(z.string()),
              env: z.record(z.string(), z.string()),
              health: z.object({
                readiness: probe,
                liveness: probe.nullable(),
                startTimeout: z.number(),
                drain: z.number(),
              }),
            }),
            replicas: z.int(),
            weight: z.number(),
          }),
        ),
        routes: list(routeSchema),
        sticky: z.object({ cookie: z.string(), ttlSeconds: z.number() }).nullable(),
        preview: z.string().nullable(),
      }),
    }),
  ),
});
