import type { Work } from './decide-work.ts';
import type { Section, StepStatus } from './types.ts';

type End = 'succeeded' | 'failed' | 'errored' | 'cancelled';

const gravity = ['errored', 'failed', 'cancelled'] as const satisfies readonly End[];

/** The gravest status of a section's steps, without those of `continueOnError`; `skipped` and `omitted` fail nothing. */
export function gravestOf(work: Work, section: Section): End {
  const statuses = new Set<StepStatus>();
  for (const { name, step, section: own } of work.plan.declared) {
    if (own !== section || step.continueOnError) continue;
    statuses.add(work.steps.get(name)?.status ?? 'omitted');
  }
  return gravity.find((status) => statuses.has(status)) ?? 'succeeded';
}

/** The gravest of a forEach's instances, which includes those that were omitted. */
export function gravestInstance(
  statuses: readonly StepStatus[],
): 'errored' | 'failed' | 'cancelled' | 'omitted' | null {
  const order = [...gravity, 'omitted'] as const;
  return order.find((status) => statuses.includes(status)) ?? null;
}

/** `run.failed`: what is under `steps` has failed or errored so far, or the run's time was over. */
export function hasFailed(work: Work): boolean {
  const status = gravestOf(work, 'steps');
  return status === 'failed' || status === 'errored' || work.head.stopping?.as === 'failed';
}
