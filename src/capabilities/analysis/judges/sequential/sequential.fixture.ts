import type { SequentialResult, SequentialSettings } from '../types.ts';

export const settings = (over: Partial<SequentialSettings> = {}): SequentialSettings => ({
  harm: 'increase',
  falseAlarm: 0.05,
  missedHarm: 0.05,
  minimumChange: { is: 'absolute', by: 0.01 },
  minimumSample: 0,
  ...over,
});

/** All that a result says, as data. */
export const told = <E>({ needed, ...rest }: SequentialResult<E>) => ({
  ...rest,
  needed: needed(),
});

export function choose(n: number, k: number): bigint {
  let ways = 1n;
  for (let at = 0; at < k; at += 1) ways = (ways * BigInt(n - at)) / BigInt(at + 1);
  return ways;
}

/** Logarithm of a ratio of whole numbers of any length. */
export function logRatioOf(numerator: bigint, denominator: bigint): number {
  return logOf(numerator) - logOf(denominator);
}

function logOf(whole: bigint): number {
  const digits = whole.toString();
  const kept = Math.min(18, digits.length);
  return Math.log(Number(digits.slice(0, kept))) + (digits.length - kept) * Math.LN10;
}

/** Chance of k of n with the share p each. */
export const binomialChance = (n: number, k: number, p: number): number =>
  Number(choose(n, k)) * p ** k * (1 - p) ** (n - k);

/** `le` and cumulative counts of a histogram with these counts per bucket. */
export function histogram(le: readonly number[], buckets: readonly number[]) {
  let sum = 0;
  return {
    le,
    counts: buckets.map((count) => {
      sum += count;
      return sum;
    }),
  };
}
