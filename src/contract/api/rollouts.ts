import { z } from 'zod';
import { nameSchema } from '../kinds/common.ts';
import { pageOf, pageQuerySchema, reasonSchema, timeSchema } from './common.ts';

export const rolloutPhaseSchema = z.enum([
  'pending',
  'progressing',
  'paused',
  'soaking',
  'completing',
  'rollingBack',
  'succeeded',
  'rolledBack',
  'aborted',
  'superseded',
]);

export const rolloutActionSchema = z.enum([
  'promote',
  'promoteFull',
  'abort',
  'approve',
  'pause',
  'resume',
  'overrideFreeze',
]);
export type RolloutActionName = z.output<typeof rolloutActionSchema>;

export const rolloutParamsSchema = z.object({ id: z.string().regex(/^ro-[0-9a-z]{1,60}$/) });

export const rolloutListQuerySchema = pageQuerySchema.extend({
  application: nameSchema.optional(),
  environment: nameSchema.optional(),
  phase: rolloutPhaseSchema.optional(),
  active: z.stringbool().optional(),
});

export const rolloutRowSchema = z
  .object({
    id: z.string(),
    application: z.string(),
    environment: z.string(),
    release: z.string(),
    stable: z.string().nullable(),
    strategy: z.enum(['canary', 'blueGreen', 'progressive', 'abTest']),
    phase: rolloutPhaseSchema,
    terminal: z.boolean(),
    because: z.string(),
    weight: z.int().meta({ description: "Candidate's share in the wave under way, percent." }),
    wave: z.int(),
    waves: z.int(),
    step: z.int(),
    steps: z.int(),
    startedAt: timeSchema,
    updatedAt: timeSchema,
    endedAt: timeSchema.nullable(),
  })
  .meta({ id: 'RolloutRow' });
export type RolloutRowView = z.output<typeof rolloutRowSchema>;

export const rolloutListSchema = pageOf(rolloutRowSchema);

export const rolloutTargetSchema = z.object({
  name: z.string(),
  wave: z.int(),
  connected: z.boolean(),
  generation: z.int().nullable(),
  converged: z.boolean(),
  candidateWeight: z.number().meta({ description: 'What the router really gives it, percent.' }),
  candidateReady: z.int(),
  candidateReplicas: z.int(),
  stableReady: z.int(),
  baselineReady: z.int().exactOptional().meta({
    description:
      'Ready replicas of the fresh copy of the stable release; only where the strategy asks for one.',
  }),
  baselineWeight: z
    .number()
    .exactOptional()
    .meta({ description: 'What the router really gives that copy, percent.' }),
  requests: z.int().meta({ description: "The candidate's requests since its agent started." }),
  errors: z.int(),
  endpoint: z.string().nullable(),
  preview: z.string().nullable().meta({
    description:
      'Where the candidate answers before it has traffic; null when there is no preview.',
  }),
  message: z.string(),
});
export type RolloutTarget = z.output<typeof rolloutTargetSchema>;

export const analysisViewSchema = z.object({
  key: z.string(),
  purpose: z.string(),
  wave: z.int(),
  phase: z.string(),
  because: z.string(),
  detail: z.json(),
});

export const actionViewSchema = z.object({
  action: z.string(),
  label: z.string(),
  allowed: z.boolean(),
  reason: z.string(),
});

export const rolloutViewSchema = rolloutRowSchema
  .extend({
    waveNames: z.array(z.string()),
    stepNames: z.array(z.string()).meta({ description: 'The steps of each wave, in words.' }),
    targets: z.array(rolloutTargetSchema),
    analyses: z.array(analysisViewSchema),
    comparedWith: z.string().exactOptional().meta({
      description:
        'Where the strategy asks for a fresh copy of the stable release: whether analyses compare with it, and why not.',
    }),
    actions: z
      .array(actionViewSchema)
      .meta({ description: 'What may be asked of it now, and why not.' }),
    approvals: z.array(z.object({ actor: z.string(), at: timeSchema, because: z.string() })),
    retreat: z
      .object({
        because: z.string(),
        actor: z.string(),
        since: timeSchema,
        trafficBackAt: timeSchema.nullable(),
        revert: z.string(),
        revertCommit: z.string().nullable(),
      })
      .nullable(),
    fastTrack: z.boolean(),
    isRollback: z.boolean(),
    commit: z.object({ id: z.string(), author: z.string(), subject: z.string() }),
  })
  .meta({ id: 'Rollout' });
export type RolloutView = z.output<typeof rolloutViewSchema>;

export const rolloutActionBodySchema = z
  .strictObject({ action: rolloutActionSchema, because: reasonSchema.default('') })
  .meta({ id: 'RolloutActionRequest' });

export const acceptedSchema = z.object({
  accepted: z.literal(true),
  requestId: z.string(),
  note: z
    .string()
    .exactOptional()
    .meta({ description: 'Why nothing follows: what was asked for is so already.' }),
});

/** One analysis with all that it saw: what was asked, what came, and what it was held against. */
export const analysisToldSchema = z
  .object({
    key: z.string(),
    purpose: z.string(),
    wave: z.int(),
    phase: z.string(),
    because: z.string(),
    startedAt: timeSchema,
    endedAt: timeSchema.nullable(),
    args: z.record(z.string(), z.string()),
    metrics: z.array(
      z.object({
        name: z.string(),
        source: z.string(),
        phase: z.string(),
        judge: z.enum(['threshold', 'sequential', 'mannWhitney']),
        successCondition: z.string().nullable(),
        failureCondition: z.string().nullable(),
        failureLimit: z.int(),
        inconclusiveLimit: z.int().nullable(),
        consecutiveErrorLimit: z.int(),
        successes: z.int(),
        failures: z.int(),
        inconclusives: z.int(),
        errors: z.int(),
        measurements: z
          .array(
            z.object({
              at: timeSchema,
              verdict: z.enum([
                'success',
                'failure',
                'inconclusive',
                'error',
                'undecided',
                'ignored',
              ]),
              value: z.json(),
              query: z.string(),
              because: z.string(),
              figures: z.json().meta({
                description: 'What the judge reckoned: evidence, bounds, estimates; else null.',
              }),
            }),
          )
          .meta({ description: 'The newest 50, oldest first; the counts are of all.' }),
      }),
    ),
  })
  .meta({ id: 'AnalysisTold' });
export type AnalysisTold = z.output<typeof analysisToldSchema>;

/** Why a rollout is where it is, most important first: the decision made again from what is so now. */
export const explanationSchema = z
  .object({
    id: z.string(),
    application: z.string(),
    environment: z.string(),
    release: z.string(),
    phase: rolloutPhaseSchema,
    facts: z.array(z.object({ fact: z.string(), because: z.string() })),
    analyses: z.array(analysisToldSchema),
    events: z.array(
      z.object({
        at: timeSchema,
        type: z.string(),
        actor: z.string(),
        because: z.string(),
        outcome: z.string(),
      }),
    ),
  })
  .meta({ id: 'Explanation' });
export type Explanation = z.output<typeof explanationSchema>;

export const decisionQuerySchema = pageQuerySchema.extend({
  snapshots: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: 'Whether what was seen and all that was decided are in the answer.' }),
});
export const decisionListSchema = pageOf(
  z.object({
    object: z.string().meta({ description: 'rollout/ID or analysis/KEY' }),
    generation: z.int(),
    at: timeSchema,
    phase: z.string(),
    because: z.string(),
    wakeAt: timeSchema.nullable(),
    events: z.array(z.string()),
    same: z.boolean().meta({ description: 'What was seen then decides the same again now.' }),
    snapshot: z.json().optional(),
    decision: z.json().optional(),
  }),
).meta({ id: 'DecisionList' });
export type DecisionList = z.output<typeof decisionListSchema>;
