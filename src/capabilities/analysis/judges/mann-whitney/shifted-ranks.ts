/** Both in ascending order. */
export type Samples = { readonly x: Float64Array; readonly y: Float64Array };

export const sorted = (values: readonly number[]): Float64Array => Float64Array.from(values).sort();

export type ShiftedRanks = {
  /** U of `x − shift` against `y`, less mn ÷ 2. */
  readonly excess: number;
  /** Sum of t³ − t over groups of t equal values in both. */
  readonly ties: number;
};

const at = (values: Float64Array, index: number): number =>
  values[index] ?? Number.POSITIVE_INFINITY;

/** Ranks `x − shift` and `y` together by merging them: linear in their lengths, without a copy. */
export function shiftedRanks({ x, y }: Samples, shift: number): ShiftedRanks {
  const m = x.length;
  const n = y.length;
  let i = 0;
  let j = 0;
  let ties = 0;
  let u = 0;
  while (i < m || j < n) {
    const value = Math.min(at(x, i) - shift, at(y, j));
    const firstX = i;
    const firstY = j;
    while (i < m && at(x, i) - shift <= value) i += 1;
    while (j < n && at(y, j) <= value) j += 1;
    const equalX = i - firstX;
    const equal = equalX + j - firstY;
    // Each of x is above all of y before it and shares a half with each equal one.
    u += equalX * (firstY + (equal - equalX) / 2);
    ties += equal * (equal * equal - 1);
  }
  return { excess: u - (m * n) / 2, ties };
}

/** z of the shifted samples: corrected for ties, and by a half towards the middle for being whole numbers. */
export function standardized({ x, y }: Samples, ranks: ShiftedRanks): number {
  const [m, n] = [x.length, y.length];
  const all = m + n;
  const variance = ((m * n) / 12) * (all + 1 - ranks.ties / (all * (all - 1)));
  if (!(variance > 0)) return 0;
  return (ranks.excess - Math.sign(ranks.excess) / 2) / Math.sqrt(variance);
}

/** Falls as the shift grows; where it turns from positive to negative is what is looked for. */
export type Height = (ranks: ShiftedRanks) => number;

/** So few differences between two shifts are looked at one by one. */
const fewPairs = 64;

/**
 * The difference between a point of `x` and one of `y` from which on `height` is no longer above 0, or with `last` the
 * one from which on it is below 0. The range of shifts is narrowed down to a few differences, by interpolation and
 * halving in turns, and one of them is taken, so that it is exact: of counts it is a whole number, and 0 is 0. Of 1,440
 * points a side there are two million differences; they are never all there at once.
 */
export function crossing(samples: Samples, height: Height, last = false): number {
  const { x, y } = samples;
  const look = (shift: number) => {
    const ranks = shiftedRanks(samples, shift);
    const value = height(ranks);
    return { shift, value, excess: ranks.excess, before: last ? value >= 0 : value > 0 };
  };
  let low = look(at(x, 0) - at(y, y.length - 1));
  let high = look(at(x, x.length - 1) - at(y, 0));
  if (!low.before) return low.shift;
  if (high.before) return high.shift;
  const closest = (high.shift - low.shift) * 2 ** -46;
  for (let turn = 0; high.shift - low.shift > closest; turn += 1) {
    if (low.excess - high.excess <= fewPairs) break;
    const share = turn % 2 === 0 ? low.value / (low.value - high.value) : 0.5;
    const part = Math.min(Math.max(share, 0.01), 0.99);
    const middle = look(low.shift + (high.shift - low.shift) * part);
    if (middle.before) low = middle;
    else high = middle;
  }
  const between = differencesWithin(samples, low.shift - closest, high.shift + closest);
  const past = firstIndex(between.length - 1, (index) => {
    const here = at(between, index);
    return !look(here + (at(between, index + 1) - here) / 2).before;
  });
  return between.length > 0 ? at(between, past) : low.shift;
}

/** First of 0 to `end` for which it holds, as it does for all after it; `end` itself is not asked. */
function firstIndex(end: number, holds: (index: number) => boolean): number {
  let [from, to] = [0, Math.max(end, 0)];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** Ascending, each once. The points of `x` go up, and with them where the matching ones of `y` begin. */
function differencesWithin(samples: Samples, from: number, to: number): Float64Array {
  const [x, y] = [distinct(samples.x), distinct(samples.y)];
  const found = new Set<number>();
  let begin = 0;
  for (const value of x) {
    while (begin < y.length && value - at(y, begin) > to) begin += 1;
    for (let j = begin; j < y.length && value - at(y, j) >= from; j += 1) {
      found.add(value - at(y, j));
    }
  }
  return Float64Array.from(found).sort();
}

const distinct = (values: Float64Array): Float64Array =>
  values.filter((value, index) => index === 0 || value !== values[index - 1]);
