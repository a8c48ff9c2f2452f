import { z } from 'zod';
import { patternFault } from '../../platform/text/pattern.ts';
import { byRule, durationSchema, nameSchema } from './common.ts';

/** Which analysis templates judge, with which arguments. */
export const analysisRefSchema = z.strictObject({
  templates: z.array(nameSchema).min(1).max(20),
  args: z.record(z.string().max(63), z.string().max(4096)).default({}),
});

export const stickySchema = z.strictObject({
  cookie: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .default('tidegate-version'),
  ttl: durationSchema.default(3_600_000),
});

/** Visitors choose the values: only what can be matched in linear time is taken. */
const regexSchema = z
  .string()
  .max(256)
  .superRefine((text, context) => {
    const message = patternFault(text);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });

/** A header or cookie of the request; exactly one way to compare. */
const valueMatch = {
  exact: z.string().max(1024).optional(),
  prefix: z.string().max(1024).optional(),
  regex: regexSchema.optional(),
};
const oneWay = (match: {
  exact?: string | undefined;
  prefix?: string | undefined;
  regex?: string | undefined;
}) => [match.exact, match.prefix, match.regex].filter((way) => way !== undefined).length === 1;
const matchByName = z
  .strictObject({ name: z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/), ...valueMatch })
  .refine(
    oneWay,
    byRule('give exactly one of exact, prefix and regex', {
      fields: ['exact', 'prefix', 'regex'],
      hint: 'Keep one of exact, prefix and regex, such as exact: "beta".',
      mended: { exact: '' },
      exactlyOne: true,
    }),
  );

export const requestMatchSchema = z.union([
  z.strictObject({ header: matchByName }),
  z.strictObject({ cookie: matchByName }),
]);

const weight = z.int().min(0).max(100);

export const canaryStepSchema = z.union([
  z.strictObject({
    setWeight: weight.meta({ description: 'Percent of the traffic that the candidate gets.' }),
  }),
  z.strictObject({
    pause: z.strictObject({
      duration: durationSchema
        .optional()
        .meta({ description: 'How long; without it, until a person promotes.' }),
    }),
  }),
  z.strictObject({ analysis: analysisRefSchema }),
  z.strictObject({
    approval: z.strictObject({
      count: z.int().min(1).max(20).default(1),
      approvers: z
        .array(z.string().max(253))
        .max(100)
        .default([])
        .meta({ description: 'Who may approve; empty means anyone who may deploy here.' }),
      expires: durationSchema.default(86_400_000),
    }),
  }),
  z.strictObject({
    setHeaderRoute: z.strictObject({ match: z.array(requestMatchSchema).max(10) }).meta({
      description:
        'Requests that match go to the candidate whatever the weight is; an empty list removes the route.',
    }),
  }),
]);

const comparedWith = z.enum(['stable', 'fresh']).optional().meta({
  description:
    'What analyses compare the candidate with: the stable release as it runs (stable, the default), or a copy of it that starts with the candidate and has as many replicas and as much traffic (fresh).',
});

/**
 * Id under which targets run the fresh copy of a release, beside the release itself, in the rollout that a commit opened:
 * `r-5b1f0c9d2e47.baseline-3fe1a09c`. Each rollout's has a name of its own, since routers and metrics count by it, and
 * what an earlier copy did must not be counted again.
 */
export const copyIdOf = (release: string, commit: string): string =>
  `${release}.baseline-${commit.slice(0, 8)}`;

export const canarySchema = z.strictObject({
  steps: z.array(canaryStepSchema).min(1).max(100),
  backgroundAnalysis: analysisRefSchema
    .extend({
      startingStep: z.int().min(0).max(100).default(0).meta({
        description:
          'Index of the step, from 0, at which it starts; it runs until the wave is promoted.',
      }),
    })
    .optional(),
  baseline: comparedWith,
  sticky: stickySchema.optional(),
});

export const blueGreenSchema = z.strictObject({
  prePromotionAnalysis: analysisRefSchema
    .optional()
    .meta({ description: 'Judges the candidate on its preview address before it gets traffic.' }),
  postPromotionAnalysis: analysisRefSchema
    .optional()
    .meta({ description: 'Judges it after the switch; on failure traffic switches back at once.' }),
  autoPromotion: z
    .boolean()
    .default(true)
    .meta({ description: 'false waits for a person between preview and switch.' }),
  scaleDownDelay: durationSchema.default(30_000).meta({
    description: 'How long the old version is kept after the switch, ready to be switched back to.',
  }),
});

export const progressiveSchema = z.strictObject({
  steps: z
    .array(
      z.strictObject({
        percent: z
          .int()
          .min(1)
          .max(100)
          .meta({ description: 'Percent of the replicas of each target that run the candidate.' }),
        pause: durationSchema.default(0),
        analysis: analysisRefSchema.optional(),
      }),
    )
    .min(1)
    .max(100),
  backgroundAnalysis: analysisRefSchema.optional(),
  baseline: comparedWith,
});

export const abTestSchema = z.strictObject({
  match: z.array(requestMatchSchema).min(1).max(10),
  duration: durationSchema,
  analysis: analysisRefSchema.optional().meta({
    description: 'Runs for the whole duration and decides whether the candidate is promoted.',
  }),
  onSuccess: z.enum(['promote', 'hold']).default('promote').meta({
    description:
      'What follows a test that passed: promote the candidate, or hold until a person promotes or aborts.',
  }),
});

/** Exactly one of these. */
export const strategySchema = z
  .strictObject({
    canary: canarySchema.optional(),
    blueGreen: blueGreenSchema.optional(),
    progressive: progressiveSchema.optional(),
    abTest: abTestSchema.optional(),
  })
  .refine(
    (s) => Object.values(s).filter((one) => one !== undefined).length === 1,
    byRule('give exactly one of canary, blueGreen, progressive and abTest', {
      fields: ['canary', 'blueGreen', 'progressive', 'abTest'],
      hint: 'Keep one of canary, blueGreen, progressive and abTest, such as blueGreen: {}.',
      mended: { blueGreen: {} },
      exactlyOne: true,
    }),
  );

export type Strategy = z.output<typeof strategySchema>;
export type CanaryStep = z.output<typeof canaryStepSchema>;
export type AnalysisRef = z.output<typeof analysisRefSchema>;
export type RequestMatch = z.output<typeof requestMatchSchema>;
