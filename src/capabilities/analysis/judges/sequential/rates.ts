import type { RateArm, RateLook, SequentialResult, SequentialSettings } from '../types.ts';
import { type Capital, settle, settleLogs, startCapital } from './capital.ts';
import { closestWorse, divergence, type HalfPlane, logRatio } from './half-plane.ts';
import { oddsReturns } from './hypergeometric.ts';
import { conclude, type Direction, directionsOf, joinHarm, joinSafety } from './result.ts';

/** What is kept of the looks of a rate. One side per direction that is harm. */
export type RateEvidence = {
  /** Sums over the looks that had both sides. */
  readonly candidate: RateArm;
  readonly stable: RateArm;
  readonly sides: readonly RateSide[];
};
type RateSide = { readonly harm: Capital; readonly safety: Capital };

/**
 * Odds ratios that are bet on. When a bet of the right size has won, the logarithm of the odds ratio is known to about
 * a third of itself, so wide steps in it lose little. Most weight lies on 1.6 to 4: smaller harm needs so many
 * requests that a bit more does not matter. The last stands for errors of a kind that the stable side never makes.
 */
const oddsGrid: readonly (readonly [odds: number, weight: number])[] = [
  [1, 0.02],
  [1.1, 0.02],
  [1.25, 0.05],
  [1.6, 0.13],
  [2.3, 0.22],
  [4, 0.2],
  [10, 0.14],
  [200, 0.22],
];
const odds = oddsGrid.map(([one]) => one);
const harmStart = startCapital(oddsGrid.map(([, weight]) => weight));

/**
 * What the share of both sides is taken to be before there is data (`events` of `total`), one bet each, and a last
 * bet that stakes nothing. With data they come together at the share that was seen.
 */
const priors: readonly { readonly events: number; readonly total: number }[] = [
  { events: 0.5, total: 5000 },
  { events: 0.5, total: 80 },
];
const safetyStart = startCapital([0.45, 0.5, 0.05]);

/**
 * Judges a share of requests (0 to 1), such as those that failed. Harm: given the sizes of both sides and the events
 * of both, the candidate's events are hypergeometric if the sides are alike, so `odds ** events` over its mean is an
 * e-value, exact for any split of traffic, any drift that both sides share, and a baseline without a single event.
 * Safety: the e-value of a convex null hypothesis (Turner, Ly and Grünwald, "Generic E-variables for exact sequential
 * k-sample tests that allow for optional stopping", 2024), betting on equal shares as estimated before the look.
 * Assumes that within one look the requests of a side fail independently and with one probability.
 * A look that makes no sense leaves the evidence as it is.
 */
export function judgeRates(
  evidence: RateEvidence | null,
  look: RateLook,
  settings: SequentialSettings,
): SequentialResult<RateEvidence> {
  const before = evidence ?? startEvidence(settings);
  const { candidate, stable } = look;
  if (stable === null || stable.total === 0 || !isArm(candidate) || !isArm(stable)) {
    return summed(before, settings);
  }
  const directions = directionsOf(settings.harm);
  const sides = before.sides.map((side, at): RateSide => {
    const direction = directions[at] ?? 'increase';
    const own = turned(candidate, direction);
    const other = turned(stable, direction);
    const harm = harmAfter(side.harm, own, other);
    if (own.total === 0) return { harm, safety: side.safety };
    const safe = safetyGains(before, own, other, direction, settings);
    return { harm, safety: settleLogs(safetyStart, side.safety, safe) };
  });
  return summed(
    {
      candidate: added(before.candidate, candidate),
      stable: added(before.stable, stable),
      sides,
    },
    settings,
  );
}

const nothing: RateArm = { total: 0, events: 0 };

const startEvidence = (settings: SequentialSettings): RateEvidence => ({
  candidate: nothing,
  stable: nothing,
  sides: directionsOf(settings.harm).map(() => ({ harm: harmStart, safety: safetyStart })),
});

function isArm({ total, events }: RateArm): boolean {
  return (
    Number.isSafeInteger(total) && Number.isSafeInteger(events) && 0 <= events && events <= total
  );
}

const added = (a: RateArm, b: RateArm): RateArm => ({
  total: a.total + b.total,
  events: a.events + b.events,
});

/** Where fewer events are harm, what did not happen is counted instead. */
const turned = (arm: RateArm, direction: Direction): RateArm =>
  direction === 'increase' ? arm : { total: arm.total, events: arm.total - arm.events };

function harmAfter(before: Capital, own: RateArm, other: RateArm): Capital {
  const events = own.events + other.events;
  // Whatever the odds, such a look says nothing.
  if (own.total === 0 || events === 0 || events === own.total + other.total) return before;
  const { logs, values } = oddsReturns(own, other, odds);
  return logs ? settleLogs(harmStart, before, values) : settle(harmStart, before, values);
}

function safetyGains(
  before: RateEvidence,
  own: RateArm,
  other: RateArm,
  direction: Direction,
  settings: SequentialSettings,
): readonly number[] {
  const plane = tooMuch(settings, direction);
  const sizes = { candidate: own.total, stable: other.total };
  // The last stakes nothing.
  const gains = safetyStart.shares.map(() => 0);
  for (let at = 0; at < priors.length; at += 1) {
    const both = expected(before, priors[at] ?? nothing, direction);
    const worse = closestWorse(both, sizes, plane);
    if (worse) gains[at] = logRatio(own, other, { candidate: both, stable: both }, worse);
  }
  return gains;
}

/** Share of both sides as it is known before a look. */
function expected(before: RateEvidence, prior: RateArm, direction: Direction): number {
  const total = before.candidate.total + before.stable.total;
  const seen = before.candidate.events + before.stable.events;
  const events = direction === 'increase' ? seen : total - seen;
  // A good share is expected to be high as a bad one is to be low, so priors are turned too.
  const guess = direction === 'increase' ? prior.events : prior.total - prior.events;
  return (events + guess) / (total + prior.total);
}

/** The half plane of shares (turned so that more is worse) which the candidate may not be in. */
function tooMuch({ minimumChange }: SequentialSettings, direction: Direction): HalfPlane {
  const { by } = minimumChange;
  if (minimumChange.is === 'absolute') return { add: by, times: 1 };
  // (1 - p) of the candidate at most (1 - by)(1 - p) of the stable side, for fewer events.
  return direction === 'increase' ? { add: 0, times: 1 + by } : { add: by, times: 1 - by };
}

function summed(
  evidence: RateEvidence,
  settings: SequentialSettings,
): SequentialResult<RateEvidence> {
  const { candidate, stable, sides } = evidence;
  return conclude(
    {
      evidence,
      harm: joinHarm(sides, (side) => side.harm.log),
      safety: joinSafety(sides, (side) => side.safety.log),
      candidate: shareOf(candidate),
      stable: shareOf(stable),
      sample: candidate.total,
      growth: () => growthOf(evidence, settings),
    },
    settings,
  );
}

const shareOf = ({ total, events }: RateArm): number | null => (total > 0 ? events / total : null);

const unknown: RateArm = { events: 0.5, total: 100 };

/** Mean growth of safety per request of the candidate, at the split so far and if both sides have the same share. */
function growthOf(evidence: RateEvidence, settings: SequentialSettings): number | null {
  const { candidate, stable } = evidence;
  if (candidate.total === 0 || stable.total === 0) return null;
  const sizes = { candidate: candidate.total, stable: stable.total };
  let least = Number.POSITIVE_INFINITY;
  for (const direction of directionsOf(settings.harm)) {
    const both = expected(evidence, unknown, direction);
    const worse = closestWorse(both, sizes, tooMuch(settings, direction));
    if (worse === null) return 0;
    const other = stable.total * divergence(both, worse.stable);
    least = Math.min(least, divergence(both, worse.candidate) + other / candidate.total);
  }
  return least;
}
