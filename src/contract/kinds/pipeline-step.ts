import { z } from 'zod';
import { byRule, durationSchema, nameSchema } from './common.ts';
import { freezeWindowSchema } from './environment.ts';

/**
 * The steps of a pipeline. Texts may hold `${{ CEL }}`; what is in them is filled in when the step begins. A value
 * never becomes part of a program: `shell` and `container` take values as environment variables only.
 */
const text = (most: number) => z.string().max(most);
const template = text(8192);
const condition = text(4096);

const needSchema = z.union([
  nameSchema,
  z.strictObject({
    step: nameSchema,
    is: z
      .array(z.enum(['succeeded', 'failed', 'errored', 'skipped', 'omitted', 'cancelled']))
      .min(1),
  }),
]);

const retrySchema = z.strictObject({
  limit: z.int().min(1).max(20),
  on: z
    .array(z.enum(['failed', 'errored']))
    .min(1)
    .default(['errored']),
  backoff: z
    .strictObject({
      initial: durationSchema.prefault('5s'),
      factor: z.number().min(1).max(10).default(2),
      max: durationSchema.prefault('5m'),
    })
    .prefault({}),
});

const forEachSchema = z
  .strictObject({
    items: z
      .union([z.array(z.json()).max(256), template])
      .optional()
      .meta({
        description: 'A list, or ${{ … }} that gives one. Each is `item` in the step.',
      }),
    matrix: z.record(text(63), z.array(z.json()).min(1).max(64)).optional().meta({
      description: 'Every combination; `item.KEY` in the step.',
    }),
    maxParallel: z.int().min(1).max(256).default(16),
  })
  .refine(
    (one) => (one.items === undefined) !== (one.matrix === undefined),
    byRule('give items or matrix', {
      fields: ['items', 'matrix'],
      hint: 'Keep one of them, such as items: [first, second].',
      mended: { items: [] },
      exactlyOne: true,
    }),
  );

const repeatSchema = z.strictObject({
  until: condition.meta({
    description: 'CEL over the outputs of the round: `outputs.ready == true`.',
  }),
  limit: z.int().min(1).max(1000),
  interval: durationSchema.prefault('10s'),
});

/** What every step may have beside its kind. */
const common = {
  name: nameSchema,
  needs: z.array(needSchema).max(100).default([]).meta({
    description:
      'Steps of the same list that must be over: `build`, or with the statuses that meet it.',
  }),
  when: condition.optional().meta({ description: 'CEL; the step is skipped when it is false.' }),
  environment: nameSchema.optional().meta({ description: 'Whose variables hold in this step.' }),
  forEach: forEachSchema.optional(),
  repeat: repeatSchema.optional(),
  retry: retrySchema.optional(),
  timeout: durationSchema.optional(),
  continueOnError: z.boolean().default(false).meta({
    description: 'A failure of this step fails neither the run nor what needs it.',
  }),
};

const environmentVariables = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/),
  z.union([template, z.strictObject({ secret: text(63) })]),
);
const expectedOutputs = z.record(text(63), condition).default({}).meta({
  description: 'Outputs, each a CEL expression over `response`.',
});

export const stepKinds = {
  deploy: z.strictObject({
    environment: nameSchema,
    application: template.optional().meta({ description: "The run's own when left out." }),
    release: template.optional().meta({ description: "Release id; the run's own when left out." }),
    fast: z.boolean().default(false),
    onCancel: z.enum(['abort', 'leave']).default('abort'),
    because: template.optional(),
  }),
  analyze: z.strictObject({
    environment: nameSchema,
    application: template.optional(),
    templates: z.array(nameSchema).min(1).max(20),
    args: z.record(text(63), template).default({}),
  }),
  approve: z.strictObject({
    approvers: z.array(text(253)).max(100).default([]).meta({
      description:
        'People who may; with roles, either is enough. Empty with no roles: any deployer.',
    }),
    roles: z
      .array(z.enum(['admin', 'deployer']))
      .max(2)
      .default([]),
    count: z.int().min(1).max(20).default(1),
    expires: durationSchema.prefault('7d'),
    allowSelf: z.boolean().default(false).meta({
      description: 'Whether who began the run, or wrote its commit, may approve it.',
    }),
    requireReason: z.boolean().default(false),
    message: template.optional(),
  }),
  wait: z
    .strictObject({
      duration: z.union([durationSchema, template]).optional(),
      until: template
        .optional()
        .meta({ description: 'An ISO 8601 time, or ${{ … }} that gives one.' }),
      window: freezeWindowSchema.omit({ name: true }).optional().meta({
        description: 'kind allow: waits until inside; deny: waits until outside.',
      }),
      environment: nameSchema.optional().meta({ description: 'Waits while it is frozen.' }),
    })
    .refine(
      (one) => Object.values(one).filter((value) => value !== undefined).length === 1,
      byRule('give one of duration, until, window, environment', {
        fields: ['duration', 'until', 'window', 'environment'],
        hint: 'Keep one of them, such as duration: 10m.',
        mended: { duration: '1s' },
        exactlyOne: true,
      }),
    ),
  http: z.strictObject({
    url: template,
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
    headers: environmentHeaders(),
    body: z.json().optional(),
    timeout: durationSchema.prefault('30s'),
    expect: z
      .strictObject({
        status: z
          .array(z.int().min(100).max(599))
          .max(50)
          .default([])
          .meta({ description: 'Any 2xx when empty.' }),
        condition: condition.optional(),
      })
      .prefault({}),
    outputs: expectedOutputs,
  }),
  shell: z
    .strictObject({
      command: z.array(text(4096)).min(1).max(100).optional().meta({
        description:
          'Program and arguments, started without a shell. Expressions are not filled in.',
      }),
      script: text(65_536).optional().meta({
        description:
          'Run by sh -eu from a file. Expressions are not filled in: hand values over in env.',
      }),
      env: environmentVariables.default({}),
      checkout: z.boolean().default(false).meta({
        description:
          "Begin in the service's source at the run's commit; else in an empty directory.",
      }),
      timeout: durationSchema.prefault('1h'),
    })
    .refine(
      (one) => (one.command === undefined) !== (one.script === undefined),
      byRule('give command or script', {
        fields: ['command', 'script'],
        hint: 'Keep one of them: command: [make, test], or script with lines for sh.',
        mended: { script: 'true' },
        exactlyOne: true,
      }),
    ),
  container: z.strictObject({
    image: template,
    command: z.array(text(4096)).max(100).default([]),
    env: environmentVariables.default({}),
    cpus: z.number().min(0.01).max(64).default(1),
    memory: z
      .string()
      .regex(/^\d+(Ki|Mi|Gi)$/, 'use an amount such as 512Mi')
      .default('512Mi'),
    network: z.enum(['none', 'bridge']).default('bridge'),
    timeout: durationSchema.prefault('1h'),
  }),
  git: z.strictObject({
    repository: template
      .optional()
      .meta({ description: 'Name of a source; that of the application when left out.' }),
    branch: template.optional(),
    commit: z.strictObject({
      message: template,
      files: z
        .record(text(1024), z.union([template, z.null()]))
        .meta({ description: 'Path and new content; null removes it.' }),
    }),
    pullRequest: z
      .strictObject({
        host: z.enum(['github', 'gitlab']),
        api: template
          .optional()
          .meta({ description: 'Address of the API, for a host of your own.' }),
        project: template.meta({ description: 'OWNER/NAME.' }),
        base: template.optional(),
        title: template,
        body: template.optional(),
        token: z.strictObject({ secret: text(63) }),
      })
      .optional(),
  }),
  notify: z.strictObject({
    channels: z.array(nameSchema).min(1).max(20),
    message: template,
    severity: z.enum(['info', 'warning', 'error']).default('info'),
  }),
  state: z
    .strictObject({
      environment: nameSchema
        .optional()
        .meta({ description: 'What runs there: stable, active rollout, health of each target.' }),
      application: template.optional(),
      http: z.strictObject({ url: template, timeout: durationSchema.prefault('10s') }).optional(),
      until: condition
        .optional()
        .meta({ description: 'CEL over `state`; asked again until it is true.' }),
      interval: durationSchema.prefault('10s'),
      outputs: z.record(text(63), condition).default({}),
    })
    .refine(
      (one) => (one.environment === undefined) !== (one.http === undefined),
      byRule('give environment or http', {
        fields: ['environment', 'http'],
        hint: 'Keep one of them.',
        mended: { http: { url: 'http://localhost' } },
        exactlyOne: true,
      }),
    ),
  pipeline: z.strictObject({
    name: nameSchema,
    inputs: z.record(text(63), z.json()).default({}),
    wait: z.boolean().default(true),
  }),
} as const;

function environmentHeaders() {
  return z.record(text(128), z.union([template, z.strictObject({ secret: text(63) })])).default({});
}

export type StepKindName = keyof typeof stepKinds;
export const stepKindNames = Object.keys(stepKinds) as readonly StepKindName[];

const about: { readonly [K in StepKindName]: string } = {
  deploy: 'Commits a release into an environment, and waits until its rollout has ended.',
  analyze: 'Judges what runs in an environment by AnalysisTemplates.',
  approve: 'Waits until enough people have agreed.',
  wait: 'Waits for time.',
  http: 'Sends one request and looks at its answer.',
  shell: 'Runs a program on a worker.',
  container: 'Runs a container beside a worker.',
  git: 'Makes one commit, and a pull request of it if it is asked for.',
  notify: 'Sends a message to channels.',
  state: 'Looks at what runs in an environment, or at an address, until it is as it should be.',
  pipeline: 'Begins a run of another pipeline.',
};
const optionalKinds = Object.fromEntries(
  Object.entries(stepKinds).map(([kind, schema]) => [
    kind,
    schema.optional().meta({ description: about[kind as StepKindName] }),
  ]),
) as { [K in StepKindName]: z.ZodOptional<(typeof stepKinds)[K]> };

export const stepSchema = z.strictObject({ ...common, ...optionalKinds }).refine(
  (step) => stepKindNames.filter((kind) => step[kind] !== undefined).length === 1,
  byRule(`give just one of ${stepKindNames.join(', ')}`, {
    fields: stepKindNames,
    hint: 'A step does one thing; begin a new item with - for another.',
    mended: { wait: { duration: '1s' } },
    exactlyOne: true,
  }),
);

export type PipelineStep = z.output<typeof stepSchema>;
export type StepSettings<K extends StepKindName = StepKindName> = z.output<(typeof stepKinds)[K]>;
