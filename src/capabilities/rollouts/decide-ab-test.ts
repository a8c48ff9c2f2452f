import type { Strategy } from '../../contract/kinds/strategy.ts';
import type { Step } from './decide-look.ts';

/** Requests that match meet the candidate for the whole duration; then it is promoted, or held for a person. */
export function abTestSteps(abTest: NonNullable<Strategy['abTest']>): readonly Step[] {
  const steps: Step[] = [
    { do: 'route', match: abTest.match },
    { do: 'test', ref: abTest.analysis ?? null, duration: abTest.duration },
  ];
  if (abTest.onSuccess === 'hold') {
    steps.push({ do: 'pause', duration: null, what: 'held after its test' });
  }
  return steps;
}
