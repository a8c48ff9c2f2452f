import { z } from 'zod';
import type { Json } from '../../../platform/ids/types.ts';
import type { StepMove } from '../port.ts';
import {
  cameOf,
  cancelledEnd,
  type End,
  ended,
  errored,
  filledText,
  later,
  optionalText,
  type TypedLook,
  totalDecide,
} from '../typed.ts';
import { within } from '../words.ts';

export const settingsSchema = z.object({
  environment: z.string(),
  application: optionalText,
  templates: z.array(z.string()).min(1).max(20),
  args: z.record(z.string(), filledText).default({}),
});
export const memorySchema = z.object({
  is: z.enum(['opening', 'judging', 'ending']),
  analysis: z.string().nullable(),
});
/** The analysis as it is now; null while it is not there. */
export const analyzeFactsSchema = z.object({
  phase: z.enum(['running', 'successful', 'failed', 'inconclusive', 'error', 'cancelled']),
  because: z.string(),
  detail: z.unknown(),
});
export const analyzeEffectSchema = z.discriminatedUnion('do', [
  settingsSchema.extend({ do: z.literal('open'), application: z.string() }),
  z.object({
    do: z.literal('cancel'),
    analysis: z.string(),
    actor: z.string(),
    because: z.string(),
  }),
]);
/** `unfit`: a template is not declared, or would never end. */
const openedSchema = z.discriminatedUnion('is', [
  z.object({ is: z.literal('opened'), analysis: z.string() }),
  z.object({ is: z.literal('unfit'), because: z.string() }),
]);

type Memory = z.output<typeof memorySchema>;
type Facts = z.output<typeof analyzeFactsSchema>;
type Look = TypedLook<z.output<typeof settingsSchema>, Memory, Facts>;

/** ms: the analysis wakes the run when it ends; this is for news that was lost. */
const safetyLook = 60_000;

/** Only a success passes. What came to no verdict has no answer. */
const endings: { readonly [P in Exclude<Facts['phase'], 'running'>]: End['status'] } = {
  successful: 'succeeded',
  failed: 'failed',
  inconclusive: 'errored',
  error: 'errored',
  cancelled: 'errored',
};

/**
 * Judges what runs by an analysis of its own. First match wins:
 *
 *   nothing asked yet             → ask for the analysis
 *   it could not be opened        → errored: a missing judge never passes
 *   it is over                    → as it ended; cancelled when that is wanted
 *   cancelled                     → ask it to end, then cancelled
 *   else                          → wait
 */
export const decideAnalyze = totalDecide(
  { settings: settingsSchema, memory: memorySchema, facts: analyzeFactsSchema },
  (look: Look, now: Date): StepMove => {
    const { memory, cancelled } = look;
    if (memory === null)
      return cancelled ? cancelledEnd(cancelled, 'nothing had begun') : ask(look);
    if (memory.is === 'opening') return opening(look, now);
    const analysis = memory.analysis ?? '';
    const { facts } = look;
    if (facts && facts.phase !== 'running') return over(look, analysis, facts, facts.phase);
    if (memory.is === 'ending') return ending(look, memory, analysis);
    if (cancelled) {
      const { actor, because } = cancelled;
      const effect = { do: 'cancel', analysis, actor, because };
      return wait(`ending analysis ${analysis}`, { is: 'ending', analysis }, { effect });
    }
    const why = facts ? within(facts.because) : 'about to begin';
    return wait(`analysis: ${why}`, memory, { wakeAt: later(now, safetyLook) });
  },
);

function ask({ settings, subject }: Look): StepMove {
  const application = settings.application ?? subject.application;
  if (application === null) return errored('it names no application, and this run is not of one');
  const effect = { ...settings, do: 'open', application };
  return wait(
    `opening ${settings.templates.join(', ')}`,
    { is: 'opening', analysis: null },
    { effect },
  );
}

function opening({ settings, outcome, cancelled }: Look, now: Date): StepMove {
  const memory: Memory = { is: 'opening', analysis: null };
  const because = `opening ${settings.templates.join(', ')}`;
  if (outcome === null) return wait(because, memory, cancelled ? { stopEffect: true } : {});
  const came = cameOf(outcome, openedSchema);
  if (!came.ok) return cancelled ? cancelledEnd(cancelled) : errored(came.because);
  if (came.value.is === 'unfit')
    return cancelled ? cancelledEnd(cancelled) : errored(within(came.value.because));
  const { analysis } = came.value;
  return wait('analysis: about to begin', { is: 'judging', analysis }, { wakeAt: now });
}

function over(
  { cancelled }: Look,
  analysis: string,
  facts: Facts,
  phase: keyof typeof endings,
): StepMove {
  const outputs = { analysis, phase, detail: (facts.detail ?? null) as Json };
  const said = within(facts.because);
  if (cancelled) return cancelledEnd(cancelled, `the analysis ended ${phase}: ${said}`, outputs);
  const how = phase === 'successful' || phase === 'failed' ? '' : `no verdict (${phase}): `;
  return ended(endings[phase], `${how}${said}`, outputs);
}

function ending({ outcome, cancelled }: Look, memory: Memory, analysis: string): StepMove {
  if (outcome === null) return wait(`ending analysis ${analysis}`, memory);
  if (!cancelled) return errored(`analysis ${analysis} was asked to end`);
  if (!outcome.ok)
    return errored(`analysis ${analysis} could not be ended: ${within(outcome.problem.detail)}`);
  return cancelledEnd(cancelled, 'the analysis was asked to end', { analysis });
}

const wait = (
  because: string,
  memory: Memory,
  more: { readonly effect?: Json; readonly stopEffect?: true; readonly wakeAt?: Date } = {},
): StepMove => ({ is: 'wait', because, memory, wakeAt: null, ...more });
