import { isEnded } from './actions.ts';
import type { DecideRun } from './decide.ts';
import { planOf } from './decide-plan.ts';
import { isOver } from './decide-work.ts';
import type { RunSnapshot, StepState } from './types.ts';

/** One thing that is so, and why: what `tidegate run explain` prints, most important first. */
export type Explanation = { readonly fact: string; readonly because: string };

/**
 * Why a run is where it is. The first fact is the decision itself, made again from the same snapshot, so that it never
 * says anything else than what the run acts on.
 */
export function explainRun(
  decide: DecideRun,
  snapshot: RunSnapshot,
  now: Date,
): readonly Explanation[] {
  const { state } = snapshot;
  const next = decide({ ...snapshot, requests: [], effects: [] }, now);
  const isOverNow = isEnded(state.phase);
  return [
    {
      fact: isOverNow ? `It is over: ${state.phase}` : `It is ${state.phase}`,
      because: next.because,
    },
    ...(state.stopping
      ? [{ fact: `It is being stopped as ${state.stopping.as}`, because: state.stopping.because }]
      : []),
    ...rivalFacts(snapshot),
    ...stepFacts(snapshot),
    ...(next.wakeAt && !isOverNow
      ? [
          {
            fact: `It looks again by itself at ${next.wakeAt.toISOString()}`,
            because: 'a wait, a backoff or a timeout ends then; news comes sooner',
          },
        ]
      : []),
    origin(snapshot),
  ];
}

function rivalFacts({ id, seq, state, rivals }: RunSnapshot): readonly Explanation[] {
  if (state.group === null) return [];
  const others = rivals.filter((rival) => rival.id !== id);
  const before = others.filter((rival) => rival.seq < seq).map((rival) => rival.id);
  const after = others.filter((rival) => rival.seq > seq).map((rival) => rival.id);
  const words = [
    before.length > 0 ? `before it: ${before.join(', ')}` : 'nobody is before it',
    ...(after.length > 0 ? [`after it: ${after.join(', ')}`] : []),
  ];
  return [{ fact: `It is of group ${state.group}`, because: words.join('; ') }];
}

/** Steps under way first, then what is over, then what has not begun. */
function stepFacts({ spec, state }: RunSnapshot): readonly Explanation[] {
  const order = new Map(planOf(spec).declared.map(({ name }, at) => [name, at]));
  const all = Object.entries(state.steps).sort(
    ([, one], [, other]) =>
      rank(one) - rank(other) ||
      (order.get(one.step) ?? 0) - (order.get(other.step) ?? 0) ||
      (one.index ?? -1) - (other.index ?? -1),
  );
  return all.map(([name, step]) => ({
    fact: `${name} is ${step.status}${step.attempt > 1 ? ` (attempt ${step.attempt})` : ''}`,
    because: step.because,
  }));
}

const rank = ({ status }: StepState): number =>
  status === 'running' || status === 'backingOff' ? 0 : isOver(status) ? 1 : 2;

function origin({ state }: RunSnapshot): Explanation {
  const { trigger, actor, because, parent } = state.origin;
  const from = parent ? ` by step ${parent.step} of ${parent.run}` : '';
  return {
    fact: `It was opened at ${state.openedAt}${from}`,
    because: `${trigger} by ${actor}${because === '' ? '' : `: ${because}`}`,
  };
}
