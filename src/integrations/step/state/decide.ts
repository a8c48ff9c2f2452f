import { z } from 'zod';
import type { Json } from '../../../platform/ids/types.ts';
import { evaluateAll, evaluateCondition } from '../answer.ts';
import type { StepMove } from '../port.ts';
import {
  cameOf,
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

export const settingsSchema = z.object({
  environment: optionalText,
  application: optionalText,
  http: z.object({ url: filledText, timeout: filledDuration.default(10_000) }).nullish(),
  until: z.string().nullish(),
  interval: filledDuration.default(10_000),
  outputs: z.record(z.string(), z.string()).default({}),
});
const memorySchema = z.object({
  is: z.enum(['asking', 'waiting']),
  /** How often it asked, when it asks next, and what came last. */
  asked: z.number(),
  at: z.string().nullable(),
  last: z.string(),
});
/** What runs there now; null when the application or the environment is not declared. */
export const stateFactsSchema = z.object({ state: z.record(z.string(), z.unknown()).nullable() });

export const stateEffectSchema = z.object({
  url: z.string(),
  timeout: z.number(),
  until: z.string().nullable(),
  outputs: z.record(z.string(), z.string()),
});
/** `notYet`: asked again while there is an `until`. `errored`: no value, and asking again would not help. */
export const stateDoneSchema = z.object({
  is: z.enum(['met', 'notYet', 'errored']),
  because: z.string(),
  outputs: z.record(z.string(), z.unknown()),
});

type Memory = z.output<typeof memorySchema>;
type Look = TypedLook<z.output<typeof settingsSchema>, Memory, z.output<typeof stateFactsSchema>>;
type Found = z.output<typeof stateDoneSchema>;

/** ms between two looks, at least. */
const shortest = 1_000;

/**
 * Asks the world, and goes on with what it said. First match wins:
 *
 *   asking an address, no answer yet   → wait for it; stop it when cancelled
 *   cancelled                          → cancelled
 *   `until` holds, or there is none    → succeeded, with the outputs
 *   an expression has no value         → errored
 *   else                               → ask again after the interval
 */
export const decideState = totalDecide(
  { settings: settingsSchema, memory: memorySchema, facts: stateFactsSchema },
  (look: Look, now: Date): StepMove => {
    const { settings, memory, cancelled, outcome } = look;
    if (memory?.is === 'asking' && outcome === null)
      return {
        ...{ is: 'wait', because: `asking ${place(look)}`, memory, wakeAt: null },
        ...(cancelled ? { stopEffect: true } : {}),
      };
    if (cancelled) return cancelledEnd(cancelled);
    if (settings.http == null) return ofEnvironment(look, now);
    if (memory?.is === 'asking' && outcome) {
      const came = cameOf(outcome, stateDoneSchema);
      return came.ok ? goOn(look, came.value, now) : errored(came.because);
    }
    const at = memory?.at ? new Date(memory.at) : now;
    if (now.getTime() < at.getTime()) return waiting(look, memory?.last ?? '', at);
    return askAddress(look, settings.http);
  },
);

function askAddress(look: Look, { url, timeout }: NonNullable<Look['settings']['http']>): StepMove {
  const { until, outputs } = look.settings;
  const { asked = 0, last = '' } = look.memory ?? {};
  return {
    ...{ is: 'wait', because: `asking ${place(look)}`, wakeAt: null },
    memory: { is: 'asking', asked: asked + 1, at: null, last },
    effect: { url, timeout, until: until ?? null, outputs },
  };
}

function ofEnvironment(look: Look, now: Date): StepMove {
  const { settings, subject, facts } = look;
  if ((settings.application ?? subject.application) === null)
    return errored('it names no application, and this run is not of one');
  if (facts === null) return waiting(look, `looking at ${place(look)}`, now);
  if (facts.state === null) return errored(`${place(look)} is not declared`);
  return goOn(look, findingOf(settings.until ?? null, settings.outputs, facts.state as Json), now);
}

/** What a state comes to, by the expressions that look at it. */
export function findingOf(
  until: string | null,
  outputs: { readonly [name: string]: string },
  state: Json,
): Found {
  const scope = { state };
  const none = { outputs: {} };
  if (until !== null) {
    const holds = evaluateCondition(until, scope);
    if (!holds.ok) return { is: 'errored', because: holds.because, ...none };
    if (!holds.value) return { is: 'notYet', because: `${until} is false`, ...none };
  }
  const values = evaluateAll(outputs, scope);
  if (!values.ok) return { is: 'errored', because: values.because, ...none };
  return {
    is: 'met',
    because: until === null ? 'asked' : `${until} is true`,
    outputs: values.value,
  };
}

function goOn(look: Look, { is, because, outputs }: Found, now: Date): StepMove {
  const { settings } = look;
  if (is === 'met')
    return ended('succeeded', because, outputs as { readonly [name: string]: Json });
  if (is === 'errored' || settings.until == null) return errored(because);
  return waiting(look, because, later(now, Math.max(shortest, settings.interval)));
}

function waiting(look: Look, because: string, at: Date): StepMove {
  const asked = look.memory?.asked ?? 0;
  const last = because.slice(0, 500);
  return {
    is: 'wait',
    because: last === '' ? `waiting for ${place(look)}` : last,
    memory: { is: 'waiting', asked, at: at.toISOString(), last },
    wakeAt: at,
  };
}

function place({ settings, subject }: Look): string {
  if (settings.http == null)
    return `${settings.application ?? subject.application} in ${settings.environment}`;
  const url = URL.parse(settings.http.url);
  return url ? `${url.origin}${url.pathname}`.slice(0, 200) : settings.http.url.slice(0, 100);
}
