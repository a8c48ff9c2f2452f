import type { RateArm } from '../types.ts';

/** Shares of both sides for which the candidate is at least so much worse: `candidate >= add + times * stable`. */
export type HalfPlane = { readonly add: number; readonly times: number };
export type Shares = { readonly candidate: number; readonly stable: number };

const steps = 60;

/**
 * The pair of shares within the half plane that is likest to both sides having the share `both`: it minimises
 * n_c KL(both‖candidate) + n_s KL(both‖stable) for the sizes of the sides. Null when `both` lies within the half
 * plane itself, or when the half plane has no pair of shares between 0 and 1.
 */
export function closestWorse(
  both: number,
  sizes: { readonly candidate: number; readonly stable: number },
  { add, times }: HalfPlane,
): Shares | null {
  if (add + times * both <= both || add >= 1 || add < 0) return null;
  // With these the candidate's share is at least `both` and below 1; the minimum is between.
  let low = Math.max(0, (both - add) / times);
  let high = Math.min(both, (1 - add) / times);
  let at = firstGuess(both, sizes, add, times);
  if (!(at > low && at < high)) at = (low + high) / 2;
  for (let step = 0; step < steps; step += 1) {
    const c = add + times * at;
    // The derivative's numerator, a cubic that is negative below the minimum and positive above.
    const slope =
      sizes.candidate * times * (c - both) * at * (1 - at) +
      sizes.stable * (at - both) * c * (1 - c);
    if (slope < 0) low = at;
    else high = at;
    const bend =
      sizes.candidate * times * (times * at * (1 - at) + (c - both) * (1 - 2 * at)) +
      sizes.stable * (c * (1 - c) + (at - both) * times * (1 - 2 * c));
    const next = at - slope / bend;
    const moved = Math.abs(next - at);
    const inside = next > low && next < high;
    at = inside ? next : (low + high) / 2;
    // Newton's error is about the square of its last step.
    if ((inside && moved <= 1e-9 * at) || high - low <= 1e-16 * high) break;
  }
  const candidate = add + times * at;
  return candidate > 0 && candidate < 1 && at > 0 ? { candidate, stable: at } : null;
}

/** The minimum where shares are small, so that 1 - share is nearly 1: a quadratic's root. */
function firstGuess(
  both: number,
  sizes: { readonly candidate: number; readonly stable: number },
  add: number,
  times: number,
): number {
  const own = sizes.candidate * times;
  const a = times * (own + sizes.stable);
  const b = own * (add - both) + sizes.stable * (add - both * times);
  const c = sizes.stable * both * add;
  return (Math.sqrt(b * b + 4 * a * c) - b) / (2 * a);
}

/** Logarithm of how much likelier the counts are under `these` shares than under `those`. */
export function logRatio(
  candidate: RateArm,
  stable: RateArm,
  these: Shares,
  those: Shares,
): number {
  return (
    armRatio(candidate, these.candidate, those.candidate) +
    armRatio(stable, these.stable, those.stable)
  );
}

function armRatio({ total, events }: RateArm, these: number, those: number): number {
  const hit = events === 0 ? 0 : events * Math.log(these / those);
  return hit + (total - events) * Math.log1p((those - these) / (1 - those));
}

/** Kullback-Leibler divergence of two shares, both between 0 and 1. */
export const divergence = (of: number, from: number): number =>
  of * Math.log(of / from) + (1 - of) * Math.log1p((from - of) / (1 - from));
