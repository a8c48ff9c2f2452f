import type { SequentialResult, SequentialSettings, ValueLook } from '../types.ts';
import { conclude, directionsOf, joinHarm, joinSafety } from './result.ts';
import { advance, persistenceOf, type SeriesEvidence, startSeries } from './series.ts';

/** What is kept of the looks of a value. One side per direction that is harm. */
export type ValueEvidence = {
  readonly looks: number;
  /** Means over the looks that had both sides. */
  readonly candidate: number;
  readonly stable: number;
  readonly sides: readonly ValueSide[];
};
type ValueSide = { readonly harm: SeriesEvidence; readonly safety: SeriesEvidence };

/**
 * Judges one number per side and look, in any unit. The numbers of one look are subtracted, so what both sides share
 * (load, time of day) cancels. Assumes of the difference only that, beyond what its predecessor explains, it is as
 * likely to be above its centre as below by the same amount; so it is when both sides come from the same
 * distribution, whatever that is. It does not hold where one side's number is of much fewer requests and skewed.
 * A look without a finite number on both sides leaves the evidence as it is.
 */
export function judgeValues(
  evidence: ValueEvidence | null,
  look: ValueLook,
  settings: SequentialSettings,
): SequentialResult<ValueEvidence> {
  const directions = directionsOf(settings.harm);
  const before = evidence ?? startEvidence(directions.length);
  const { candidate, stable } = look;
  if (candidate === null || stable === null) return summed(before, settings);
  if (!isUsable(candidate) || !isUsable(stable)) return summed(before, settings);
  const { minimumChange } = settings;
  const change =
    minimumChange.is === 'absolute' ? minimumChange.by : minimumChange.by * Math.abs(stable);
  const looks = before.looks + 1;
  return summed(
    {
      looks,
      candidate: before.candidate + (candidate - before.candidate) / looks,
      stable: before.stable + (stable - before.stable) / looks,
      sides: before.sides.map((side, at): ValueSide => {
        const worse = directions[at] === 'decrease' ? stable - candidate : candidate - stable;
        return { harm: advance(side.harm, worse), safety: advance(side.safety, change - worse) };
      }),
    },
    settings,
  );
}

/** Squares of what is kept must stay finite. */
const isUsable = (value: number): boolean => Math.abs(value) < 1e140;

const startEvidence = (sides: number): ValueEvidence => ({
  looks: 0,
  candidate: 0,
  stable: 0,
  sides: Array.from({ length: sides }, () => ({ harm: startSeries, safety: startSeries })),
});

function summed(
  evidence: ValueEvidence,
  settings: SequentialSettings,
): SequentialResult<ValueEvidence> {
  const { looks, sides } = evidence;
  return conclude(
    {
      evidence,
      harm: joinHarm(sides, (side) => side.harm.capital.log),
      safety: joinSafety(sides, (side) => side.safety.capital.log),
      candidate: looks > 0 ? evidence.candidate : null,
      stable: looks > 0 ? evidence.stable : null,
      sample: looks,
      growth: () => growthOf(evidence, settings),
    },
    settings,
  );
}

/** Looks before the spread of the differences is known well enough to say how many more are needed. */
const enough = 5;

/** Growth per look if both sides are alike: that of the best bet, u²/2(1+u²), u being what is left of the change in spreads. */
function growthOf(evidence: ValueEvidence, { minimumChange }: SequentialSettings): number | null {
  const side = evidence.sides[0];
  if (!side || evidence.looks < enough) return null;
  const { is, by } = minimumChange;
  const change = is === 'absolute' ? by : by * Math.abs(evidence.stable);
  const { scale } = side.harm;
  if (!(change > 0) || !(scale > 0)) return null;
  // The scale is a mean of absolute values, 0.8 of a normal spread.
  const left = (1 - persistenceOf(side.safety)) * change;
  const ratio = (0.8 * (left / scale)) ** 2;
  return ratio / (2 * (1 + ratio));
}
