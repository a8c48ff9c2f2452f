import type { Harm } from '../../contract/simulate/schema.ts';
import { fail } from '../../platform/errors/problem.ts';

/** Sizes of harm between the two ends. */
const sizes = 6;

/** `50rps`, `50/s` or `50` */
export function perSecond(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*(?:rps|\/s)?$/.exec(text);
  const rate = Number(found?.[1] ?? Number.NaN);
  if (rate >= 0.01 && rate <= 100_000) return rate;
  return fail('TG1802', {
    detail: `${text} is no rate of requests from 0.01 to 100,000 a second.`,
    hint: 'Use a rate such as 50rps.',
  });
}

/** `0.5%` or `0.005`, from 0 to `most`. */
export function shareOf(text: string, most = 1): number {
  const found = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim());
  const share = Number(found?.[1] ?? Number.NaN) / (found?.[2] === '%' ? 100 : 1);
  if (share >= 0 && share <= most) return share;
  return fail('TG1802', {
    detail: `${text} is no share up to ${most * 100}%.`,
    hint: 'Use a share such as 0.5%.',
  });
}

/** Each is worse than the one before by the same factor; one that is no worse than the stable version is no harm. */
export function errorHarms(range: string, baseline: number): readonly Harm[] {
  const [from, to] = endsOf(range, 1);
  const first = Math.max(from, 1e-6);
  return spaced((part) => first * (to / first) ** part, from === to)
    .map((errorRate) => Number(errorRate.toPrecision(6)))
    .filter((errorRate) => errorRate > baseline)
    .map((errorRate) => ({ errorRate }));
}

/** Each is worse than the one before by the same step. */
export function latencyHarms(range: string): readonly Harm[] {
  const [from, to] = endsOf(range, 100);
  return spaced((part) => from + (to - from) * part, from === to)
    .map((latency) => Number(latency.toPrecision(6)))
    .filter((latency) => latency > 0)
    .map((latency) => ({ latency }));
}

const spaced = (of: (part: number) => number, one: boolean): readonly number[] =>
  Array.from({ length: one ? 1 : sizes }, (_, at) => of(at / (sizes - 1)));

function endsOf(range: string, most: number): readonly [number, number] {
  const [from, to, ...more] = range.split('..');
  if (from === undefined || more.length > 0) return badRange(range);
  const ends = [shareOf(from, most), shareOf(to ?? from, most)] as const;
  return ends[0] <= ends[1] && ends[1] > 0 ? ends : badRange(range);
}

const badRange = (range: string): never =>
  fail('TG1802', {
    detail: `${range} is no range from less to more.`,
    hint: 'Use a range such as 0.5%..5%.',
  });
