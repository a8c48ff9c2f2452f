import { z } from 'zod';
import type { Json } from '../../../platform/ids/types.ts';
import type { StepMove } from '../port.ts';
import {
  type Cancelled,
  cameOf,
  cancelledEnd,
  type End,
  ended,
  errored,
  later,
  type TypedLook,
  totalDecide,
} from '../typed.ts';
import { within } from '../words.ts';

const settingsSchema = z.object({
  name: z.string(),
  inputs: z.record(z.string(), z.unknown()).default({}),
  wait: z.boolean().default(true),
});
const memorySchema = z.object({
  is: z.enum(['starting', 'following', 'cancelling', 'cancelled']),
  run: z.string().nullable(),
});
/** The run that was begun, as it is now; null while it is not there. */
export const pipelineFactsSchema = z.object({
  phase: z.enum(['queued', 'running', 'finishing', 'succeeded', 'failed', 'errored', 'cancelled']),
  because: z.string(),
  /** Outputs of its steps, by name. */
  outputs: z.record(z.string(), z.unknown()),
});
export const pipelineEffectSchema = z.discriminatedUnion('do', [
  z.object({
    do: z.literal('start'),
    pipeline: z.string(),
    inputs: z.record(z.string(), z.unknown()),
  }),
  z.object({
    do: z.literal('cancel'),
    run: z.string(),
    actor: z.string(),
    because: z.string(),
  }),
]);
const startedSchema = z.object({ run: z.string() });

type Memory = z.output<typeof memorySchema>;
type Facts = z.output<typeof pipelineFactsSchema>;
type Look = TypedLook<z.output<typeof settingsSchema>, Memory, Facts>;

/** ms: the end of the other run wakes this one; this is for news that was lost. */
const safetyLook = 60_000;
/** Bytes of the other run's outputs; more than that are left out. */
const mostOutputs = 12_288;

/**
 * Begins a run of another pipeline and ends as it does. First match wins:
 *
 *   nothing began                     → ask for the run; cancelled when that is wanted
 *   the asking came to nothing        → errored
 *   begun, and not to be waited for   → succeeded
 *   it is over                        → as it ended; cancelled when that is wanted
 *   cancelled                         → cancel the run, and wait for its end
 *   else                              → wait
 */
export const decidePipeline = totalDecide(
  { settings: settingsSchema, memory: memorySchema, facts: pipelineFactsSchema },
  (look: Look, now: Date): StepMove => {
    const { memory, cancelled, settings } = look;
    if (memory === null)
      return cancelled ? cancelledEnd(cancelled, 'nothing had begun') : start(look);
    if (memory.is === 'starting') return starting(look, now);
    const run = memory.run ?? '';
    if (!settings.wait) return ended('succeeded', `began run ${run}`, { run });
    return following(look, memory, run, now);
  },
);

function start({ settings }: Look): StepMove {
  return wait(
    `beginning a run of ${settings.name}`,
    { is: 'starting', run: null },
    { effect: { do: 'start', pipeline: settings.name, inputs: settings.inputs as Json } },
  );
}

function starting({ settings, outcome, cancelled }: Look, now: Date): StepMove {
  const memory: Memory = { is: 'starting', run: null };
  if (outcome === null)
    return wait(
      `beginning a run of ${settings.name}`,
      memory,
      cancelled ? { stopEffect: true } : {},
    );
  const came = cameOf(outcome, startedSchema);
  if (!came.ok) return cancelled ? cancelledEnd(cancelled) : errored(came.because);
  const { run } = came.value;
  if (!settings.wait) return ended('succeeded', `began run ${run}`, { run });
  return wait(`run ${run} has begun`, { is: 'following', run }, { wakeAt: now });
}

function following(look: Look, memory: Memory, run: string, now: Date): StepMove {
  const { facts, cancelled, outcome } = look;
  if (facts && isOver(facts.phase)) return endOf(run, facts, cancelled);
  if (cancelled && memory.is === 'following') {
    const { actor, because } = cancelled;
    const effect = { do: 'cancel', run, actor, because };
    return wait(`cancelling run ${run}`, { is: 'cancelling', run }, { effect });
  }
  if (memory.is === 'cancelling') {
    if (outcome === null) return wait(`cancelling run ${run}`, memory);
    if (!outcome.ok) return errored(`run ${run} could not be cancelled: ${outcome.problem.detail}`);
    return wait(`run ${run} was asked to end`, { is: 'cancelled', run }, { wakeAt: now });
  }
  const why = facts
    ? `run ${run} is ${facts.phase}: ${within(facts.because)}`
    : `run ${run} is about to begin`;
  return wait(why, memory, { wakeAt: later(now, safetyLook) });
}

const isOver = (phase: Facts['phase']): phase is End['status'] =>
  phase === 'succeeded' || phase === 'failed' || phase === 'errored' || phase === 'cancelled';

function endOf(run: string, facts: Facts, cancelled: Cancelled | null): StepMove {
  const said = `run ${run} ended ${facts.phase}: ${within(facts.because)}`;
  const fits = Buffer.byteLength(JSON.stringify(facts.outputs)) <= mostOutputs;
  const outputs = {
    run,
    phase: facts.phase,
    steps: fits ? (facts.outputs as { readonly [name: string]: Json }) : {},
  };
  if (cancelled) return cancelledEnd(cancelled, said, outputs);
  return ended(facts.phase as End['status'], said, outputs);
}

const wait = (
  because: string,
  memory: Memory,
  more: { readonly effect?: Json; readonly stopEffect?: true; readonly wakeAt?: Date } = {},
): StepMove => ({ is: 'wait', because, memory, wakeAt: null, ...more });
