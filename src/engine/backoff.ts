/** How the waits between tries grow. Durations are milliseconds. */
export type Backoff = { readonly first: number; readonly most: number };

export const reconcileBackoff: Backoff = { first: 500, most: 60_000 };
export const effectBackoff: Backoff = { first: 500, most: 120_000 };

/** A number in [0, 1) that depends on the seed alone, spread evenly (FNV-1a with a final mix). */
export function chanceOf(seed: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < seed.length; at += 1) {
    hash = Math.imul(hash ^ seed.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}

/**
 * Milliseconds to wait after the given number of failures in a row (from 1): doubling from `first` up to `most`, of
 * which the upper half is jitter, so that many that failed together do not come back together.
 */
export function backoffDelay(failures: number, seed: string, backoff: Backoff): number {
  const doublings = Math.min(Math.max(failures, 1) - 1, 30);
  const whole = Math.min(backoff.first * 2 ** doublings, backoff.most);
  return Math.round(whole / 2 + (whole / 2) * chanceOf(`${seed}/${failures}`));
}
