import { z } from 'zod';
import type { Json } from '../../platform/ids/types.ts';
import type { StepMove } from './port.ts';
import { cameOf, cancelledEnd, type End, errored, type TypedLook } from './typed.ts';

/** Memory of a step that is one effect: it was asked for. */
export const askedSchema = z.object({ is: z.literal('asked') });
export type Asked = z.output<typeof askedSchema>;

type OneEffect<T> = {
  /** Why it waits: what is being done. */
  readonly doing: string;
  readonly effect: Json;
  readonly value: z.ZodType<T>;
  readonly done: (value: T) => End;
};

/** A step that is one effect: asks for it once, waits for what comes of it, and stops it when it is cancelled. */
export function decideOneEffect<Settings, T>(
  look: TypedLook<Settings, Asked, unknown>,
  { doing, effect, value, done }: OneEffect<T>,
): StepMove {
  const { memory, outcome, cancelled } = look;
  if (memory === null) {
    if (cancelled) return cancelledEnd(cancelled, 'nothing had begun');
    return { is: 'wait', because: doing, memory: { is: 'asked' }, wakeAt: null, effect };
  }
  if (outcome === null) return cancelled ? stopping(memory) : waiting(doing, memory);
  const came = cameOf(outcome, value);
  if (cancelled)
    return cancelledEnd(
      cancelled,
      came.ok ? `it had come to an end: ${done(came.value).because}` : '',
    );
  return came.ok ? done(came.value) : errored(came.because);
}

const waiting = (because: string, memory: Json): StepMove => ({
  is: 'wait',
  because,
  memory,
  wakeAt: null,
});

/** Waits for an effect that is being stopped: its outcome still comes. */
export const stopping = (memory: Json): StepMove => ({
  is: 'wait',
  because: 'stopping what is under way',
  memory,
  wakeAt: null,
  stopEffect: true,
});
