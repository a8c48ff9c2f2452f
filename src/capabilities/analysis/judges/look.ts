import type { Json } from '../../../platform/ids/types.ts';
import type { HistogramArm, HistogramLook, RateArm, RateLook, ValueLook } from './types.ts';

/** What a source answered: `result` is the candidate, `stable` what it is compared with. */
type Answered = { readonly [name: string]: Json };

/** Requests and errors of both sides; null when the candidate had no request or the answer counts none. */
export function rateLook(value: Answered): RateLook | null {
  const candidate = rateArm(value.result);
  return candidate && candidate.total > 0 ? { candidate, stable: rateArm(value.stable) } : null;
}

/** How long the requests of both sides took; null when the candidate had none or no histogram came. */
export function histogramLook(value: Answered): HistogramLook | null {
  const candidate = histogramArm(value.result);
  const has = candidate && (candidate.counts.at(-1) ?? 0) > 0;
  return has ? { candidate, stable: histogramArm(value.stable) } : null;
}

/** One number of each side; null when the candidate has none. */
export function valueLook(value: Answered): ValueLook | null {
  const candidate = numberOf(value.result);
  return candidate === null ? null : { candidate, stable: numberOf(value.stable) };
}

/** A number, the only element of a list, this field of an object, or its only one; null without a finite one. */
export function numberOf(value: Json | undefined, field?: string): number | null {
  const one = Array.isArray(value) && value.length === 1 ? (value[0] as Json) : value;
  if (typeof one === 'number') return Number.isFinite(one) ? one : null;
  if (!isObject(one)) return null;
  if (field !== undefined) return numberOf(one[field]);
  const [only, ...others] = Object.values(one);
  return others.length === 0 && typeof only === 'number' ? numberOf(only) : null;
}

const isObject = (value: unknown): value is Answered =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function rateArm(value: Json | undefined): RateArm | null {
  if (!isObject(value)) return null;
  const { requests, errors } = value;
  if (typeof requests !== 'number' || typeof errors !== 'number') return null;
  return { total: requests, events: errors };
}

function histogramArm(value: Json | undefined): HistogramArm | null {
  const latency = isObject(value) ? value.latency : null;
  if (!isObject(latency)) return null;
  const { le, counts } = latency;
  return isNumbers(le) && isNumbers(counts) ? { le, counts } : null;
}

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'number');
