import type { Declared, Need } from './decide-plan.ts';
import { listed } from './decide-words.ts';
import { isOver, type Work } from './decide-work.ts';
import type { StepStatus } from './types.ts';

export type Readiness =
  | { readonly is: 'met' }
  | { readonly is: 'waiting' | 'unmet'; readonly because: string };

/** Whether a step may begin: it waits while a need is not over, and is omitted as soon as one is over and not met. */
export function readinessOf(work: Work, declared: Declared): Readiness {
  const open: string[] = [];
  for (const need of declared.needs) {
    const status = work.steps.get(need.step)?.status ?? 'omitted';
    if (!isOver(status)) {
      open.push(need.step);
    } else if (!isMet(work, need, status)) {
      return { is: 'unmet', because: unmetWords(need, status) };
    }
  }
  if (open.length > 0) return { is: 'waiting', because: `waiting for ${listed(open)}` };
  return { is: 'met' };
}

/** Statuses by which a bare need is met. */
const bare: ReadonlySet<StepStatus> = new Set(['succeeded', 'skipped'] satisfies StepStatus[]);
const forgiven: ReadonlySet<StepStatus> = new Set(['failed', 'errored'] satisfies StepStatus[]);

function isMet(work: Work, { step, is }: Need, status: StepStatus): boolean {
  if (is !== null) return is.includes(status);
  if (bare.has(status)) return true;
  return forgiven.has(status) && work.plan.byName.get(step)?.step.continueOnError === true;
}

const words: { readonly [S in StepStatus]?: string } = {
  errored: 'had an error',
  cancelled: 'was cancelled',
  skipped: 'was skipped',
  omitted: 'was omitted',
};

function unmetWords({ step, is }: Need, status: StepStatus): string {
  const wanted = is === null ? '' : `, and it runs when that ${is.join(' or ')}`;
  return `${step} ${words[status] ?? status}${wanted}`;
}
