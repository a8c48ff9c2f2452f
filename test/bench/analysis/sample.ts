import { type Random, randomOf } from '../../simulation/random.ts';

/** Chance for one run of a benchmark. The same seed and name give the same numbers on every machine. */
export type Chance = Random & { normal(): number };

export function chanceOf(seed: number, name: string): Chance {
  const random = randomOf(seed, name);
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return { ...random, normal };
}

/** How many of `n` happen, each with the chance `p`: skips from one to the next. */
export function binomial(chance: Chance, n: number, p: number): number {
  if (p <= 0) return 0;
  const log = Math.log1p(-p);
  let hits = 0;
  let at = -1;
  for (;;) {
    at += 1 + Math.floor(Math.log(1 - chance.next()) / log);
    if (at >= n) return hits;
    hits += 1;
  }
}

/** Requests that arrive in a time in which `mean` are expected. */
export function arrivals(chance: Chance, mean: number): number {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * chance.normal()));
  let product = chance.next();
  let count = 0;
  for (const end = Math.exp(-mean); product > end; count += 1) product *= chance.next();
  return count;
}

/** Upper bounds of the router's latency histogram: 75 from 1 ms to 30 s, each 15 % above the one before. */
export const bounds: readonly number[] = Array.from(
  { length: 75 },
  (_, at) => 0.001 * 30_000 ** (at / 74),
);

/** Shares of a log-normal latency per bucket of `bounds`, drawn from in constant time (Walker's alias method). */
export type Latencies = { readonly keep: Float64Array; readonly other: Int32Array };

export function logNormal(median: number, sigma: number): Latencies {
  const shares = logNormalShares(median, sigma);
  const size = shares.length;
  const keep = Float64Array.from(shares, (share) => share * size);
  const other = new Int32Array(size);
  const small = [...keep.keys()].filter((at) => (keep[at] ?? 0) < 1);
  const large = [...keep.keys()].filter((at) => (keep[at] ?? 0) >= 1);
  while (small.length > 0 && large.length > 0) {
    const low = small.pop() ?? 0;
    const high = large.at(-1) ?? 0;
    other[low] = high;
    keep[high] = (keep[high] ?? 0) - (1 - (keep[low] ?? 0));
    if ((keep[high] ?? 0) < 1) small.push(large.pop() ?? 0);
  }
  for (const at of [...small, ...large]) keep[at] = 1;
  return { keep, other };
}

export function logNormalShares(median: number, sigma: number): readonly number[] {
  const below = bounds.map((bound) => normalShare(Math.log(bound / median) / sigma));
  return [...below, 1].map((share, at) => share - (below[at - 1] ?? 0));
}

/** Counts per bucket (not cumulative) of `n` requests. */
export function draw(chance: Chance, { keep, other }: Latencies, n: number): number[] {
  const counts = new Array<number>(keep.length).fill(0);
  for (let drawn = 0; drawn < n; drawn += 1) {
    const place = chance.next() * keep.length;
    const at = Math.floor(place);
    const bucket = place - at < (keep[at] ?? 0) ? at : (other[at] ?? 0);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return counts;
}

/** Share of a standard normal at or below z (Abramowitz and Stegun 26.2.17, error below 1e-7). */
function normalShare(z: number): number {
  const t = 1 / (1 + 0.231_641_9 * Math.abs(z));
  const series =
    t *
    (0.319_381_53 +
      t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return z > 0 ? 1 - tail : tail;
}
