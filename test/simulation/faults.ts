import { metricFaults } from './metrics.ts';
import type { Random } from './random.ts';
import type { RunDeed } from './runs/deeds.ts';
import type { Scenario } from './scenario.ts';
import { authorDeeds, type Deed, deeds, type OwnFault, ownFaults } from './words.ts';
import { crashPoints } from './worker.ts';

/** One thing that goes wrong, or that a person does, at a moment of the seed. */
export type Happening =
  | {
      readonly is: 'crash';
      readonly worker: number;
      readonly where: (typeof crashPoints)[number];
      readonly down: number;
    }
  | { readonly is: 'freeze'; readonly worker: number; readonly ms: number }
  | { readonly is: 'skew'; readonly worker: number; readonly rate: number; readonly ms: number }
  | { readonly is: 'nudges'; readonly how: NudgeFault; readonly ms: number }
  | { readonly is: 'tornRead'; readonly after: number }
  | { readonly is: 'cut'; readonly target: number; readonly ms: number; readonly oldNews: boolean }
  | {
      readonly is: 'target';
      readonly target: number;
      readonly how: 'slow' | 'refuse' | 'halfApply' | 'drift' | 'lieReady' | 'lieUnready';
      readonly ms: number;
    }
  | {
      readonly is: 'agent';
      readonly target: number;
      readonly how: (typeof agentFaults)[number];
      readonly ms: number;
    }
  | { readonly is: 'metric'; readonly how: (typeof metricFaults)[number]; readonly ms: number }
  | { readonly is: 'own'; readonly how: OwnFault; readonly n: number }
  | {
      readonly is: 'git';
      readonly how: 'away' | 'conflict' | 'move' | 'lostAnswer';
      readonly n: number;
    }
  | { readonly is: 'person'; readonly does: Deed; readonly n: number }
  | { readonly is: 'run'; readonly does: RunDeed; readonly n: number };

export const nudgeFaults = ['lost', 'late', 'doubled', 'reordered'] as const;
export type NudgeFault = (typeof nudgeFaults)[number];

/** An agent is started again and finds what it kept, or a file that is torn and so nothing. */
export const agentFaults = ['restart', 'amnesia'] as const;

export type FaultEvent = { readonly id: number; readonly at: number; readonly what: Happening };

/** Simulated milliseconds in which faults and people are at work; after that everything heals. */
export const unrest = 30_000;

/** What happens in one seed, in the order of time. */
export function planOf(random: Random, scenario: Scenario): readonly FaultEvent[] {
  const { length } = scenario.applications;
  const count = random.int(4, 10);
  const people = random.int(0, 1);
  const kinds = [
    ...Array.from({ length }, () => first(scenario)),
    ...scenario.habits.map(habit),
    ...Array.from({ length: people }, () => person),
    ...Array.from({ length: random.chance(0.4) ? 1 : 0 }, () => author),
    ...Array.from({ length: length > 1 ? random.int(1, 2) : 0 }, () => ownTrouble),
    ...Array.from({ length: count }, () => fault),
  ];
  const events = kinds.flatMap((kind, id): FaultEvent[] => {
    // More of it early, while the first rollouts are under way.
    const early = 200 + Math.floor(random.next() ** 1.4 * (unrest - 2_200));
    const event = { id, at: id < length ? 500 + id * 200 : early, what: kind(random, id) };
    if (event.what.is === 'own') return [event, nextDoor(random, event, length)];
    return isFreeze(event) && random.chance(0.4) ? [event, override(random, event)] : [event];
  });
  return events.toSorted((a, b) => a.at - b.at);
}

const habit =
  (does: Deed) =>
  (random: Random): Happening => ({ is: 'person', does, n: random.int(0, 99) });

const isFreeze = ({ what }: FaultEvent): boolean => what.is === 'person' && what.does === 'freeze';

/** Somebody who cannot wait for its end. */
const override = (random: Random, { id, at }: FaultEvent): FaultEvent => ({
  id: id + 100,
  at: at + random.int(500, 8_000),
  what: { is: 'person', does: 'overrideFreeze', n: random.int(0, 99) },
});

/** Life goes on beside the application that has trouble of its own, which is the last one. */
const nextDoor = (random: Random, { id, at }: FaultEvent, applications: number): FaultEvent => ({
  id: id + 100,
  at: at + random.int(500, 5_000),
  what: {
    is: 'person',
    does: 'release',
    n: random.int(0, applications - 2) + applications * random.int(0, 99),
  },
});

const author = (random: Random): Happening => ({
  is: 'person',
  does: random.pick(authorDeeds),
  n: random.int(0, 99),
});

/** Each application is released once: people turn from one to the next. */
const first =
  ({ applications }: Scenario) =>
  (random: Random, id: number): Happening => ({
    is: 'person',
    does: 'release',
    n: id + applications.length * random.int(0, 99),
  });

const ownTrouble = (random: Random): Happening => ({
  is: 'own',
  how: random.pick(ownFaults),
  n: random.int(0, 99),
});

const person = (random: Random): Happening => ({
  is: 'person',
  does: random.pick(deeds),
  n: random.int(0, 99),
});

const long = (random: Random) => random.int(2_000, 40_000);

const kinds: readonly ((random: Random) => Happening)[] = [
  (random) => ({
    is: 'crash',
    worker: random.int(0, 2),
    where: random.pick(crashPoints),
    down: random.int(100, 20_000),
  }),
  (random) => ({
    is: 'crash',
    worker: random.int(0, 2),
    where: random.pick(crashPoints),
    down: random.int(100, 3_000),
  }),
  (random) => ({ is: 'freeze', worker: random.int(0, 2), ms: random.int(3_600, 12_000) }),
  (random) => ({ is: 'freeze', worker: random.int(0, 2), ms: random.int(3_600, 12_000) }),
  (random) => ({
    is: 'skew',
    worker: random.int(0, 2),
    rate: random.pick([0.25, 0.5, 2, 20, 400]),
    ms: long(random),
  }),
  (random) => ({ is: 'nudges', how: random.pick(nudgeFaults), ms: long(random) }),
  (random) => ({ is: 'tornRead', after: random.int(1, 40) }),
  (random) => ({
    is: 'cut',
    target: random.int(0, 3),
    ms: random.int(5_000, 120_000),
    oldNews: random.chance(0.6),
  }),
  (random) => ({
    is: 'target',
    target: random.int(0, 3),
    how: random.pick(['slow', 'refuse', 'halfApply', 'drift', 'lieReady', 'lieUnready']),
    ms: long(random),
  }),
  (random) => ({
    is: 'agent',
    target: random.int(0, 3),
    how: random.pick(agentFaults),
    ms: random.int(500, 15_000),
  }),
  (random) => ({ is: 'metric', how: random.pick(metricFaults), ms: long(random) }),
  (random) => ({
    is: 'git',
    how: random.pick(['away', 'conflict', 'move', 'lostAnswer']),
    n: random.int(1, 4),
  }),
];

const fault = (random: Random): Happening => random.pick(kinds)(random);

/** One line for people. */
export function wordsOf({ at, what }: FaultEvent): string {
  const { is, ...rest } = what;
  const facts = Object.entries(rest).map(([name, value]) => `${name} ${value}`);
  return `${(at / 1_000).toFixed(1)} s  ${is}: ${facts.join(', ')}`;
}
