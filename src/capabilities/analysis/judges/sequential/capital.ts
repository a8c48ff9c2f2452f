/**
 * An e-process is the capital of a gambler who started with 1 and bets against the null hypothesis in a game that is
 * fair under it: by Ville's inequality the chance that it ever reaches 1 ÷ a is at most a, however often one looks
 * (Ramdas et al., "Game-theoretic statistics and safe anytime-valid inference", 2023). Here the capital is spread over
 * a few bets, since how much worse a release is cannot be known beforehand. One of them should stake nothing.
 */
export type Capital = {
  /** Natural logarithm of the whole, which is the e-value. */
  readonly log: number;
  /** How it is spread over the bets; the sum is 1. */
  readonly shares: readonly number[];
};

/** Bets that lost keep this part of their first share, so that harm which begins late is still seen. */
const leastPart = 1 / 2000;
/** The logarithm does not leave this range, so that what is stored stays a finite number. */
const furthest = 1e12;

/** Capital before the first look: 1, spread as the weights say, which are positive and of any sum. */
export function startCapital(weights: readonly number[]): Capital {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return { log: 0, shares: weights.map((weight) => weight / sum) };
}

/**
 * Multiplies what each bet holds by what it returned. Bets that have lost nearly all are then topped up from all others:
 * to move capital between fair games is fair. Evidence that an older version kept for other bets is spread anew.
 */
export function settle(start: Capital, before: Capital, factors: readonly number[]): Capital {
  const held = heldOf(start, before);
  const now = held.slice();
  for (let at = 0; at < now.length; at += 1) now[at] = (held[at] ?? 0) * (factors[at] ?? 0);
  return spread(start, before, now, 0);
}

/** The same where the returns are logarithms, which may be too large or small for their powers. */
export function settleLogs(start: Capital, before: Capital, gains: readonly number[]): Capital {
  let most = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < gains.length; at += 1) most = Math.max(most, gains[at] ?? 0);
  const held = heldOf(start, before);
  const now = held.slice();
  for (let at = 0; at < now.length; at += 1) {
    now[at] = (held[at] ?? 0) * Math.exp((gains[at] ?? 0) - most);
  }
  return spread(start, before, now, most);
}

const heldOf = ({ shares: first }: Capital, { shares }: Capital): readonly number[] =>
  shares.length === first.length ? shares : first;

/** What the bets hold now, in parts of e to the `scale` times the capital before; `shares` is made the new spread. */
function spread(start: Capital, before: Capital, shares: number[], scale: number): Capital {
  let sum = 0;
  for (let at = 0; at < shares.length; at += 1) sum += shares[at] ?? 0;
  // Without a bet that stakes nothing all could be lost at once.
  if (!(sum > 0) || sum === Number.POSITIVE_INFINITY) return before;
  const scaled = 1 / sum;
  const first = start.shares;
  let given = 0;
  for (let at = 0; at < shares.length; at += 1) {
    const share = (shares[at] ?? 0) * scaled;
    const least = leastPart * (first[at] ?? 0);
    shares[at] = Math.max(share, least);
    given += Math.max(0, least - share);
  }
  if (given > 0) {
    const left = 1 / (1 + given);
    for (let at = 0; at < shares.length; at += 1) shares[at] = (shares[at] ?? 0) * left;
  }
  const log = before.log + Math.log(sum) + scale;
  return { log: Math.min(furthest, Math.max(-furthest, log)), shares };
}
