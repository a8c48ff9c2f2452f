import { z } from 'zod';
import type { Json } from '../../../platform/ids/types.ts';
import { askedSchema, decideOneEffect } from '../asked.ts';
import { ended, filledDuration, filledText, secretRef, totalDecide } from '../typed.ts';

const settingsSchema = z.object({
  url: filledText,
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
  headers: z.record(z.string(), z.union([secretRef, filledText])).default({}),
  body: z.unknown().optional(),
  timeout: filledDuration.default(30_000),
  expect: z
    .object({
      status: z.array(z.number()).default([]),
      condition: z.string().nullish(),
    })
    .default({ status: [] }),
  outputs: z.record(z.string(), z.string()).default({}),
});

/** What `run` gets. */
export const httpEffectSchema = settingsSchema;
export type HttpEffect = z.output<typeof httpEffectSchema>;

/** `failed`: there is an answer, and it is not the expected one. `errored`: there is none, or it cannot be judged. */
export const httpDoneSchema = z.object({
  is: z.enum(['succeeded', 'failed', 'errored']),
  because: z.string(),
  outputs: z.record(z.string(), z.unknown()),
});

/** One request, judged by its status and by a condition. */
export const decideHttp = totalDecide({ settings: settingsSchema, memory: askedSchema }, (look) => {
  const { method, url } = look.settings;
  return decideOneEffect(look, {
    doing: `asking ${method} ${shown(url)}`,
    effect: look.settings as Json,
    value: httpDoneSchema,
    done: ({ is, because, outputs }) =>
      ended(is, because, outputs as { readonly [name: string]: Json }),
  });
});

/** Without a password, and without what follows the path: it may hold a token. */
function shown(text: string): string {
  const url = URL.parse(text);
  return url ? `${url.origin}${url.pathname}`.slice(0, 200) : text.slice(0, 100);
}
