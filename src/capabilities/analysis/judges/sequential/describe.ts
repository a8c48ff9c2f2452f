import type { MinimumChange, SequentialResult, SequentialSettings } from '../types.ts';

/** What was judged: shares of requests, latencies in seconds, or numbers in a unit of their own. */
export type Judged = 'errors' | 'latency' | 'value';

/** One sentence for people about what a look came to: what was seen, and what it shows or still needs. */
export function describeSequential(
  result: SequentialResult<unknown>,
  of: Judged,
  settings: SequentialSettings,
): string {
  const { candidate, stable, harm, safety } = result;
  if (candidate === null || stable === null) return 'no data of both sides yet';
  const seen = seenText(result, of, candidate, stable);
  const change = changeText(settings, of);
  if (result.decision === 'fail') {
    return `${seen}: evidence of harm ${amount(harm.value)} of ${amount(harm.bound)} needed`;
  }
  if (result.decision === 'pass') {
    return `${seen}: ${change} is ruled out, evidence ${amount(safety.value)} of ${amount(safety.bound)} needed`;
  }
  const leaning = harm.value >= 3 && harm.value > safety.value;
  const lead = leaning
    ? `${seen}: evidence of harm ${amount(harm.value)} of ${amount(harm.bound)} needed`
    : `${seen}: no difference seen`;
  const needed = result.needed();
  if (needed === null)
    return `${lead}; not yet known how much more is needed to rule out ${change}`;
  const more = `${amount(rounded(needed))} more ${needed === 1 ? one[of] : many[of]}`;
  return `${lead}; about ${more} ${needed === 1 ? 'is' : 'are'} needed to rule out ${change}`;
}

const one: Readonly<Record<Judged, string>> = {
  errors: 'request',
  latency: 'request',
  value: 'look',
};
const many: Readonly<Record<Judged, string>> = {
  errors: 'requests',
  latency: 'requests',
  value: 'looks',
};

function seenText(
  { evidence }: SequentialResult<unknown>,
  of: Judged,
  candidate: number,
  stable: number,
): string {
  if (of === 'latency') return `p95 ${seconds(candidate)}, stable ${seconds(stable)}`;
  if (of === 'value') return `${short(candidate)}, stable ${short(stable)}`;
  const own = sizeOf(evidence, 'candidate');
  const other = sizeOf(evidence, 'stable');
  return `${percent(candidate)}${own} errored, stable ${percent(stable)}${other}`;
}

/** ` of 240`, where the evidence says of how many. */
function sizeOf(evidence: unknown, side: 'candidate' | 'stable'): string {
  if (typeof evidence !== 'object' || evidence === null) return '';
  const arm: unknown = Object.getOwnPropertyDescriptor(evidence, side)?.value;
  if (typeof arm !== 'object' || arm === null || !('total' in arm)) return '';
  return typeof arm.total === 'number' ? ` of ${amount(arm.total)}` : '';
}

function changeText({ harm, minimumChange }: SequentialSettings, of: Judged): string {
  const sign = harm === 'increase' ? '+' : harm === 'decrease' ? '-' : '±';
  return `${sign}${sizeText(minimumChange, of)}`;
}

function sizeText({ is, by }: MinimumChange, of: Judged): string {
  if (is === 'relative') return `${percent(by)} of stable`;
  if (of === 'errors') return percent(by);
  return of === 'latency' ? seconds(by) : short(by);
}

const percent = (share: number): string => `${short(share * 100)} %`;

const seconds = (value: number): string =>
  Math.abs(value) < 1 ? `${short(value * 1000)} ms` : `${short(value)} s`;

/** At most two digits, for numbers that are estimates. */
const rounded = (value: number): number => Number(value.toPrecision(2));
const short = (value: number): string => String(Number(value.toPrecision(3)));

/** 2,160: whole from 10 on, so that no evidence is shown as having reached what it has not. */
function amount(value: number): string {
  if (value >= 1e15) return 'more than 10^15';
  if (value < 10) return String(Math.floor(value * 10) / 10);
  return String(Math.floor(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}
