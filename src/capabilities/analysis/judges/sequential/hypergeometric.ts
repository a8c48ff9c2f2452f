import type { RateArm } from '../types.ts';

/** Fewer possible tables than this are all summed; else the sum is taken around its largest term. */
const fewTables = 64;
/** Terms below this share of the sum are not summed but bounded. */
const negligible = 1e-17;

/**
 * `odds ** X` over its mean for each odds ratio (> 0), where X is how many of the events of both sides are the
 * candidate's: e-values against "the odds are not higher at the candidate". If both sides are alike X is
 * hypergeometric, given the sizes of the sides and the events of both; the mean is the normalising constant of
 * Fisher's noncentral hypergeometric distribution. Given as logarithms where `logs` says so. Never above the true
 * value but for rounding: terms of the mean that are not summed are bounded from above by a geometric series.
 */
export function oddsReturns(
  candidate: RateArm,
  stable: RateArm,
  odds: readonly number[],
): { readonly logs: boolean; readonly values: number[] } {
  const table = {
    own: candidate.total,
    other: stable.total,
    events: candidate.events + stable.events,
  };
  const from = Math.max(0, table.events - table.other);
  const to = Math.min(table.own, table.events);
  if (to - from < fewTables) {
    return { logs: false, values: fewReturns(table, from, to, candidate.events, odds) };
  }
  const log = (one: number) =>
    candidate.events * Math.log(one) - logMeanAround(table, from, to, one);
  return { logs: true, values: odds.map(log) };
}

type Margins = { readonly own: number; readonly other: number; readonly events: number };

/** How much likelier (odds ratio 1) x + 1 events of the candidate are than x. */
const step = ({ own, other, events }: Margins, x: number): number =>
  ((events - x) * (own - x)) / ((x + 1) * (other - events + x + 1));

/** Powers count from `from`, which cancels, so nothing overflows: 200 ** 64 is 1e147. */
function fewReturns(
  table: Margins,
  from: number,
  to: number,
  seen: number,
  odds: readonly number[],
): number[] {
  const chances = chancesOf(table, from, to);
  const values = odds.slice();
  for (let at = 0; at < values.length; at += 1) {
    const one = values[at] ?? 1;
    let mean = 0;
    for (let x = to; x >= from; x -= 1) mean = mean * one + (chances[x - from] ?? 0);
    values[at] = seen === from ? 1 / mean : one ** (seen - from) / mean;
  }
  return values;
}

/** Chance of each possible number of events of the candidate when both sides are alike. */
function chancesOf(table: Margins, from: number, to: number): readonly number[] {
  const size = to - from + 1;
  const chances = new Array<number>(size).fill(0.5);
  const middle = clampedMode(table, from, to, 1) - from;
  chances[middle] = 1;
  let all = 1;
  for (let at = middle + 1; at < size; at += 1) {
    const next = (chances[at - 1] ?? 0) * step(table, from + at - 1);
    chances[at] = next;
    all += next;
  }
  for (let at = middle - 1; at >= 0; at -= 1) {
    const next = (chances[at + 1] ?? 0) / step(table, from + at);
    chances[at] = next;
    all += next;
  }
  for (let at = 0; at < size; at += 1) chances[at] = (chances[at] ?? 0) / all;
  return chances;
}

/** Logarithm of the mean of `odds ** X`, summed from its largest term outwards. */
function logMeanAround(table: Margins, from: number, to: number, odds: number): number {
  const middle = clampedMode(table, from, to, odds);
  let sum = 1;
  let term = 1;
  for (let x = middle; x < to; x += 1) {
    const ratio = odds * step(table, x);
    term *= ratio;
    sum += term;
    // Ratios fall with x, so all that follows is at most a geometric series.
    if (ratio < 1 && term < negligible * sum) {
      sum += (term * ratio) / (1 - ratio);
      break;
    }
  }
  term = 1;
  for (let x = middle; x > from; x -= 1) {
    const ratio = 1 / (odds * step(table, x - 1));
    term *= ratio;
    sum += term;
    if (ratio < 1 && term < negligible * sum) {
      sum += (term * ratio) / (1 - ratio);
      break;
    }
  }
  return logChance(table, middle) + middle * Math.log(odds) + Math.log(sum);
}

/** The likeliest x under these odds, or one beside it: where the ratio of neighbours passes 1, a quadratic's root. */
function clampedMode(table: Margins, from: number, to: number, odds: number): number {
  const { own, other, events } = table;
  const a = odds - 1;
  const b = odds * (events + own) + other - events + 2;
  const c = odds * events * own - (other - events + 1);
  const root = (2 * c) / (b + Math.sqrt(Math.max(0, b * b - 4 * a * c)));
  return Math.min(to, Math.max(from, Math.floor(root) + 1));
}

/** Logarithm of the chance of x events of the candidate when both sides are alike. */
function logChance({ own, other, events }: Margins, x: number): number {
  const ways = logChoose(own, x) + logChoose(other, events - x);
  return ways - logChoose(own + other, events);
}

const logChoose = (n: number, k: number): number =>
  logFactorial(n) - logFactorial(k) - logFactorial(n - k);

/** Stirling's series from 10 on (relative error below 1e-15), else the product itself. */
export function logFactorial(n: number): number {
  if (n < 10) {
    let product = 1;
    for (let factor = 2; factor <= n; factor += 1) product *= factor;
    return Math.log(product);
  }
  const inverse = 1 / n;
  const square = inverse * inverse;
  const series =
    inverse *
    (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))));
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + series;
}
