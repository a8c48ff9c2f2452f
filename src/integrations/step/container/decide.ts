import { z } from 'zod';
import { span } from '../../../platform/text/times.ts';
import { askedSchema, decideOneEffect } from '../asked.ts';
import {
  type End,
  ended,
  errored,
  filledDuration,
  filledText,
  secretRef,
  totalDecide,
} from '../typed.ts';

const settingsSchema = z.object({
  image: filledText,
  command: z.array(z.string()).default([]),
  env: z.record(z.string(), z.union([filledText, secretRef])).default({}),
  cpus: z.number().default(1),
  memory: z.string().default('512Mi'),
  network: z.enum(['none', 'bridge']).default('bridge'),
  timeout: filledDuration.default(3_600_000),
});

/** What `run` gets. */
export const containerEffectSchema = settingsSchema.extend({
  /** ISO 8601: until then an engine that does not answer is waited for. */
  until: z.iso.datetime(),
});
export type ContainerEffect = z.output<typeof containerEffectSchema>;

/** What came of it. `tail` is the end of what it printed, without secrets. */
export const containerEndSchema = z.union([
  z.object({ is: z.literal('none'), because: z.string() }),
  z.object({
    is: z.literal('ended'),
    code: z.int(),
    isOutOfMemory: z.boolean(),
    isLate: z.boolean(),
    tail: z.string(),
  }),
]);
export type ContainerEnd = z.output<typeof containerEndSchema>;

/** One container, begun once and waited for. Its exit code is the answer; without one there is none. */
export const decideContainer = totalDecide(
  { settings: settingsSchema, memory: askedSchema },
  (look) =>
    decideOneEffect(look, {
      doing: `running ${look.settings.image}`,
      effect: {
        ...look.settings,
        until: new Date(look.since.getTime() + look.settings.timeout).toISOString(),
      },
      value: containerEndSchema,
      done: (end) => containerEnd(end, look.settings),
    }),
);

/** How the step ends by how its container did. */
export function containerEnd(
  end: ContainerEnd,
  { timeout, memory }: { readonly timeout: number; readonly memory: string },
): End {
  if (end.is === 'none') return errored(end.because);
  const { code, isOutOfMemory, isLate, tail } = end;
  const said = tail === '' ? '' : `: ${tail}`;
  const outputs = { exitCode: code };
  if (isLate) return errored(`it took longer than ${span(timeout)} and was ended${said}`, outputs);
  if (code === 0) return ended('succeeded', 'it ended with code 0', outputs);
  if (isOutOfMemory)
    return ended('failed', `it was ended for using more than ${memory} of memory${said}`, outputs);
  return ended('failed', `it ended with code ${code}${said}`, outputs);
}
