import { z } from 'zod';
import { filledText, optionalText, type TypedLook } from '../typed.ts';

export const settingsSchema = z.object({
  environment: z.string(),
  application: optionalText,
  release: optionalText,
  fast: z.boolean().default(false),
  onCancel: z.enum(['abort', 'leave']).default('abort'),
  because: filledText.nullish().transform((value) => value ?? ''),
});

/**
 * promoting ─▶ following ─▶ (cancelled: aborting ─▶ aborted) ─▶ the end. `rollout` is the one that is awaited, null until
 * there is one; `since` is when it was first seen to be cancelled.
 */
export const memorySchema = z.object({
  is: z.enum(['promoting', 'following', 'aborting', 'aborted']),
  application: z.string(),
  promotion: z.string().nullable(),
  release: z.string().nullable(),
  rollout: z.string().nullable(),
  since: z.string().nullable(),
});

const rolloutSchema = z.object({
  id: z.string(),
  phase: z.string(),
  terminal: z.boolean(),
  because: z.string(),
  release: z.string(),
  /** The commit in Git that asked for it, and whether a step of this run made it. */
  commit: z.string(),
  isOwn: z.boolean(),
});

/** What became of the promotion so far. Null: there is none (yet). */
export const deployFactsSchema = z.object({
  promotion: z
    .object({
      phase: z.enum(['requested', 'committing', 'waiting', 'committed', 'failed']),
      because: z.string(),
      release: z.string(),
      commit: z.string().nullable(),
    })
    .nullable(),
  /** The rollout that is awaited or, before there is one, that of the promotion's commit. */
  rollout: rolloutSchema.nullable(),
  delivery: z
    .object({
      stable: z.string().nullable(),
      because: z.string(),
      /** Commit whose release was refused here. */
      refusedCommit: z.string().nullable(),
      /** The rollout under way, whosever it is. */
      active: rolloutSchema.nullable(),
    })
    .nullable(),
  /** What Git declares here, as last read. `isRead`: that was read after the promotion had made its commit. */
  desired: z
    .object({
      release: z.string(),
      commit: z.string(),
      subject: z.string(),
      author: z.string(),
      isRead: z.boolean(),
    })
    .nullable(),
  /** Where it answers, by target. */
  urls: z.record(z.string(), z.string()),
});

export const deployEffectSchema = z.discriminatedUnion('do', [
  z.object({
    do: z.literal('promote'),
    application: z.string(),
    environment: z.string(),
    release: z.string().nullable(),
    fast: z.boolean(),
    because: z.string(),
  }),
  z.object({
    do: z.literal('abort'),
    rollout: z.string(),
    actor: z.string(),
    because: z.string(),
  }),
]);

/** Of asking for a promotion: refused when the release may not go there. */
export const promotedSchema = z.discriminatedUnion('is', [
  z.object({ is: z.literal('opened'), promotion: z.string(), release: z.string() }),
  z.object({ is: z.literal('refused'), because: z.string() }),
]);

export type DeploySettings = z.output<typeof settingsSchema>;
export type DeployMemory = z.output<typeof memorySchema>;
export type DeployFacts = z.output<typeof deployFactsSchema>;
export type DeployRollout = z.output<typeof rolloutSchema>;
export type DeployLook = TypedLook<DeploySettings, DeployMemory, DeployFacts>;
