import type { Buckets } from './buckets.ts';

/**
 * Bets on a whole distribution. Let the candidate have the share w of a look's n observations and let r be a function
 * that does not fall. Then the product of r/(w r + 1 - w) over the candidate's observations and of 1/(w r + 1 - w)
 * over the stable ones has a mean of at most 1 whenever both come from one distribution, whichever it is: the n_c-th
 * power of the one mean times the n_s-th of the other is, by the inequality of means, at most the n-th power of
 * w E[r/(w r + 1 - w)] + (1 - w) E[1/(w r + 1 - w)] = 1 (Turner, Ly and Grünwald 2024). Since the product grows with
 * each of the candidate's observations it holds as well for a candidate that is stochastically smaller. The shapes
 * of r below come from the stable side's past looks, which makes them good but is not needed to make them valid.
 */
export type Shape =
  | { readonly is: 'shift'; readonly by: number }
  | { readonly is: 'tail'; readonly share: number; readonly times: number };

/** Logarithm of the product above for one look and each shape; `past` is the stable side's, of more than none. */
export function gainsOf(
  past: Buckets,
  candidate: Buckets,
  stable: Buckets,
  shapes: readonly Shape[],
): readonly number[] {
  const rows = rowsOf(past, candidate, stable);
  if (rows.own === 0 || rows.own === rows.all) return shapes.map(() => 0);
  return shapes.map((shape) => gainOf(rows, shape));
}

/** Buckets that hold anything, as columns. */
type Rows = {
  /** Share of the stable side's past in the bucket, and rank of the bucket's middle in it (0 to 1). */
  readonly share: readonly number[];
  readonly rank: readonly number[];
  readonly mine: readonly number[];
  readonly both: readonly number[];
  readonly own: number;
  readonly all: number;
};

function rowsOf(past: Buckets, candidate: Buckets, stable: Buckets): Rows {
  let total = 0;
  for (const count of past) total += count;
  const rows = { share: [0], rank: [0], mine: [0], both: [0] };
  let size = 0;
  let below = 0;
  let own = 0;
  let all = 0;
  for (let at = 0; at < candidate.length; at += 1) {
    const known = past[at] ?? 0;
    const mine = candidate[at] ?? 0;
    const both = mine + (stable[at] ?? 0);
    own += mine;
    all += both;
    if (known > 0 || both > 0) {
      rows.share[size] = known / total;
      // Half of an observation on each side, so that buckets which were empty until now still differ.
      rows.rank[size] = (below + known / 2 + 0.5) / (total + 1);
      rows.mine[size] = mine;
      rows.both[size] = both;
      size += 1;
    }
    below += known;
  }
  return { ...rows, own, all };
}

/** Ranks from -√3 to √3 have a spread of 1. They lose 5 % to the best score for normal data and fear no outlier. */
const rankSpread = Math.sqrt(3);

function gainOf({ share, rank, mine, both, own, all }: Rows, shape: Shape): number {
  const weight = own / all;
  const ratios = rank.map((one) =>
    shape.is === 'shift'
      ? Math.exp(shape.by * rankSpread * (2 * one - 1))
      : one > 1 - shape.share
        ? shape.times
        : 1,
  );
  // Scaled to a mean of 1 over the past, so that it is the ratio of two distributions.
  let mean = 0;
  for (let at = 0; at < ratios.length; at += 1) mean += (share[at] ?? 0) * (ratios[at] ?? 0);
  let sum = -own * Math.log(mean);
  for (let at = 0; at < ratios.length; at += 1) {
    const count = both[at] ?? 0;
    if (count === 0) continue;
    const ratio = ratios[at] ?? 1;
    sum -= count * Math.log1p(weight * (ratio / mean - 1));
    const hits = mine[at] ?? 0;
    if (hits > 0 && ratio !== 1) sum += hits * Math.log(ratio);
  }
  return sum;
}
