import { type Capital, settle, startCapital } from './capital.ts';

/**
 * A series x_1, x_2 … that is symmetric about a point ≤ 0, given its past, if the null hypothesis is true. Then
 * 1 + tanh(bet · x ÷ scale) has a mean of at most 1: given |x| the sign is that of a fair coin, or of a worse one. It
 * is the exact form of the self-normalised exp(bet · x − bet² x² ÷ 2) of de la Peña (Annals of Probability, 1999),
 * which is never above it since cosh(u) ≤ exp(u² ÷ 2).
 *
 * Values of neighbouring looks are alike, so what is bet on is the part of x that its predecessor does not explain,
 * x_t − persistence · x_{t−1}, with the persistence estimated from the past.
 */
export type SeriesEvidence = {
  readonly capital: Capital;
  /** Looks so far, the last value, and the scale of what is bet on. */
  readonly looks: number;
  readonly last: number;
  readonly scale: number;
  /** Running sums for the persistence: mean, sum of squares about it, and of products of neighbours about it. */
  readonly mean: number;
  readonly squares: number;
  readonly products: number;
};

/** The first stakes nothing; the others are `least` and its doubles, up to 4. */
const start = startCapital([0.05, 0.1, 0.2, 0.25, 0.2, 0.12, 0.08]);
const least = 1 / 8;

export const startSeries: SeriesEvidence = {
  capital: start,
  looks: 0,
  last: 0,
  scale: 0,
  mean: 0,
  squares: 0,
  products: 0,
};

/**
 * Persistence that is assumed before there is data, and the looks that it weighs as much as. It is high, and a
 * standard error is added to what is then estimated: too high costs power, too low would cost the guarantee.
 */
const assumed = { persistence: 0.8, looks: 10, errors: 1 };
const mostPersistent = 0.95;
/** Looks that the scale remembers. */
const memory = 100;

/** Takes the next value into the evidence. */
export function advance(before: SeriesEvidence, x: number): SeriesEvidence {
  const looks = before.looks + 1;
  const news = before.looks === 0 ? x : x - persistenceOf(before) * before.last;
  const size = Math.abs(news);
  // An outlier moves the scale by no more than a usual value, but a scale that is far too small grows fast.
  const seen = before.scale > 0 ? Math.min(size, 3 * before.scale) : size;
  const scale = before.scale + (seen - before.scale) / Math.min(looks, memory);
  const u = scale > 0 ? news / scale : 0;
  const mean = before.mean + (x - before.mean) / looks;
  return {
    capital: u === 0 ? before.capital : settle(start, before.capital, returnsOf(u)),
    looks,
    last: x,
    scale,
    mean,
    squares: before.squares + (x - before.mean) * (x - mean),
    products:
      before.looks === 0 ? 0 : before.products + (x - before.mean) * (before.last - before.mean),
  };
}

/** 1 + tanh(bet · u) = 2 ÷ (1 + exp(-2 bet · u)) for each bet; as bets double, the exponential is squared. */
function returnsOf(u: number): readonly number[] {
  const returns = start.shares.slice();
  returns[0] = 1;
  let power = Math.exp(-2 * least * u);
  for (let at = 1; at < returns.length; at += 1) {
    returns[at] = 2 / (1 + power);
    power *= power;
  }
  return returns;
}

/** Correlation of neighbours, corrected for its bias −(1 + 3φ) ÷ n (Kendall, Biometrika 1954), on the high side. */
export function persistenceOf({ looks, squares, products }: SeriesEvidence): number {
  if (looks < 4 || squares <= 0) return assumed.persistence;
  const corrected = ((products / squares) * looks + 1) / (looks - 3);
  const weight = looks / (looks + assumed.looks);
  const mixed = weight * corrected + (1 - weight) * assumed.persistence;
  const likely = Math.min(mostPersistent, Math.max(0, mixed));
  const error = Math.sqrt((1 - likely * likely) / looks);
  return Math.min(mostPersistent, likely + assumed.errors * error);
}
