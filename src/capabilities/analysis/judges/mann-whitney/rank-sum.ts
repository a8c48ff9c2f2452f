import { normalCdf, normalQuantile } from '../../../../platform/statistics/normal.ts';
import { quantileOf, rankDistribution } from './rank-distribution.ts';
import {
  crossing,
  type Samples,
  type ShiftedRanks,
  shiftedRanks,
  sorted,
  standardized,
} from './shifted-ranks.ts';
import type { RankSum } from './types.ts';

/** From so many points on, or with ties, the normal approximation is used. */
const tooManyForExact = 50;

/**
 * The two-sided Mann-Whitney U test with the confidence interval of the location shift, as `wilcox.test(x, y, conf.int
 * = TRUE)` of R does it (R Core Team, stats; D. F. Bauer, JASA 67, 1972): exact below 50 points a side without ties,
 * else by the normal approximation, corrected for ties and continuity, the interval being the shifts that the test
 * does not reject. Both sides need at least one point, all finite; linear in memory.
 */
export function rankSum(
  candidate: readonly number[],
  baseline: readonly number[],
  confidence: number,
): RankSum {
  const samples: Samples = { x: sorted(candidate), y: sorted(baseline) };
  const { x, y } = samples;
  const ranks = shiftedRanks(samples, 0);
  const exact = x.length < tooManyForExact && y.length < tooManyForExact && ranks.ties === 0;
  const u = ranks.excess + (x.length * y.length) / 2;
  return exact ? exactTest(samples, u, confidence) : normalTest(samples, ranks, u, confidence);
}

function exactTest({ x, y }: Samples, u: number, confidence: number): RankSum {
  const pairs = x.length * y.length;
  const distribution = rankDistribution(x.length, y.length);
  const chance = (value: number): number => distribution.below[value] ?? 0;
  // With too few points no interval has the confidence; then it is the widest there is.
  const rank = Math.max(quantileOf(distribution, (1 - confidence) / 2), 1);
  const differences = new Float64Array(pairs);
  for (const [i, value] of x.entries()) {
    for (const [j, other] of y.entries()) differences[i * y.length + j] = value - other;
  }
  differences.sort();
  const nth = (index: number): number => differences[index] ?? Number.NaN;
  return {
    u,
    p: Math.min(1, 2 * chance(Math.min(u, pairs - u))),
    shift: (nth(Math.floor((pairs - 1) / 2)) + nth(Math.floor(pairs / 2))) / 2,
    low: nth(rank - 1),
    high: nth(pairs - rank),
    confidence: Math.max(0, 1 - 2 * chance(rank - 1)),
    exact: true,
  };
}

function normalTest(samples: Samples, ranks: ShiftedRanks, u: number, confidence: number): RankSum {
  const z = normalQuantile((1 + confidence) / 2);
  // Between the two middle ones of an even number of differences, none is the median; it is halfway.
  const lower = crossing(samples, ({ excess }) => excess);
  const upper = crossing(samples, ({ excess }) => excess, true);
  return {
    u,
    p: Math.min(1, 2 * normalCdf(-Math.abs(standardized(samples, ranks)))),
    shift: (lower + upper) / 2,
    low: crossing(samples, (one) => standardized(samples, one) - z),
    high: crossing(samples, (one) => standardized(samples, one) + z, true),
    confidence,
    exact: false,
  };
}
