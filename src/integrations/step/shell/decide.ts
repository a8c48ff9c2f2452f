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
  command: z.array(z.string()).optional(),
  script: z.string().optional(),
  env: z.record(z.string(), z.union([filledText, secretRef])).default({}),
  checkout: z.boolean().default(false),
  timeout: filledDuration.default(3_600_000),
});

/** What `run` gets. */
export const shellEffectSchema = settingsSchema;
export type ShellEffect = z.output<typeof shellEffectSchema>;

/** What came of a program. `tail` is the end of what it printed, without secrets. */
export const programEndSchema = z.object({
  code: z.int().nullable(),
  signal: z.string().nullable(),
  /** It was ended because it took longer than it may. */
  isLate: z.boolean(),
  tail: z.string(),
  outputs: z.record(z.string(), z.string()),
});
export type ProgramEnd = z.output<typeof programEndSchema>;

/** One program, begun once and waited for. Its exit code is the answer; without one there is none. */
export const decideShell = totalDecide({ settings: settingsSchema, memory: askedSchema }, (look) =>
  decideOneEffect(look, {
    doing: `running ${nameOf(look.settings)}`,
    effect: effectOf(look.settings),
    value: programEndSchema,
    done: (end) => programEnd(end, look.settings.timeout),
  }),
);

const nameOf = ({ command }: ShellEffect): string => command?.[0] ?? 'the script';

function effectOf({ command, script, env, checkout, timeout }: ShellEffect) {
  const program = command === undefined ? { script: script ?? '' } : { command };
  return { ...program, env, checkout, timeout };
}

/** How the step ends by how its program did. */
export function programEnd(
  { code, signal, isLate, tail, outputs }: ProgramEnd,
  timeout: number,
): End {
  const all = { ...outputs, exitCode: code };
  const said = tail === '' ? '' : `: ${tail}`;
  if (isLate) return errored(`it took longer than ${span(timeout)} and was ended${said}`, all);
  if (code === 0) return ended('succeeded', 'it ended with code 0', all);
  if (code === null) return ended('failed', `it was ended by ${signal ?? 'a signal'}${said}`, all);
  return ended('failed', `it ended with code ${code}${said}`, all);
}
