import type { CanaryStep, Strategy } from '../../contract/kinds/strategy.ts';
import type { Step } from './decide-look.ts';

/** A canary's steps are declared one by one. */
export function canarySteps(canary: NonNullable<Strategy['canary']>): readonly Step[] {
  return canary.steps.map(canaryStep);
}

function canaryStep(step: CanaryStep): Step {
  if ('setWeight' in step) return { do: 'weight', weight: step.setWeight };
  if ('setHeaderRoute' in step) return { do: 'route', match: step.setHeaderRoute.match };
  if ('analysis' in step) return { do: 'analysis', ref: step.analysis, purpose: 'step' };
  if ('approval' in step) return { do: 'approval', ...step.approval };
  return { do: 'pause', duration: step.pause.duration ?? null, what: 'paused by its plan' };
}
