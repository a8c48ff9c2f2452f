import { iso } from '../../platform/text/times.ts';
import { gravestOf, hasFailed } from './decide-gravity.ts';
import { isSectionOver } from './decide-sections.ts';
import { listed, sentenceOf } from './decide-words.ts';
import { isUnderWay, type Work } from './decide-work.ts';
import type { RunPhase, StepStatus } from './types.ts';

type End = Extract<RunPhase, 'succeeded' | 'failed' | 'errored' | 'cancelled'>;

/** Ends the run when everything is over: what it comes to, and why. Null while something is left. */
export function endOf(work: Work): { readonly phase: End; readonly because: string } | null {
  if (work.head.phase !== 'finishing') return null;
  if (!isSectionOver(work, 'onFailure') || !isSectionOver(work, 'finally')) return null;
  const { stopping } = work.head;
  const steps = gravestOf(work, 'steps');
  if (stopping?.as === 'cancelled') {
    return { phase: 'cancelled', because: sentenceOf(withTroubles(work, stopping.because)) };
  }
  if (steps === 'errored') return { phase: 'errored', because: troubles(work) };
  if (stopping)
    return { phase: 'failed', because: sentenceOf(withTroubles(work, stopping.because)) };
  if (steps !== 'succeeded') return { phase: steps, because: troubles(work) };
  const after = [gravestOf(work, 'onFailure'), gravestOf(work, 'finally')];
  if (after.some((status) => status !== 'succeeded'))
    return { phase: 'failed', because: troubles(work) };
  return { phase: 'succeeded', because: successWords(work) };
}

export function close(work: Work, phase: End): void {
  work.head = { ...work.head, phase, endedAt: iso(work.now) };
}

function withTroubles(work: Work, because: string): string {
  const more = troubles(work, ['failed', 'errored']);
  return more === '' ? because : `${because}; ${more}`;
}

const grave: readonly StepStatus[] = ['errored', 'failed', 'cancelled'];

/** `deploy-eu failed: error rate 5 %`: the steps by which the run did not succeed. */
function troubles(work: Work, statuses: readonly StepStatus[] = grave): string {
  const found = work.plan.declared.flatMap(({ name, step }) => {
    const state = work.steps.get(name);
    if (!state || step.continueOnError || !statuses.includes(state.status)) return [];
    const verb = { errored: 'had an error', cancelled: 'was cancelled' }[state.status as string];
    return [`${name} ${verb ?? state.status}: ${state.because}`];
  });
  return sentenceOf(listed(found, 3));
}

function successWords(work: Work): string {
  const counts = new Map<StepStatus, number>();
  for (const { name } of work.plan.declared) {
    const status = work.steps.get(name)?.status ?? 'omitted';
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  const words = [...counts].map(([status, count]) => `${count} ${status}`);
  return `it is through: ${words.join(', ')}`;
}

/** What a run under way waits for: first what waits for people, then the rest. */
export function waitingWords(work: Work): string {
  const { stopping, phase } = work.head;
  const active = work.plan.declared.flatMap(({ name }) => {
    const step = work.steps.get(name);
    return step && isUnderWay(step) ? [{ name, step }] : [];
  });
  const sorted = [
    ...active.filter(({ step }) => step.kind === 'approve'),
    ...active.filter(({ step }) => step.kind !== 'approve'),
  ];
  const words = listed(sorted.map(({ name, step }) => `${name}: ${step.because}`));
  const doing = words === '' ? 'going on at once' : words;
  if (stopping) return sentenceOf(`${stopping.because}; ${doing}`);
  return sentenceOf(phase === 'finishing' && hasFailed(work) ? `it failed; ${doing}` : doing);
}
