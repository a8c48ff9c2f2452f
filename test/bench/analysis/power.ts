import type { Figure } from '../types.ts';
import { calibrated, mannWhitneyPeer, type Peer, thresholdPeer } from './peers.ts';
import { type Chance, chanceOf } from './sample.ts';
import {
  errorRollout,
  latencyRollout,
  latencyShares,
  lookSeconds,
  looksPerInterval,
  type Rollout,
  settings,
  type Traffic,
} from './scenario.ts';
import { meanOf } from './statistics.ts';

/** Looks of half an hour. */
const horizon = 1800 / lookSeconds;
const bound = 1 / settings.falseAlarm;
/** Peers are allowed at least this share of false alarms, since fewer than some runs say nothing about their limits. */
const leastShare = 0.01;

const makePeers: readonly (readonly [name: string, make: () => Peer])[] = [
  ['threshold', thresholdPeer],
  ['mannWhitney', mannWhitneyPeer],
];

/** Runs that differ only in how much worse the candidate is. */
type Group = {
  readonly name: string;
  readonly traffic: Traffic;
  readonly metrics: readonly string[];
  readonly without: (chance: Chance) => Rollout;
  readonly effects: readonly Effect[];
};

type Effect = {
  readonly name: string;
  readonly rollout: (chance: Chance) => Rollout;
  /** Evidence of one request of the candidate if the harm were known beforehand and what is usual were not. */
  readonly evidence: number;
};

const traffics = [5, 50, 500].flatMap((rate) => [0.1, 0.5].map((weight) => ({ rate, weight })));

const groups: readonly Group[] = traffics.flatMap((traffic) => {
  const name = `${traffic.rate}rps.w${traffic.weight * 100}`;
  const errors = [0.005, 0].map((stable): Group => {
    const rollout = (by: number) => (chance: Chance) =>
      errorRollout(chance, traffic, () => ({ candidate: stable + by, stable }));
    return {
      name: `${name}.base${stable * 100}`,
      traffic,
      metrics: [''],
      without: rollout(0),
      effects: [0.005, 0.01, 0.05].map((by) => ({
        name: `errors+${by * 100}pp`,
        rollout: rollout(by),
        evidence: evidenceOf([stable + by, 1 - stable - by], [stable, 1 - stable], traffic),
      })),
    };
  });
  const latency: Group = {
    name,
    traffic,
    metrics: ['.p50', '.p95'],
    without: (chance) => latencyRollout(chance, traffic, 1),
    effects: [1.1, 1.5].map((times) => ({
      name: `latency+${Math.round(times * 100 - 100)}%`,
      rollout: (chance) => latencyRollout(chance, traffic, times),
      evidence: evidenceOf(latencyShares(times), latencyShares(1), traffic),
    })),
  };
  return [...errors, latency];
});

/** Growth of the best e-value per request of the candidate: the divergence of both sides from their mixture. */
function evidenceOf(
  candidate: readonly number[],
  stable: readonly number[],
  { weight }: Traffic,
): number {
  let sum = 0;
  candidate.forEach((own, at) => {
    const other = stable[at] ?? 0;
    const both = weight * own + (1 - weight) * other;
    if (own > 0) sum += own * Math.log(own / both);
    if (other > 0) sum += (1 / weight - 1) * other * Math.log(other / both);
  });
  return sum;
}

/** Wald's approximation of what the best test at our level needs, at most all of the half hour. */
const leastExposed = ({ traffic }: Group, { evidence }: Effect): number =>
  Math.min(
    -Math.log(settings.falseAlarm) / evidence,
    traffic.rate * traffic.weight * horizon * lookSeconds,
  );

/** One judge's run of one rollout: requests of the candidate until it failed (or the horizon), and whether it did. */
type Outcome = { readonly exposed: number; readonly failed: boolean };

/** How often and after how many requests each judge fails a release that is worse, beside its peers. */
export function measurePower(runs: number, say: (text: string) => void): readonly Figure[] {
  return groups.flatMap((group) => {
    say(group.name);
    const limits = calibrate(group, 2 * runs);
    return group.effects.map((effect) => measureEffect(group, effect, limits, runs));
  });
}

type Limits = { readonly share: number; readonly peers: readonly Limited[] };
type Limited = {
  readonly name: string;
  readonly metric: number;
  readonly make: () => Peer;
  readonly limit: number;
};

/** Runs in which both sides are alike: our share of false alarms, and limits with which the peers have no more. */
function calibrate(group: Group, runs: number): Limits {
  const peers = group.metrics.flatMap((metric, at) =>
    makePeers.map(([name, make]) => ({
      name: `${name}${metric}`,
      metric: at,
      make,
      highest: [] as number[],
    })),
  );
  let alarms = 0;
  for (let run = 0; run < runs; run += 1) {
    const rollout = group.without(chanceOf(run, `${group.name}/alike`));
    const judges = peers.map((peer) => ({
      peer,
      judge: peer.make(),
      highest: Number.NEGATIVE_INFINITY,
    }));
    let harm = 0;
    for (let look = 1; look <= horizon; look += 1) {
      harm = Math.max(harm, rollout.look().harm);
      if (look % looksPerInterval !== 0) continue;
      const points = rollout.points();
      for (const one of judges) {
        const point = points[one.peer.metric];
        if (point) one.highest = Math.max(one.highest, one.judge(point));
      }
    }
    if (harm >= bound) alarms += 1;
    for (const one of judges) one.peer.highest.push(one.highest);
  }
  const share = alarms / runs;
  return {
    share,
    peers: peers.map(({ highest, ...peer }) => ({
      ...peer,
      limit: calibrated(highest, Math.max(share, leastShare)),
    })),
  };
}

function measureEffect(group: Group, effect: Effect, limits: Limits, runs: number): Figure {
  const ours: Outcome[] = [];
  const theirs: Outcome[][] = limits.peers.map(() => []);
  for (let run = 0; run < runs; run += 1) {
    const outcomes = runOnce(effect.rollout(chanceOf(run, `${group.name}/${effect.name}`)), limits);
    outcomes.forEach((outcome, at) => {
      if (at === 0) ours.push(outcome);
      else theirs[at - 1]?.push(outcome);
    });
  }
  const own = summary(ours);
  const others = limits.peers.map((peer, at) => ({
    name: peer.name,
    ...summary(theirs[at] ?? []),
  }));
  const best = others.reduce((a, b) => (b.mean < a.mean ? b : a));
  return {
    name: `analysis.exposed.${effect.name}.${group.name}`,
    unit: '×',
    value: best.mean / own.mean,
    aim: 2,
    best: 'high',
    note:
      `requests until failed: ours ${text(own)}; ` +
      `${others.map((one) => `${one.name} ${text(one)}`).join('; ')}; ` +
      `a comparison that knew the harm about ${count(leastExposed(group, effect))}; ` +
      `false alarms ${percent(limits.share)}`,
  };
}

/** All judges on the same requests; ours first. Ends when all have failed the release. */
function runOnce(rollout: Rollout, limits: Limits): readonly Outcome[] {
  const judges = limits.peers.map((peer) => ({ peer, judge: peer.make() }));
  const failedAt: (number | null)[] = [null, ...limits.peers.map(() => null)];
  let exposed = 0;
  for (let look = 1; look <= horizon; look += 1) {
    const seen = rollout.look();
    exposed += seen.exposed;
    if (seen.harm >= bound) failedAt[0] ??= exposed;
    if (look % looksPerInterval === 0) {
      const points = rollout.points();
      judges.forEach(({ peer, judge }, at) => {
        const point = points[peer.metric];
        if (point && judge(point) > peer.limit) failedAt[at + 1] ??= exposed;
      });
    }
    if (failedAt.every((at) => at !== null)) break;
  }
  return failedAt.map((at) => ({ exposed: at ?? exposed, failed: at !== null }));
}

type Summary = { readonly mean: number; readonly half: number; readonly power: number };

const summary = (outcomes: readonly Outcome[]): Summary => ({
  ...meanOf(outcomes.map((outcome) => outcome.exposed)),
  power: outcomes.filter((outcome) => outcome.failed).length / outcomes.length,
});

const text = ({ mean, half, power }: Summary): string =>
  `${count(mean)} ± ${count(half)} (power ${percent(power)})`;
const count = (value: number): string =>
  value.toPrecision(value >= 1000 ? 4 : 3).replace(/e\+3$/, '000');
const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
