import { z } from 'zod';
import { toStorable } from '../platform/text/storable.ts';
import { nameSchema } from './kinds/common.ts';
import type { targetSpecSchema } from './kinds/target.ts';

/**
 * The wire between an agent and the control plane. Agents dial out:
 *
 *   GET  /api/v1/agent/targets/:target/intents?after=REVISION&wait=SECONDS   long poll → FollowAnswer
 *   POST /api/v1/agent/targets/:target/statuses                              StatusReport → 204; also the heartbeat
 *
 * Both carry `Authorization: Bearer AGENT-TOKEN`; TG1503 when the token is not for this target. A heartbeat is
 * due at least every 5 s; a target not heard of for 15 s counts as not connected.
 */
const words = (most: number) => z.string().max(most).overwrite(toStorable);
/** Becomes a link on screens, so nothing but an address will do. */
const endpoint = words(1024)
  .regex(/^https?:\/\//)
  .nullable();

const countersSchema = z.object({
  epoch: words(64),
  requests: z.int().min(0),
  errors: z.int().min(0),
  latency: z.object({
    le: z.array(z.number()).max(64),
    counts: z.array(z.int().min(0)).max(65),
    sumSeconds: z.number().min(0),
  }),
});

export const statusSchema = z.object({
  target: nameSchema,
  application: nameSchema,
  environment: nameSchema,
  generation: z.int().min(0),
  converged: z.boolean(),
  versions: z
    .array(
      z.object({
        release: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/),
        replicas: z.int().min(0),
        ready: z.int().min(0),
        weight: z.number().min(0).max(100),
        message: words(2000),
        counters: countersSchema,
      }),
    )
    .max(50),
  endpoint,
  previewEndpoint: endpoint,
  message: words(2000),
  at: z.iso.datetime(),
});

export const statusReportSchema = z.object({
  agent: words(128),
  version: words(64),
  /** Only those that changed since the last report; an empty list is a heartbeat. */
  statuses: z.array(statusSchema).max(5000),
});

export const followQuerySchema = z.object({
  after: z.coerce.number().int().min(0).default(0),
  wait: z.coerce.number().min(0).max(55).default(25),
});

/** Intents of the target written after `after`, with the revision to ask from next time. `intents` is empty when the wait ended first. */
export type FollowAnswer = {
  readonly revision: number;
  /** The declared Target; null while it is not declared. */
  readonly target: z.output<typeof targetSpecSchema> | null;
  readonly intents: readonly import('../capabilities/fleet/types.ts').Intent[];
};

export type StatusReport = z.output<typeof statusReportSchema>;
