import type { Strategy } from '../../contract/kinds/strategy.ts';
import type { Step } from './decide-look.ts';

/** A growing part of each target's replicas, each part with its pause and its analysis. */
export function progressiveSteps(
  progressive: NonNullable<Strategy['progressive']>,
): readonly Step[] {
  return progressive.steps.flatMap(({ percent, pause, analysis }) => {
    const steps: Step[] = [{ do: 'weight', weight: percent }];
    if (pause > 0) steps.push({ do: 'pause', duration: pause, what: 'paused by its plan' });
    if (analysis) steps.push({ do: 'analysis', ref: analysis, purpose: 'step' });
    return steps;
  });
}
