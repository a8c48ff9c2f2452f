/** Distribution of U without ties, up to the middle: `below[u]` is the chance that U is at most `u`. */
export type RankDistribution = { readonly below: Float64Array };

/**
 * Of `m` and `n` points from the same distribution, by counting the orders that give each U. The counts follow from
 * whose point is the largest (H. B. Mann and D. R. Whitney, Ann. Math. Statist. 18, 1947). U is symmetric around
 * mn ÷ 2, so its lower half says all. Up to 50 points a side the counts are far inside the range of a double.
 */
export function rankDistribution(m: number, n: number): RankDistribution {
  const middle = Math.floor((m * n) / 2);
  const counts = Array.from({ length: n + 1 }, () => {
    const row = new Float64Array(middle + 1);
    row[0] = 1;
    return row;
  });
  for (let i = 1; i <= m; i += 1) {
    for (let j = 1; j <= n; j += 1) add(counts[j], counts[j - 1], j, Math.min(middle, i * j));
  }
  const below = new Float64Array(middle + 1);
  const orders = choose(m + n, m);
  let sum = 0;
  counts[n]?.forEach((count, u) => {
    sum += count;
    below[u] = sum / orders;
  });
  return { below };
}

/** `row[u]` becomes `row[u − shift] + other[u]`; from the top, so that what is read is still the old row. */
function add(
  row: Float64Array | undefined,
  other: Float64Array | undefined,
  shift: number,
  top: number,
): void {
  if (!row || !other) return;
  for (let u = top; u >= 0; u -= 1) {
    row[u] = (u >= shift ? (row[u - shift] ?? 0) : 0) + (other[u] ?? 0);
  }
}

function choose(all: number, some: number): number {
  let ways = 1;
  for (let i = 1; i <= some; i += 1) ways = (ways * (all - some + i)) / i;
  return ways;
}

/** Smallest u of the lower half with at least this chance below or at it. */
export function quantileOf({ below }: RankDistribution, chance: number): number {
  // A sum of counts may miss by a few units in the last place what is exactly equal on paper.
  const u = below.findIndex((value) => value >= chance * (1 - 1e-12));
  return u === -1 ? below.length - 1 : u;
}
