import { z } from 'zod';
import { parseDuration } from '../../contract/kinds/common.ts';
import { problem } from '../../platform/errors/problem.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { StepAdapter, StepLook, StepMove, StepOutcome } from './port.ts';
import { problemWords } from './words.ts';

export type End = Extract<StepMove, { readonly is: 'end' }>;
export type Cancelled = NonNullable<StepLook['cancelled']>;

/** A look whose settings, memory and facts are of the kind's own shapes; null is none (yet). */
export type TypedLook<Settings, Memory, Facts = null> = Pick<
  StepLook,
  'subject' | 'outcome' | 'answers' | 'cancelled'
> & {
  readonly settings: Settings;
  readonly memory: Memory | null;
  readonly facts: Facts | null;
  readonly since: Date;
};

type Shapes<Settings, Memory, Facts> = {
  readonly settings: z.ZodType<Settings>;
  readonly memory: z.ZodType<Memory>;
  readonly facts?: z.ZodType<Facts>;
};

/** Bytes of memory and of outputs, as JSON. */
const largest = 16_384;

/** A text that may have been filled in with a number or a boolean. */
export const filledText = z
  .union([z.string(), z.number(), z.boolean()])
  .transform((value) => String(value));
/** The same where an expression may have given null, which is as if it was left out. */
export const optionalText = filledText.nullish().transform((value) => value ?? null);
/** ms, or a text such as 10m that an expression gave. */
export const filledDuration = z
  .union([z.number(), z.string().transform(parseDuration)])
  .refine((ms) => ms >= 0 && ms <= 90 * 86_400_000, 'use a duration such as 10m, at most 90d');
export const secretRef = z.object({ secret: z.string() });

/**
 * A decision that is total: what does not have the kind's shape, and what is too large to be kept, ends the step
 * instead of throwing.
 */
export function totalDecide<Settings, Memory extends Json, Facts = null>(
  shapes: Shapes<Settings, Memory, Facts>,
  decide: (look: TypedLook<Settings, Memory, Facts>, now: Date) => StepMove,
): StepAdapter['decide'] {
  return (look, now) => {
    const settings = shapes.settings.safeParse(look.settings);
    const memory = look.memory === null ? null : shapes.memory.safeParse(look.memory);
    const facts = look.facts === null ? null : (shapes.facts ?? z.unknown()).safeParse(look.facts);
    const since = new Date(look.since);
    if (!settings.success) return unusable(look, 'TG1907', firstIssue(settings.error));
    if (memory?.success === false || Number.isNaN(since.getTime()))
      return unusable(look, 'TG1907', 'what it wrote down before cannot be read');
    if (facts?.success === false)
      return unusable(look, 'TG1907', `what was found cannot be read: ${firstIssue(facts.error)}`);
    const { subject, outcome, answers, cancelled } = look;
    const typed = {
      ...{ subject, outcome, answers, cancelled, since },
      settings: settings.data,
      memory: memory?.data ?? null,
      facts: (facts?.data as Facts | undefined) ?? null,
    };
    return bounded(look, decide(typed, now));
  };
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  const path = issue?.path.map(String).join('.') ?? '';
  return `${path === '' ? '' : `${path}: `}${issue?.message ?? 'not of its shape'}`;
}

function unusable(look: StepLook, code: 'TG1907' | 'TG1915', detail: string): End {
  if (look.cancelled) return cancelledEnd(look.cancelled);
  return errored(problemWords(problem(code, { detail })));
}

function bounded(look: StepLook, move: StepMove): StepMove {
  const kept = move.is === 'end' ? move.outputs : move.memory;
  const size = Buffer.byteLength(JSON.stringify(kept) ?? '');
  if (size <= largest) return move;
  const what = move.is === 'end' ? 'Its outputs have' : 'What it has to remember has';
  return unusable(look, 'TG1915', `${what} ${size} bytes, of at most ${largest}`);
}

export const ended = (
  status: End['status'],
  because: string,
  outputs: End['outputs'] = {},
): End => ({ is: 'end', status, because, outputs });
export const errored = (because: string, outputs: End['outputs'] = {}): End =>
  ended('errored', because, outputs);
export const cancelledEnd = (
  { actor, because }: Cancelled,
  more = '',
  outputs: End['outputs'] = {},
): End =>
  ended(
    'cancelled',
    `${actor} stopped it${because ? `: ${because}` : ''}${more === '' ? '' : `; ${more}`}`,
    outputs,
  );

/** ms from now. */
export const later = (now: Date, ms: number): Date => new Date(now.getTime() + ms);

/**
 * What came of the effect: its value when it has the expected shape, else why there is none. Effects of a step answer
 * with values; only what nobody foresaw comes as a problem.
 */
export function cameOf<T>(
  outcome: StepOutcome,
  shape: z.ZodType<T>,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly because: string } {
  if (!outcome.ok) return { ok: false, because: problemWords(outcome.problem) };
  const parsed = shape.safeParse(outcome.value);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, because: `what came of it cannot be read: ${firstIssue(parsed.error)}` };
}
