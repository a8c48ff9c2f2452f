import { z } from 'zod';

/** Names become paths, URL segments and labels: DNS labels of RFC 1123, at most 63 characters. */
export const nameSchema = z
  .string()
  .max(63)
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    'use lower-case letters, digits and -, starting and ending with a letter or digit',
  )
  // The one DNS label that every JavaScript object has, so that a name is never taken for what a record inherits.
  .refine((name) => name !== 'constructor', 'constructor cannot be a name')
  .meta({
    description: 'A DNS label (RFC 1123): lower-case letters, digits and -, at most 63 characters.',
  });

/** What a refinement says of fields that belong together; reading on needs a value that would have been right. */
export type Rule = {
  readonly fields: readonly string[];
  readonly hint: string;
  /** Values that make the object right, beside those of its other fields. */
  readonly mended: Readonly<Record<string, unknown>>;
  /** Just one of the fields may be given. */
  readonly exactlyOne?: boolean;
};

export const byRule = (message: string, rule: Rule) => ({ message, params: { rule } });

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
export const durationPattern = /^(\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;

/** Milliseconds of `250ms`, `30s`, `1h30m`; NaN when it is none of these. */
export function parseDuration(text: string): number {
  if (!durationPattern.test(text)) return Number.NaN;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (units[unit ?? ''] ?? Number.NaN);
  }
  return Math.round(total);
}

/** The shortest text that `parseDuration` reads back as the same number of milliseconds: 5400000 is `90m`. */
export function renderDuration(ms: number): string {
  const unit = ['d', 'h', 'm', 's'].find((one) => ms > 0 && ms % (units[one] ?? 1) === 0) ?? 'ms';
  return `${ms / (units[unit] ?? 1)}${unit}`;
}

const longestDuration = 90 * 86_400_000;

/** A duration in a document, as text; milliseconds once parsed. At most 90 days. */
export const durationSchema = z
  .string()
  .regex(durationPattern, 'use a duration such as 250ms, 30s, 10m or 1h30m')
  .transform(parseDuration)
  .refine((ms) => ms <= longestDuration, 'use at most 90d')
  .meta({ description: 'A duration: 250ms, 30s, 10m, 1h30m, at most 90d.' });

export const metadataSchema = z.strictObject({
  name: nameSchema,
  labels: z.record(z.string().max(63), z.string().max(253)).default({}),
  annotations: z.record(z.string().max(253), z.string().max(4096)).default({}),
});

/** Wraps a kind's spec as a whole document. */
export function documentSchema<Kind extends string, Spec extends z.ZodType>(
  kind: Kind,
  spec: Spec,
) {
  return z.strictObject({
    apiVersion: z.literal('tidegate.dev/v1'),
    kind: z.literal(kind),
    metadata: metadataSchema,
    spec,
  });
}
