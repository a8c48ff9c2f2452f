import { type AnalysisRef, copyIdOf } from '../../contract/kinds/strategy.ts';
import type { Release } from '../releases/types.ts';
import { abTestSteps } from './decide-ab-test.ts';
import { blueGreenSteps } from './decide-blue-green.ts';
import { canarySteps } from './decide-canary.ts';
import type { Step } from './decide-look.ts';
import { progressiveSteps } from './decide-progressive.ts';
import type { RolloutPlan, RolloutState } from './types.ts';

/** Steps of each wave. None when there is nothing to compare with, and none on the fast track. */
export function stepsOf(plan: RolloutPlan): readonly Step[] {
  const { canary, blueGreen, progressive, abTest } = plan.strategy;
  if (plan.fastTrack || plan.stable === null) return [];
  if (blueGreen) return blueGreenSteps(blueGreen);
  if (progressive) return progressiveSteps(progressive);
  if (abTest) return abTestSteps(abTest);
  return canary ? canarySteps(canary) : [];
}

/** Each target goes to the candidate as soon as it is ready there; nothing but readiness and approvals holds it. */
export function isFast(state: RolloutState): boolean {
  return state.plan.fastTrack || state.plan.stable === null || state.full !== null;
}

/** The analysis that runs beside the steps, and the step at which it starts. */
export function backgroundOf(
  plan: RolloutPlan,
): { readonly ref: AnalysisRef; readonly startingStep: number } | null {
  const { canary, progressive } = plan.strategy;
  const ref = canary?.backgroundAnalysis ?? progressive?.backgroundAnalysis;
  if (!ref) return null;
  const { templates, args } = ref;
  return {
    ref: { templates, args },
    startingStep: canary?.backgroundAnalysis?.startingStep ?? 0,
  };
}

/**
 * Share of the full size, in percent, at which the candidate runs in the wave under way: enough for the weight
 * that it has and for the weight that the step under way asks for.
 */
export function scaleOf(state: RolloutState, steps: readonly Step[]): number {
  const { blueGreen, abTest } = state.plan.strategy;
  const step = steps[state.step];
  if (!step || isFast(state) || blueGreen || abTest) return 100;
  return Math.max(state.weight, step.do === 'weight' ? step.weight : 0);
}

/** Whole replicas for a percentage; never none. */
export function replicasFor(replicas: number, percent: number): number {
  return Math.max(1, Math.ceil((replicas * percent) / 100));
}

/** Id of the fresh copy that the plan asks for; null when it asks for none, or has nothing to compare with. */
export function copyId({ strategy, stable, fastTrack, commit }: RolloutPlan): string | null {
  const asks = (strategy.canary ?? strategy.progressive)?.baseline === 'fresh';
  return asks && stable !== null && !fastTrack ? copyIdOf(stable, commit.id) : null;
}

/** The same as the stable release in all but its name. */
export const copyOf = (stable: Release, { commit }: RolloutPlan): Release => ({
  ...stable,
  id: copyIdOf(stable.id, commit.id),
});

/** Whether the wave under way has its copy: from its beginning until all of its traffic goes to the candidate. */
export function hasCopy(state: RolloutState): boolean {
  if (copyId(state.plan) === null || (state.copy?.givenUp ?? null) !== null) return false;
  const goesForward = state.retreat === null && state.begun && state.phase !== 'completing';
  return goesForward && !isFast(state) && state.weight < 100;
}

/** Percent of the traffic for the copy: as much as the candidate has, and never more than stays with the stable release. */
export const copyShare = (weight: number): number =>
  Math.min(weight, Math.floor((100 - weight) / 2));

/** As large as the candidate, but for the growth before it gets all traffic: then nobody compares any more. */
export function copyScaleOf(state: RolloutState, steps: readonly Step[]): number {
  const scale = scaleOf(state, steps);
  return scale < 100 ? scale : state.weight;
}
