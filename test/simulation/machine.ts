import type { Intent, Route, Sticky } from '../../src/capabilities/fleet/types.ts';
import { simulatedVisitors, type VisitorDeps, type Visitors } from './visitors.ts';

/** How a release fares wherever it runs. `sick` never becomes ready, `bad` answers with errors. */
export type Nature = 'good' | 'bad' | 'sick';

/** What is wrong with a target now. */
export type Ailments = {
  /** Nothing gets through, neither way. */
  cut: boolean;
  /** Milliseconds until a replica is ready. */
  readyAfter: number;
  /** New intents are not followed. */
  refuses: boolean;
  /** Replicas are started and traffic is left where it was. */
  half: boolean;
  /** What it reports of readiness is not so. */
  lies: 'ready' | 'unready' | null;
  /** Somebody moved traffic by hand. */
  drifts: boolean;
};

export type Running = {
  /** By release. */
  readonly versions: Map<
    string,
    { since: number; replicas: number; requests: number; errors: number }
  >;
  weights: { readonly [release: string]: number };
  routes: readonly Route[];
  sticky: Sticky | null;
  /** There since it first mattered who calls. */
  visitors: Visitors | null;
};

export type MachineDeps = {
  readonly now: () => number;
  readonly natureOf: (release: string) => Nature;
  readonly ailments: Ailments;
  readonly hit: (what: 'slow' | 'refuse' | 'halfApply' | 'lie' | 'drift' | VisitorHit) => void;
  readonly isSticky: (application: string) => boolean;
  readonly strays: VisitorDeps['strays'];
};

type VisitorHit = Parameters<VisitorDeps['hit']>[0];

const requestsPerSecond = 20;

export const well = (): Ailments => ({
  cut: false,
  readyAfter: 1_000,
  refuses: false,
  half: false,
  lies: null,
  drifts: false,
});

export const nothingYet = (): Running => ({
  ...{ versions: new Map(), weights: {}, routes: [], sticky: null, visitors: null },
});

/** What runs on a target and who gets its traffic: it moves towards the newest intent as its ailments let it. */
export function simulatedMachine(deps: MachineDeps) {
  const { now, natureOf, hit, ailments } = deps;
  const running = new Map<string, Running>();
  const applied = new Map<string, Intent>();
  let lastTick = now();

  const readyOf = (release: string, since: number, replicas: number): number =>
    natureOf(release) === 'sick' || now() - since < ailments.readyAfter ? 0 : replicas;

  const count = (one: Running, release: string, requests: number) => {
    const version = one.versions.get(release);
    if (!version) return;
    version.requests += requests;
    if (natureOf(release) === 'bad') version.errors += Math.ceil(requests / 3);
  };

  /** Who calls matters where requests are told apart; elsewhere every release has its share. */
  const countTraffic = () => {
    const all = (requestsPerSecond * (now() - lastTick)) / 1_000;
    lastTick = now();
    for (const [application, one] of running) {
      if (one.visitors || one.sticky || one.routes.length > 0) {
        one.visitors ??= visitorsOf(application);
        const ready = [...one.versions].flatMap(([release, { since, replicas }]) =>
          readyOf(release, since, replicas) > 0 ? [release] : [],
        );
        for (const [release, requests] of one.visitors.call(one, ready, all))
          count(one, release, Math.round(requests));
      } else {
        for (const [release, weight] of Object.entries(one.weights))
          if (weight > 0) count(one, release, Math.round((all * weight) / 100));
      }
    }
  };
  const visitorsOf = (application: string) =>
    simulatedVisitors({
      ...{ hit, strays: deps.strays },
      isSticky: deps.isSticky(application),
    });

  /** As asked when what shall have traffic is ready; else what is ready shares it, or all stays as it was. */
  const served = (one: Running, { spec }: Intent): Running['weights'] => {
    if (spec.versions.length === 0) return {};
    const able = spec.versions.filter(({ release, weight }) => {
      const version = one.versions.get(release);
      return weight > 0 && version && readyOf(release, version.since, version.replicas) > 0;
    });
    const sum = able.reduce((total, { weight }) => total + weight, 0);
    if (sum === 0) return one.weights;
    return Object.fromEntries(able.map(({ release, weight }) => [release, (weight * 100) / sum]));
  };

  const converge = (intent: Intent) => {
    const { application, spec } = intent;
    const one = running.get(application) ?? nothingYet();
    running.set(application, one);
    if (ailments.refuses && applied.get(application)?.generation !== intent.generation) {
      hit('refuse');
      return;
    }
    applied.set(application, intent);
    for (const { release, replicas } of spec.versions) {
      const known = one.versions.get(release);
      if (known) known.replicas = replicas;
      else one.versions.set(release, { since: now(), replicas, requests: 0, errors: 0 });
    }
    if (ailments.half) hit('halfApply');
    else {
      one.weights = served(one, intent);
      one.routes = spec.routes;
      one.sticky = spec.sticky;
    }
    for (const release of [...one.versions.keys()]) {
      const isAsked = spec.versions.some((version) => version.release === release);
      if (!isAsked && !(one.weights[release] ?? 0)) one.versions.delete(release);
    }
  };

  return {
    running: running as ReadonlyMap<string, Running>,
    applied: applied as ReadonlyMap<string, Intent>,
    readyOf,
    moveTo: (intents: Iterable<Intent>) => {
      countTraffic();
      for (const intent of intents) converge(intent);
    },
    /** When the next replica is ready. */
    nextReady: (): number => {
      let next = Number.POSITIVE_INFINITY;
      for (const { versions } of running.values()) {
        for (const { since } of versions.values()) {
          const time = since + ailments.readyAfter;
          if (time > now() && time < next) next = time;
        }
      }
      return next;
    },
  };
}

export type Machine = ReturnType<typeof simulatedMachine>;
