import { z } from 'zod';
import { freezeWindowSchema } from '../../../contract/kinds/environment.ts';
import { type FreezeWindow, freezeAt, windowFault } from '../../../contract/kinds/freeze.ts';
import { clock, span } from '../../../platform/text/times.ts';
import type { StepMove } from '../port.ts';
import {
  cancelledEnd,
  ended,
  errored,
  filledDuration,
  filledText,
  later,
  optionalText,
  type TypedLook,
  totalDecide,
} from '../typed.ts';

const windowSchema = z.object({
  kind: freezeWindowSchema.shape.kind,
  rrule: z.string(),
  duration: filledDuration,
  timezone: z.string().default('UTC'),
});
const settingsSchema = z.object({
  duration: filledDuration.nullish(),
  until: z.union([filledText, z.null()]).optional(),
  window: windowSchema.nullish(),
  environment: optionalText,
});
/** Windows of the environment as declared now; null when it is not declared. */
export const waitFactsSchema = z.object({
  windows: z
    .array(windowSchema.extend({ name: z.string() }))
    .max(50)
    .nullable(),
});
const memorySchema = z.object({ is: z.literal('waiting') });

type Look = TypedLook<
  z.output<typeof settingsSchema>,
  z.output<typeof memorySchema>,
  z.output<typeof waitFactsSchema>
>;

/** ms: an environment's windows are looked at this often, since an edit of them is no news for a step. */
const windowsLook = 60_000;
/** ms: looks at a window of which nobody can say when it ends. */
const unknownLook = 300_000;

/**
 * Waits for time. First match wins:
 *
 *   cancelled                          → cancelled
 *   duration                           → until that long after it began
 *   until                              → until that time; one that has passed is no wait
 *   window (allow: in it, deny: out)   → until then; a rule that cannot be worked out is an error, never an opening
 *   environment                        → while its freeze windows hold, as they are declared now
 */
export const decideWait = totalDecide(
  { settings: settingsSchema, memory: memorySchema, facts: waitFactsSchema },
  (look: Look, now: Date): StepMove => {
    const { settings, cancelled, since } = look;
    if (cancelled) return cancelledEnd(cancelled);
    if (settings.duration != null) {
      const end = later(since, settings.duration);
      return untilThen(look, end, now, `${span(settings.duration)} from its beginning`);
    }
    if (settings.until != null) {
      const end = new Date(settings.until);
      if (Number.isNaN(end.getTime()))
        return errored(`"${settings.until.slice(0, 100)}" is not an ISO 8601 time`);
      return untilThen(look, end, now, 'as declared');
    }
    if (settings.window != null) return forWindow(look, settings.window, now);
    return whileFrozen(look, now);
  },
);

function untilThen(look: Look, end: Date, now: Date, why: string): StepMove {
  if (now >= end) return over(look, now);
  return waiting(`waiting until ${clock(end.getTime(), now.getTime())} (${why})`, end);
}

function forWindow(look: Look, window: z.output<typeof windowSchema>, now: Date): StepMove {
  const fault = windowFault(window);
  if (fault) return errored(`the window cannot be worked out: ${fault.detail}`);
  const name = window.kind === 'allow' ? 'the window to open' : 'the window to close';
  return outside(look, [{ ...window, name }], now, () => `waiting for ${name}`);
}

function whileFrozen(look: Look, now: Date): StepMove {
  const { settings, facts } = look;
  if (facts === null) return waiting(`looking at the windows of ${settings.environment}`, now);
  if (facts.windows === null) return errored(`environment ${settings.environment} is not declared`);
  return outside(
    look,
    facts.windows,
    now,
    (window) => `waiting while ${settings.environment} is frozen by ${window}`,
    windowsLook,
  );
}

function outside(
  look: Look,
  windows: readonly FreezeWindow[],
  now: Date,
  words: (window: string) => string,
  most = unknownLook,
): StepMove {
  const { frozen, window, until } = freezeAt(windows, now);
  if (!frozen) return over(look, now);
  const end = until === null ? null : new Date(until);
  const look2 = later(now, most);
  const wakeAt = end !== null && (end < look2 || most === unknownLook) ? end : look2;
  return waiting(
    `${words(window)}${end === null ? '' : `, until ${clock(end.getTime(), now.getTime())}`}`,
    wakeAt,
  );
}

const waiting = (because: string, wakeAt: Date): StepMove => ({
  is: 'wait',
  because,
  memory: { is: 'waiting' },
  wakeAt,
});

function over({ since }: Look, now: Date): StepMove {
  const waited = Math.max(0, now.getTime() - since.getTime());
  const outputs = { from: since.toISOString(), until: now.toISOString(), waited };
  return ended(
    'succeeded',
    waited < 1_000 ? 'there was nothing to wait for' : `waited ${span(waited)}`,
    outputs,
  );
}
