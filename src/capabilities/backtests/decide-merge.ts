import type { Histogram } from '../../contract/counters.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { Judges } from './types.ts';

type Value = { readonly [name: string]: Json };

/**
 * Two answers of the router that follow each other as the one answer that it would have given to somebody who looks
 * less often: its figures are of what happened since the last look. Null is a time without requests.
 */
export function mergeRouter(
  before: Value | null,
  now: Value | null,
  figures: Judges['figures'],
): Value | null {
  if (before === null || now === null) return before ?? now;
  return {
    result: mergeSide(before.result ?? null, now.result ?? null, figures),
    stable: mergeSide(before.stable ?? null, now.stable ?? null, figures),
  };
}

function mergeSide(before: Json, now: Json, figures: Judges['figures']): Json {
  if (!isObject(before) || !isObject(now)) return isObject(before) ? before : now;
  const seconds = secondsOf(before) + secondsOf(now);
  return figures([before, now].map(countedOf), Number.isNaN(seconds) ? null : seconds);
}

const countedOf = (side: Value) => ({
  requests: numberOf(side.requests),
  errors: numberOf(side.errors),
  latency: histogramOf(side.latency),
});

const isObject = (value: Json): value is Value =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const numberOf = (value: Json | undefined): number => (typeof value === 'number' ? value : 0);

/** The first look has no rate, since nobody knows how long it took to come about: then neither has the sum. */
function secondsOf({ requests, rps }: Value): number {
  const rate = numberOf(rps);
  return rate > 0 ? numberOf(requests) / rate : Number.NaN;
}

function histogramOf(value: Json | undefined): Histogram | null {
  if (value === undefined || !isObject(value)) return null;
  const { le, counts } = value;
  return Array.isArray(le) && Array.isArray(counts)
    ? { le: le as readonly number[], counts: counts as readonly number[] }
    : null;
}
