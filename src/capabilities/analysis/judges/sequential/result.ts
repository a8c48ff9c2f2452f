import type { SequentialResult, SequentialSettings } from '../types.ts';

/** What a judge knows after a look; `harm` and `safety` are logarithms of e-values. */
export type Weighed<Evidence> = {
  readonly evidence: Evidence;
  readonly harm: number;
  readonly safety: number;
  readonly candidate: number | null;
  readonly stable: number | null;
  /** Observations of the candidate so far. */
  readonly sample: number;
  /** Growth of the logarithm of safety per observation of the candidate if there is no difference; null is unknown. */
  readonly growth: () => number | null;
};

/** E-values above are shown as this, which JSON can hold. */
const largest = 1e300;

/** Takes the decision: harm first, then safety with a sample that is large enough. */
export function conclude<Evidence>(
  weighed: Weighed<Evidence>,
  settings: SequentialSettings,
): SequentialResult<Evidence> {
  const harm = { value: eValue(weighed.harm), bound: 1 / settings.falseAlarm };
  const safety = { value: eValue(weighed.safety), bound: 1 / settings.missedHarm };
  const enough = weighed.sample >= settings.minimumSample;
  const passes = safety.value >= safety.bound && enough;
  return {
    evidence: weighed.evidence,
    decision: harm.value >= harm.bound ? 'fail' : passes ? 'pass' : 'continue',
    harm,
    safety,
    candidate: weighed.candidate,
    stable: weighed.stable,
    needed: () => neededFor(weighed, settings),
  };
}

const eValue = (log: number): number => Math.min(largest, Math.exp(log));

function neededFor(
  { safety, sample, growth: growthNow }: Weighed<unknown>,
  settings: SequentialSettings,
): number | null {
  const growth = growthNow();
  if (growth === null || !(growth > 0)) return null;
  const evidence = Math.ceil((-Math.log(settings.missedHarm) - safety) / growth);
  const needed = Math.max(0, evidence, settings.minimumSample - sample);
  return Number.isSafeInteger(needed) ? needed : null;
}

/**
 * Joins the two directions of `harm: either`. Harm: the mean of two e-values is an e-value. Safety: the candidate must
 * be shown to be worse in neither direction, and since only one of them can be true, the lesser e-value is enough.
 */
export function joinHarm<S>(sides: readonly S[], logOf: (side: S) => number): number {
  const first = sides[0];
  if (first === undefined) return 0;
  if (sides.length === 1) return logOf(first);
  const logs = sides.map(logOf);
  const most = Math.max(...logs);
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0) / logs.length);
}

export function joinSafety<S>(sides: readonly S[], logOf: (side: S) => number): number {
  let least = sides.length > 0 ? Number.POSITIVE_INFINITY : 0;
  for (const side of sides) least = Math.min(least, logOf(side));
  return least;
}

/** The ways that the candidate can be worse. */
export type Direction = 'increase' | 'decrease';

const directions: { readonly [H in SequentialSettings['harm']]: readonly Direction[] } = {
  increase: ['increase'],
  decrease: ['decrease'],
  either: ['increase', 'decrease'],
};

export const directionsOf = (harm: SequentialSettings['harm']): readonly Direction[] =>
  directions[harm];
