import type { MetricAnswer } from '../../integrations/metric-source/port.ts';
import type { Json } from '../../platform/ids/types.ts';

/** The candidate's requests as the router counted them, from look to look of whichever metric looked. */
export type Exposure = {
  readonly candidate: string;
  /** Newest count by target. */
  readonly counted: { readonly [target: string]: Count };
  /** Growth since the look before; `at` in ms since the epoch. */
  readonly grown: readonly { readonly at: number; readonly requests: number }[];
};
type Count = { readonly epoch: string; readonly requests: number };

export const noExposure = (candidate: string): Exposure => ({ candidate, counted: {}, grown: [] });

/**
 * Takes the counters that the router's answer kept for its next look. Every metric of every analysis reads the same
 * counters, so their looks are put together without counting a request twice. A new epoch is a router that began anew;
 * a count that fell within one is older news of a target that was silent.
 */
export function countExposure(exposure: Exposure, answer: MetricAnswer, now: Date): Exposure {
  const counts = answer.ok ? countsOf(answer.baseline, exposure.candidate) : null;
  if (counts === null) return exposure;
  const counted: Record<string, Count> = { ...exposure.counted };
  let requests = 0;
  for (const [target, count] of counts) {
    const last = counted[target];
    const isNew = last === undefined || last.epoch !== count.epoch;
    const growth = isNew ? count.requests : Math.max(0, count.requests - last.requests);
    if (isNew || growth > 0) counted[target] = count;
    requests += growth;
  }
  const grown = [...exposure.grown, { at: now.getTime(), requests }];
  return { ...exposure, counted, grown };
}

/** Requests counted after `from`, up to `to` (ms since the epoch); null when the router was not asked. */
export function requestsBetween({ grown }: Exposure, from: number, to: number): number | null {
  if (grown.length === 0) return null;
  return grown
    .filter(({ at }) => at > from && at <= to)
    .reduce((sum, { requests }) => sum + requests, 0);
}

function countsOf(baseline: Json, candidate: string): readonly [string, Count][] | null {
  const counted = fieldOf(baseline, 'counted');
  if (counted === null || typeof counted !== 'object') return null;
  return Object.entries(counted).flatMap(([key, value]): [string, Count][] => {
    const [epoch, requests] = [fieldOf(value, 'epoch'), fieldOf(value, 'requests')];
    const isOwn = key.endsWith(`/${candidate}`);
    return isOwn && typeof epoch === 'string' && typeof requests === 'number'
      ? [[key, { epoch, requests }]]
      : [];
  });
}

const fieldOf = (value: Json, field: string): Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? ((value as { readonly [name: string]: Json })[field] ?? null)
    : null;
