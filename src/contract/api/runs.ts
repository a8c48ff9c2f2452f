import { z } from 'zod';
import { nameSchema } from '../kinds/common.ts';
import { stepKindNames } from '../kinds/pipeline-step.ts';
import { pageOf, pageQuerySchema, reasonSchema, timeSchema } from './common.ts';
import { eventSchema } from './events.ts';

export const runPhaseSchema = z.enum([
  'queued',
  'running',
  'finishing',
  'succeeded',
  'failed',
  'errored',
  'cancelled',
]);

export const stepStatusSchema = z.enum([
  'pending',
  'running',
  'backingOff',
  'succeeded',
  'failed',
  'errored',
  'cancelled',
  'skipped',
  'omitted',
]);

export const runParamsSchema = z.object({ id: z.string().regex(/^run-[0-9a-z-]{1,120}$/) });
/** A step, or one of a forEach: `test`, `test[2]`. */
export const stepParamsSchema = runParamsSchema.extend({
  step: z.string().regex(/^[a-z0-9-]{1,63}(\[\d{1,4}\])?$/),
});

export const runListQuerySchema = pageQuerySchema.extend({
  application: nameSchema.optional(),
  pipeline: nameSchema.optional(),
  phase: runPhaseSchema.optional(),
  active: z.stringbool().optional().meta({ description: 'true: only those that are not over.' }),
  awaiting: z
    .stringbool()
    .optional()
    .meta({ description: 'true: only those that wait for a person.' }),
  parent: z.string().max(130).optional().meta({ description: 'Runs that this run began.' }),
});

const runRowShape = z.object({
  id: z.string(),
  pipeline: z.string(),
  application: z.string().nullable(),
  release: z.string().nullable(),
  commit: z.string().nullable(),
  spec: z.string().meta({ description: 'SHA-256 of the specification that this run goes by.' }),
  trigger: z.string(),
  actor: z.string(),
  group: z.string().nullable(),
  phase: runPhaseSchema,
  terminal: z.boolean(),
  because: z.string().meta({ description: 'Why it is where it is, and what it waits for.' }),
  awaiting: z.array(z.string()).meta({ description: 'Steps that wait for a person.' }),
  done: z.int().meta({ description: 'Steps that are over.' }),
  steps: z.int(),
  parent: z.string().nullable(),
  openedAt: timeSchema,
  startedAt: timeSchema.nullable(),
  updatedAt: timeSchema,
  endedAt: timeSchema.nullable(),
});
export const runRowSchema = runRowShape.meta({ id: 'RunRow' });
export type RunRowView = z.output<typeof runRowSchema>;

const actionViewSchema = z.object({
  action: z.string(),
  label: z.string(),
  allowed: z.boolean(),
  reason: z.string().meta({ description: 'What it does, or why it is not allowed.' }),
});

export const runStepSchema = z.object({
  name: z.string().meta({ description: 'Of the instance: `test`, or `test[2]` of a forEach.' }),
  step: z.string(),
  index: z.int().nullable(),
  item: z.json(),
  section: z.enum(['steps', 'onFailure', 'finally']),
  kind: z.enum(stepKindNames),
  environment: z.string().nullable(),
  status: stepStatusSchema,
  because: z.string(),
  attempt: z.int(),
  rounds: z.int(),
  outputs: z.record(z.string(), z.json()),
  answers: z.array(
    z.object({
      action: z.enum(['approve', 'reject']),
      actor: z.string(),
      because: z.string(),
      at: timeSchema,
    }),
  ),
  startedAt: timeSchema.nullable(),
  endedAt: timeSchema.nullable(),
  wakeAt: timeSchema.nullable(),
  actions: z.array(actionViewSchema),
});
export type RunStepView = z.output<typeof runStepSchema>;

export const runEdgeSchema = z.object({
  from: z.string(),
  to: z.string(),
  is: z
    .array(stepStatusSchema)
    .nullable()
    .meta({ description: 'Statuses that meet the need; null for a bare need.' }),
});

export const runViewSchema = runRowShape
  .extend({
    inputs: z.record(z.string(), z.json()),
    origin: z.object({
      trigger: z.string(),
      actor: z.string(),
      because: z.string(),
      parent: z.object({ run: z.string(), step: z.string() }).nullable(),
      event: z.json(),
    }),
    stopping: z.object({ actor: z.string(), because: z.string() }).nullable(),
    graph: z.object({ steps: z.array(runStepSchema), edges: z.array(runEdgeSchema) }),
    children: z.array(z.string()).meta({ description: 'Runs that its steps began.' }),
    actions: z
      .array(actionViewSchema)
      .meta({ description: 'What may be asked of it now, and why not.' }),
  })
  .meta({ id: 'Run' });
export type RunView = z.output<typeof runViewSchema>;

export const runListSchema = pageOf(runRowSchema);

export const startRunSchema = z
  .object({
    pipeline: nameSchema.optional(),
    application: nameSchema.optional(),
    inputs: z.record(z.string().max(63), z.json()).default({}),
    release: z.string().max(200).optional().meta({
      description: 'Id of a release of the application, or the beginning of one.',
    }),
    commit: z.string().max(200).optional(),
    because: reasonSchema.optional(),
  })
  .refine(
    ({ pipeline, application }) => pipeline !== undefined || application !== undefined,
    'name a pipeline or an application',
  );

export const runStartedSchema = z.object({ id: z.string(), created: z.boolean() });

export const runActionBodySchema = z.object({
  action: z.enum(['cancel', 'retry']),
  because: reasonSchema.default(''),
});
export const runActionDoneSchema = z.object({
  accepted: z.boolean(),
  requestId: z.string(),
  id: z.string().meta({ description: 'The run; of a retry, the new one.' }),
});

export const stepAnswerBodySchema = z.object({
  action: z.enum(['approve', 'reject']),
  because: reasonSchema.default(''),
});
export const stepAnswerDoneSchema = z.object({ accepted: z.boolean(), requestId: z.string() });

export const applicationParamsSchema = z.object({ name: nameSchema });

export const pipelineViewSchema = z.object({
  name: z.string(),
  generated: z
    .boolean()
    .meta({ description: 'Made from the path of the application through environments.' }),
  document: z.json().meta({
    description: 'With defaults filled in; durations in milliseconds.',
  }),
});

export const pipelineListSchema = z.object({
  items: z.array(
    z.object({
      name: z.string(),
      description: z.string().nullable(),
      repository: z.string(),
      path: z.string(),
      steps: z.int(),
      triggers: z.array(z.string()),
      inputs: z.array(z.string()),
      lastRun: runRowSchema.nullable(),
    }),
  ),
});

export const runExplanationSchema = z.object({
  id: z.string(),
  pipeline: z.string(),
  phase: runPhaseSchema,
  facts: z.array(z.object({ fact: z.string(), because: z.string() })),
  events: z.array(eventSchema),
});
