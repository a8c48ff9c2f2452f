import type { StepKindName } from '../../contract/kinds/pipeline-step.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { StepAdapter, StepContext, StepLook, StepMove } from './port.ts';
import { cancelledEnd, type End, errored } from './typed.ts';

/** What a scripted step does: `effect` runs one, `wait` waits for a time, and the end is the end. */
export type FakeScript = {
  /** Asks for one effect before it ends. */
  readonly effect?: boolean;
  /** ms that it waits before it ends; null waits for ever. */
  readonly wait?: number | null;
  readonly end?: Partial<Omit<End, 'is'>>;
};

export type FakeStep = StepAdapter & {
  /** Effects that were carried out, in order. */
  readonly ran: readonly { readonly payload: Json; readonly key: string; readonly step: string }[];
  /** Looks that it was asked to decide of, in order. */
  readonly looks: readonly StepLook[];
  /** What the step of this name does from now on. */
  script(step: string, script: FakeScript): void;
  /** What its effect does from now on; it answers null until then. */
  onRun(run: (payload: Json, context: StepContext) => Promise<Json>): void;
};

/**
 * A step that does what it was told, for tests of what runs steps. Untold, it ends at once: `succeeded`, with its
 * settings as outputs.
 */
export function fakeStep(kind: StepKindName): FakeStep {
  const scripts = new Map<string, FakeScript>();
  const ran: { payload: Json; key: string; step: string }[] = [];
  const looks: StepLook[] = [];
  const runs: ((payload: Json, context: StepContext) => Promise<Json>)[] = [async () => null];
  return {
    kind,
    ran,
    looks,
    script: (step, script) => scripts.set(step, script),
    onRun: (run) => {
      runs[0] = run;
    },
    decide(look, now) {
      looks.push(look);
      return decideFake(look, scripts.get(look.subject.step) ?? {}, now);
    },
    async run(payload, context) {
      ran.push({ payload, key: context.key, step: context.subject.step });
      return (await runs[0]?.(payload, context)) ?? null;
    },
  };
}

function decideFake(look: StepLook, script: FakeScript, now: Date): StepMove {
  const { memory, outcome, cancelled } = look;
  if (memory !== null && memory !== 'asked' && memory !== 'done' && memory !== 'waiting')
    return cancelled ? cancelledEnd(cancelled) : errored('the fake remembers what it never wrote');
  if (memory === 'asked' && outcome === null)
    return {
      ...{ is: 'wait', because: 'the effect is under way', memory, wakeAt: null },
      ...(cancelled ? { stopEffect: true } : {}),
    };
  if (cancelled) return cancelledEnd(cancelled);
  if (memory === 'asked' && outcome && !outcome.ok) return errored(outcome.problem.detail);
  if (memory === null && script.effect)
    return {
      ...{ is: 'wait', because: 'asking for the effect', memory: 'asked', wakeAt: null },
      effect: look.settings,
    };
  const end = endsAt(look, script);
  if (end === null || now.getTime() < end.getTime())
    return {
      ...{ is: 'wait', because: 'waiting as it was told', memory: 'waiting' },
      wakeAt: end ?? new Date(now.getTime() + 86_400_000),
    };
  return {
    ...{ is: 'end', status: 'succeeded', because: 'done as it was told' },
    ...{ outputs: outputsOf(look) },
    ...script.end,
  };
}

function endsAt({ since }: StepLook, { wait = 0 }: FakeScript): Date | null {
  const begun = Date.parse(since);
  return wait === null || Number.isNaN(begun) ? null : new Date(begun + wait);
}

function outputsOf({ settings }: StepLook): End['outputs'] {
  const fits = settings !== null && typeof settings === 'object' && !Array.isArray(settings);
  return fits && JSON.stringify(settings).length < 16_000
    ? { ...(settings as End['outputs']) }
    : {};
}
