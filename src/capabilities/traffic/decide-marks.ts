import type { TrafficMark } from '../../contract/api/traffic.ts';
import type { MarkedEvent } from './types.ts';

type Figures = { readonly step: number; readonly wave: number; readonly weight: number };

/** Labels of the events that say more in a figure than in their name. */
const labels: { readonly [type: string]: (figures: Figures) => string } = {
  'rollout.weight': ({ weight }) => `weight ${weight} %`,
  'rollout.step': ({ step, weight }) => `step ${step + 1}, ${weight} %`,
  'rollout.wave': ({ wave }) => `wave ${wave + 1}`,
};

export function decideMarks(events: readonly MarkedEvent[]): readonly TrafficMark[] {
  return events.map(({ id, at, type, because, after }) => {
    const figures = figuresOf(after);
    const label = (figures && labels[type]?.(figures)) ?? wordsOf(type);
    return { id, at: at.toISOString(), type, label, because };
  });
}

/** What a rollout's event shows of its state after it; null for another event. */
function figuresOf(after: unknown): Figures | null {
  const { step, wave, weight } = (after ?? {}) as { readonly [field: string]: unknown };
  const isShown =
    typeof step === 'number' && typeof wave === 'number' && typeof weight === 'number';
  return isShown ? { step, wave, weight } : null;
}

/** `rollout.rollingBack` is rolling back, `analysis.failed` is analysis failed. */
const wordsOf = (type: string): string =>
  type
    .replace(/^rollout\./, '')
    .replaceAll('.', ' ')
    .replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
