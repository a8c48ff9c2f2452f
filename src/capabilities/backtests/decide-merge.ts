import type { Json } from '../../platform/ids/types.ts';
import type { Histogram, Judges } from './types.ts';

type Value = { readonly [name: string]: Json };

/**
 * Two answers of the router that follow each other as the one answer that it would have given to somebody who looks
 * less often: its figures are of what happened since the last look. Null is a time without requests.
 */
export function mergeRouter(
  before: Value | null,
  now: Value | null,
  quantile: Judges['quantile'],
): Value | null {
  if (before === null || now === null) return before ?? now;
  return {
    result: mergeSide(before.result ?? null, now.result ?? null, quantile),
    stable: mergeSide(before.stable ?? null, now.stable ?? null, quantile),
  };
}

function mergeSide(before: Json, now: Json, quantile: Judges['quantile']): Json {
  if (!isObject(before) || !isObject(now)) return isObject(before) ? before : now;
  const requests = numberOf(before.requests) + numberOf(now.requests);
  const errors = numberOf(before.errors) + numberOf(now.errors);
  const seconds = secondsOf(before) + secondsOf(now);
  const latency = sum(histogramOf(before.latency), histogramOf(now.latency));
  const percentile = (share: number) => (latency ? quantile(latency, share) : null);
  return {
    requests,
    errors,
    errorRate: requests > 0 ? errors / requests : 0,
    rps: seconds > 0 ? requests / seconds : null,
    p50: percentile(0.5),
    p95: percentile(0.95),
    p99: percentile(0.99),
    latency: latency && { le: [...latency.le], counts: [...latency.counts] },
  };
}

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

/** Null when their bounds differ. */
function sum(a: Histogram | null, b: Histogram | null): Histogram | null {
  if (a === null || b === null) return null;
  const same = a.le.length === b.le.length && a.le.every((bound, at) => bound === b.le[at]);
  if (!same || a.counts.length !== b.counts.length) return null;
  return { le: a.le, counts: a.counts.map((count, at) => count + (b.counts[at] ?? 0)) };
}
