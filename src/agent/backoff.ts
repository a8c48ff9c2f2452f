/** Milliseconds to wait after `failures` failures in a row. `chance` from 0 to 1 spreads many agents that lost the same control plane. */
export function backoff(failures: number, longest: number, chance: number): number {
  const full = Math.min(longest, 250 * 2 ** Math.min(failures, 30));
  return full * (0.5 + chance / 2);
}
