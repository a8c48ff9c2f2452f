import { z } from 'zod';
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

const probe = z.object({
  path: z.string(),
  interval: z.number(),
  timeout: z.number(),
  failureThreshold: z.int(),
});
const match = z.object({
  name: z.string(),
  exact: z.string().optional(),
  prefix: z.string().optional(),
  regex: z.string().optional(),
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
        routes: list(
          z.object({
            release: z.string(),
            match: z.union([z.object({ header: match }), z.object({ cookie: match })]),
          }),
        ),
        sticky: z.object({ cookie: z.string(), ttlSeconds: z.number() }).nullable(),
        preview: z.string().nullable(),
      }),
    }),
  ),
});
