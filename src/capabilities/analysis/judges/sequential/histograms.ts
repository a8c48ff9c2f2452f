import type {
  HistogramLook,
  MinimumChange,
  SequentialResult,
  SequentialSettings,
} from '../types.ts';
import {
  above,
  type Buckets,
  bucketsOf,
  countOf,
  mirroredBounds,
  mirroredBuckets,
  nearestBound,
  quantileOf,
  sameBounds,
  shiftOf,
} from './buckets.ts';
import { type Capital, settleLogs, startCapital } from './capital.ts';
import { divergence, logRatio } from './half-plane.ts';
import { conclude, type Direction, directionsOf, joinHarm, joinSafety } from './result.ts';
import { gainsOf, type Shape } from './shapes.ts';

/** What is kept of the looks of a histogram. One side per direction that is harm. */
export type HistogramEvidence = {
  readonly le: readonly number[];
  /** Counts per bucket of the looks so far; older ones weigh less once there are many. */
  readonly candidate: Buckets;
  readonly stable: Buckets;
  /** Observations of the candidate in all looks. */
  readonly sample: number;
  readonly sides: readonly HistogramSide[];
};
/** `safety` has one capital per judged quantile. */
type HistogramSide = { readonly harm: Capital; readonly safety: readonly Capital[] };

/**
 * A shift of all values is bet on with most weight, since it moves every bucket and so is seen first: `by` is in
 * spreads, 0.16 being 10 % and 0.68 50 % where the logarithm spreads by 0.6. Slower tails alone are bet on as well.
 */
const bets: readonly (readonly [bet: Shape, weight: number])[] = [
  [{ is: 'shift', by: 0 }, 0.02],
  [{ is: 'shift', by: 0.06 }, 0.04],
  [{ is: 'shift', by: 0.12 }, 0.18],
  [{ is: 'shift', by: 0.2 }, 0.2],
  [{ is: 'shift', by: 0.35 }, 0.18],
  [{ is: 'shift', by: 0.7 }, 0.15],
  [{ is: 'shift', by: 1.5 }, 0.07],
  [{ is: 'tail', share: 0.1, times: 2 }, 0.03],
  [{ is: 'tail', share: 0.1, times: 5 }, 0.03],
  [{ is: 'tail', share: 0.03, times: 3 }, 0.04],
  [{ is: 'tail', share: 0.03, times: 10 }, 0.03],
  [{ is: 'tail', share: 0.01, times: 3 }, 0.01],
  [{ is: 'tail', share: 0.01, times: 20 }, 0.02],
];
const shapes = bets.map(([shape]) => shape);
const harmStart = startCapital(bets.map(([, weight]) => weight));

/** Quantiles, counted from the good end, of which none may be worse by the minimum change. */
const quantiles: readonly number[] = [0.5, 0.95];
const safetyStart = startCapital([0.9, 0.1]);

/** The past is halved when a side has more observations than this, so that it follows the day. */
const remembered = 200_000;

/**
 * Judges latencies, in any unit, from cumulative counts per upper bound. Harm: bets on the distribution as a whole
 * (shapes.ts), exact for any distribution of the stable side, against "the candidate is not stochastically larger".
 * Safety: for the median and the 95th percentile, at a bound near the stable side's, that the share of the candidate
 * above the bound made worse by the minimum change is below the stable share above the bound itself; both have to be
 * shown. Where buckets are wider than the change, the next larger change is ruled out and `needed` is null.
 * Assumes that observations of one look are independent and of one distribution per side. The first look only
 * teaches; so does one with other bounds. A look that makes no sense, or whose sides have different bounds, leaves
 * the evidence as it is. Estimates are 95th percentiles.
 */
export function judgeHistograms(
  evidence: HistogramEvidence | null,
  look: HistogramLook,
  settings: SequentialSettings,
): SequentialResult<HistogramEvidence> {
  const candidate = bucketsOf(look.candidate);
  const stable = look.stable === null ? null : bucketsOf(look.stable);
  const { le } = look.candidate;
  const usable = look.stable !== null && sameBounds(le, look.stable.le);
  if (candidate === null || stable === null || !usable || countOf(stable) === 0) {
    return summed(evidence ?? startEvidence([], settings), settings);
  }
  const before = evidence ?? startEvidence(le, settings);
  const knows = sameBounds(before.le, le) && countOf(before.stable) > 0;
  const directions = directionsOf(settings.harm);
  const sides = knows
    ? before.sides.map((side, at) =>
        weigh(side, facing(before.le, before.stable, candidate, stable, directions[at]), settings),
      )
    : before.sides;
  const fresh = sameBounds(before.le, le) ? before : { candidate: [], stable: [] };
  return summed(
    {
      le,
      candidate: remember(fresh.candidate, candidate),
      stable: remember(fresh.stable, stable),
      sample: before.sample + countOf(candidate),
      sides,
    },
    settings,
  );
}

const startEvidence = (le: readonly number[], settings: SequentialSettings): HistogramEvidence => ({
  le,
  candidate: [],
  stable: [],
  sample: 0,
  sides: directionsOf(settings.harm).map(() => ({
    harm: harmStart,
    safety: quantiles.map(() => safetyStart),
  })),
});

function remember(past: Buckets, now: Buckets): Buckets {
  const sums = now.map((count, at) => count + (past[at] ?? 0));
  return countOf(sums) > remembered ? sums.map((count) => count / 2) : sums;
}

/** One look and the stable side's past, turned so that larger is worse. */
type Facing = {
  readonly le: readonly number[];
  readonly past: Buckets;
  readonly candidate: Buckets;
  readonly stable: Buckets;
};

function facing(
  le: readonly number[],
  past: Buckets,
  candidate: Buckets,
  stable: Buckets,
  direction: Direction = 'increase',
): Facing {
  if (direction === 'increase') return { le, past, candidate, stable };
  return {
    le: mirroredBounds(le),
    past: mirroredBuckets(past),
    candidate: mirroredBuckets(candidate),
    stable: mirroredBuckets(stable),
  };
}

function weigh(side: HistogramSide, look: Facing, settings: SequentialSettings): HistogramSide {
  const gains = gainsOf(look.past, look.candidate, look.stable, shapes);
  return {
    harm: settleLogs(harmStart, side.harm, gains),
    safety: side.safety.map((capital, at) => {
      const gain = safetyGain(look, quantiles[at] ?? 0.5, settings.minimumChange);
      return settleLogs(safetyStart, capital, [gain, 0]);
    }),
  };
}

/** Shares above the two bounds that are compared, as the past of the stable side has them. */
type Bet = {
  readonly from: number;
  readonly to: number;
  readonly widened: boolean;
  readonly stable: number;
  readonly candidate: number;
};

function betOn(
  { le, past }: Pick<Facing, 'le' | 'past'>,
  quantile: number,
  change: MinimumChange,
): Bet | null {
  const from = nearestBound(past, quantile);
  const shift = from === null ? null : shiftOf(le, from, change);
  if (shift === null) return null;
  const total = countOf(past) + 1;
  return {
    ...shift,
    stable: (above(past, shift.from) + 0.5) / total,
    candidate: (above(past, shift.to) + 0.25) / total,
  };
}

function safetyGain(look: Facing, quantile: number, change: MinimumChange): number {
  const bet = betOn(look, quantile, change);
  const own = countOf(look.candidate);
  const other = countOf(look.stable);
  if (bet === null || own === 0 || other === 0) return 0;
  const both = (own * bet.candidate + other * bet.stable) / (own + other);
  return logRatio(
    { total: own, events: above(look.candidate, bet.to) },
    { total: other, events: above(look.stable, bet.from) },
    bet,
    { candidate: both, stable: both },
  );
}

const shown = 0.95;

function summed(
  evidence: HistogramEvidence,
  settings: SequentialSettings,
): SequentialResult<HistogramEvidence> {
  const { le, sides } = evidence;
  return conclude(
    {
      evidence,
      harm: joinHarm(sides, (side) => side.harm.log),
      safety: joinSafety(
        sides.flatMap((side) => side.safety),
        (capital) => capital.log,
      ),
      candidate: quantileOf(le, evidence.candidate, shown),
      stable: quantileOf(le, evidence.stable, shown),
      sample: evidence.sample,
      growth: () => growthOf(evidence, settings),
    },
    settings,
  );
}

/** Growth per observation of the candidate of the quantile that is slowest to show; null where bets are widened. */
function growthOf(evidence: HistogramEvidence, settings: SequentialSettings): number | null {
  const own = countOf(evidence.candidate);
  const other = countOf(evidence.stable);
  if (own === 0 || other === 0) return null;
  let least = Number.POSITIVE_INFINITY;
  for (const direction of directionsOf(settings.harm)) {
    const look = facing(evidence.le, evidence.stable, [], [], direction);
    for (const quantile of quantiles) {
      const bet = betOn(look, quantile, settings.minimumChange);
      if (bet === null || bet.widened) return null;
      const both = (own * bet.candidate + other * bet.stable) / (own + other);
      const all = own * divergence(bet.candidate, both) + other * divergence(bet.stable, both);
      least = Math.min(least, all / own);
    }
  }
  return least;
}
