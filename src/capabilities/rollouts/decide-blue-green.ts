import type { Strategy } from '../../contract/kinds/strategy.ts';
import type { Step } from './decide-look.ts';

/** Beside, judged, switched at once, judged again. The old one stays warm, which makes the way back a switch too. */
export function blueGreenSteps(blueGreen: NonNullable<Strategy['blueGreen']>): readonly Step[] {
  const { prePromotionAnalysis: before, postPromotionAnalysis: after } = blueGreen;
  const steps: Step[] = [{ do: 'preview' }];
  if (before) steps.push({ do: 'analysis', ref: before, purpose: 'prePromotion' });
  if (!blueGreen.autoPromotion) {
    steps.push({ do: 'pause', duration: null, what: 'ready on its preview address' });
  }
  steps.push({ do: 'weight', weight: 100 });
  if (after) steps.push({ do: 'analysis', ref: after, purpose: 'postPromotion' });
  return steps;
}
