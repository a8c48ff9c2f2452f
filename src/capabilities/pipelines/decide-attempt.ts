import type { Json } from '../../platform/ids/types.ts';
import { iso, span } from '../../platform/text/times.ts';
import type { Declared } from './decide-plan.ts';
import { evaluateFor } from './decide-scope.ts';
import { largestOutputs, largestState, storable } from './decide-storable.ts';
import { bare, sentenceOf, withReason } from './decide-words.ts';
import { declaredOf, put, stepOf, stopEffect, type Work } from './decide-work.ts';
import type { StepState, StepStatus } from './types.ts';

/** How one attempt ended, as its kind says. */
export type AttemptEnd = {
  readonly status: 'succeeded' | 'failed' | 'errored' | 'cancelled';
  readonly because: string;
  readonly outputs: unknown;
};

type Kept = Omit<AttemptEnd, 'outputs'> & { readonly outputs: { readonly [name: string]: Json } };

/**
 * What follows from the end of an attempt. First match wins:
 *
 *   it was told to stop   → over: cancelled (or succeeded, when it was faster), errored after a timeout
 *   succeeded, `repeat`   → over when `until` is true; else another round after the interval, while there are rounds
 *   `retry` takes it      → another try after the backoff, while there are tries
 *   else                  → over
 */
export function finishAttempt(work: Work, name: string, raw: AttemptEnd): StepState {
  const step = stepOf(work, name);
  const declared = declaredOf(work, step);
  const end = kept(work, raw);
  // An effect that outlives its attempt would do its work for nobody.
  stopEffect(work, name);
  if (step.stopping !== null) return stopped(work, name, step.stopping, end);
  if (end.status === 'succeeded' && declared.step.repeat !== undefined) {
    return finishRound(work, name, declared.step.repeat, end);
  }
  return retryOrEnd(work, name, end);
}

/** Outputs are bounded, by themselves and by what the run has grown to. */
function kept(work: Work, { status, because, outputs }: AttemptEnd): Kept {
  const tooLarge = (detail: string): Kept => ({ status: 'errored', because: detail, outputs: {} });
  const found = storable(outputs);
  if (found === null || typeof found.value !== 'object' || found.value === null) {
    return tooLarge(`its outputs are not a map (TG1915); it had ended ${status}: ${bare(because)}`);
  }
  const { value, size } = found;
  if (size > largestOutputs) {
    return tooLarge(
      `its outputs have ${size} characters, of at most ${largestOutputs} (TG1915); it had ended ${status}`,
    );
  }
  if (work.size + size > largestState) {
    return tooLarge(
      `the run has become too large for its outputs (TG1908); it had ended ${status}`,
    );
  }
  work.size += size;
  return { status, because, outputs: value as Kept['outputs'] };
}

function stopped(
  work: Work,
  name: string,
  stopping: NonNullable<StepState['stopping']>,
  end: Kept,
): StepState {
  const { as, because } = stopping;
  if (as === 'cancelled' && end.status === 'succeeded') {
    return over(work, name, 'succeeded', end.because, end.outputs);
  }
  return over(work, name, as, withReason(bare(because), end.because), end.outputs);
}

function finishRound(
  work: Work,
  name: string,
  repeat: NonNullable<Declared['step']['repeat']>,
  end: Kept,
): StepState {
  const step = stepOf(work, name);
  const declared = declaredOf(work, step);
  const round = step.rounds + 1;
  const more = { outputs: end.outputs, round };
  const answer = evaluateFor(work, declared, step, repeat.until, more);
  if (!answer.ok || typeof answer.value !== 'boolean') {
    const why = answer.ok ? 'is neither true nor false' : `has no value: ${answer.detail}`;
    const because = `repeat.until ${why} (TG1906)`;
    return retryOrEnd(work, name, { ...end, status: 'errored', because });
  }
  put(work, name, { rounds: round, failures: 0 });
  if (answer.value) return over(work, name, 'succeeded', end.because, end.outputs);
  if (round >= repeat.limit) {
    const because = `${repeat.until} was not true after ${round} ${round === 1 ? 'round' : 'rounds'}`;
    return over(work, name, 'failed', withReason(because, end.because), end.outputs);
  }
  return wait(work, name, repeat.interval, {
    because: `round ${round + 1} of at most ${repeat.limit} in ${span(repeat.interval)}: ${repeat.until} is false`,
    outputs: end.outputs,
  });
}

function retryOrEnd(work: Work, name: string, end: Kept): StepState {
  const step = stepOf(work, name);
  const { retry } = declaredOf(work, step).step;
  const { status, because, outputs } = end;
  const isTaken =
    retry !== undefined &&
    (status === 'failed' || status === 'errored') &&
    retry.on.includes(status);
  if (!isTaken || step.failures >= retry.limit) {
    const tries = step.failures > 0 ? ` (after ${step.failures + 1} tries)` : '';
    return over(work, name, status, `${bare(because)}${tries}`, outputs);
  }
  const { initial, factor, max } = retry.backoff;
  const pause = Math.min(initial * factor ** step.failures, max);
  put(work, name, { failures: step.failures + 1 });
  return wait(work, name, pause, {
    because: `try ${step.failures + 2} of ${retry.limit + 1} in ${span(pause)}: ${bare(because)}`,
    outputs: {},
  });
}

function wait(
  work: Work,
  name: string,
  pause: number,
  { because, outputs }: { readonly because: string; readonly outputs: StepState['outputs'] },
): StepState {
  return put(work, name, {
    status: 'backingOff',
    because: sentenceOf(because),
    outputs,
    memory: null,
    settings: null,
    answers: [],
    isBusy: false,
    wakeAt: iso(work.now + pause),
  });
}

/** An instance is over, and never changes again. What only an attempt needs is let go. */
export function over(
  work: Work,
  name: string,
  status: StepStatus,
  because: string,
  outputs: StepState['outputs'] = {},
): StepState {
  return put(work, name, {
    status,
    because: sentenceOf(because),
    outputs,
    memory: null,
    settings: null,
    isBusy: false,
    stopping: null,
    wakeAt: null,
    endedAt: iso(work.now),
  });
}
