import { composeParts, type Parts } from '../../src/compose-parts.ts';
import { engineStore } from '../../src/engine/postgres-store.ts';
import { effectStore } from '../../src/engine/store-effects.ts';
import { createLog } from '../../src/platform/log/log.ts';
import type { Base } from './base.ts';
import { moreChecks } from './checks.ts';
import { type SimulatedDatabase, simulatedDatabase } from './database/database.ts';
import type { ObjectRow } from './database/tables.ts';
import { type SimulatedGit, seedGit, simulatedGit } from './git.ts';
import { type Hits, newHits } from './hits.ts';
import { isCopy } from './invariants/copies.ts';
import { guard } from './invariants/guard.ts';
import type { Nature } from './machine.ts';
import { type MetricMood, simulatedSources } from './metrics.ts';
import type { Mutation } from './mutation.ts';
import { type Nudges, simulatedNudges } from './nudges.ts';
import { type People, simulatedPeople } from './people.ts';
import { type Random, randomOf } from './random.ts';
import type { RememberedTexts } from './remembered.ts';
import { type Outside, simulatedOutside } from './runs/outside.ts';
import { type RunPeople, runPeople } from './runs/people.ts';
import { applicationName, type Copies, type Scenario } from './scenario.ts';
import {
  noTrouble,
  type OwnTrouble,
  poisoned,
  setAside,
  sufferer,
} from './scenarios/own-faults.ts';
import { hire, type Member, nextDueOf } from './staff.ts';
import { simulatedTarget, type Target, type TargetDeps } from './target.ts';

const quiet = createLog({ name: 'simulation', level: 'silent' });

export type Clock = { now: number };

export type World = {
  readonly clock: Clock;
  readonly scenario: Scenario;
  readonly db: SimulatedDatabase;
  readonly git: SimulatedGit;
  readonly staff: readonly Member[];
  readonly targets: readonly Target[];
  readonly people: People;
  readonly runPeople: RunPeople;
  readonly outside: Outside;
  readonly metrics: MetricMood;
  readonly nudges: Nudges;
  readonly natures: Map<string, Nature>;
  readonly own: OwnTrouble;
  /** Whether an object is of the application that has trouble of its own. */
  readonly isAside: (object: ObjectRow | undefined) => boolean;
  readonly hits: Hits;
  readonly watch: ReturnType<typeof guard>;
  readonly random: Random;
  /** Called before each statement outside of a transaction; what it resolves with comes first. */
  readonly watchReads: (watch: (() => Promise<void> | null) | null) => void;
};

export type WorldOptions = {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly begin: number;
  readonly workers: number;
  /** Where it begins; null is an empty database and what the scenario declares. */
  readonly base: Base | null;
  readonly mutation: Mutation | null;
  readonly texts: RememberedTexts;
};

/** Puts a world together. Nothing moves in it until somebody calls a step. */
export async function createWorld(options: WorldOptions): Promise<World> {
  const { seed, scenario, mutation } = options;
  const clock = { now: options.begin };
  const now = () => clock.now;
  const hits = newHits();
  const db = simulatedDatabase(now, options.base?.tables);
  const natures = new Map<string, Nature>();
  const natureOf = (release: string): Nature =>
    isCopy(release)
      ? natureOfCopies(scenario.copies, clock.now)
      : (natures.get(db.tables.releases.rows.get(release)?.commit ?? '') ?? 'good');
  const own = noTrouble();
  const aside = setAside(own, db.tables);
  const check = moreChecks(db, now, hits);
  const watch = guard({ db, now, seed, begin: options.begin, check, isAside: aside.put });
  const held: { people: People | null } = { people: null };
  const git = simulatedGit({
    now,
    hit: hits.hit,
    intrude: async (path) => held.people?.intrude(path),
  });
  await seedGit(git, options.base?.files ?? scenario.files);
  const chance = randomOf(seed, 'metrics');
  const metrics = simulatedSources({
    ...{ db, now, natureOf, random: chance, hit: hits.hit },
    answered: watch.answered,
  });
  const outside = simulatedOutside({ random: randomOf(seed, 'outside'), hit: hits.hit });
  let ids = 0;
  const newId = (prefix: string) => {
    ids += 1;
    return `${prefix}-${(options.begin / 1_000).toString(36)}${`${ids}`.padStart(5, '0')}`;
  };
  const product = composeParts(db, git.git, {
    ...{ sources: metrics.sources, newId, log: quiet, ...options.texts },
    steps: { outbound: outside.outbound },
    now: () => new Date(clock.now),
  });
  const poison = sufferer(scenario) === null ? null : poisoned(own, hits.hit);
  const seams = seamsOf(product, db, watch, poison, mutation);
  const random = randomOf(seed, 'schedule');
  const nextDue = nextDueOf(db);
  const staff = Array.from({ length: options.workers }, (_, n) =>
    hire({
      n,
      db,
      ...seams,
      log: quiet,
      nextDue,
      random,
      now,
      hit: hits.hit,
    }),
  );
  const common = { db, now, hit: hits.hit };
  const targets = targetsOf(scenario, { ...common, natureOf, strays: watch.report });
  const nudges = simulatedNudges({ ...common, staff, targets, random: randomOf(seed, 'nudges') });
  const people = simulatedPeople({
    ...{ ...common, git, scenario, releases: product.releases, natures },
    random: randomOf(seed, 'people'),
    mark: options.begin,
  });
  held.people = people;
  const releaseOfShop = (nature: Nature) => people.makeRelease(nature, applicationName);
  const runners = runPeople({
    ...{ db, git, runs: product.runs, makeRelease: releaseOfShop },
    random: randomOf(seed, 'runners'),
  });
  const parts = { clock, scenario, db, git, staff, targets, people, nudges, natures, hits, watch };
  const watchReads: World['watchReads'] = (on) => {
    db.beforeRead = on;
  };
  const others = { own, isAside: aside.object, runPeople: runners, outside, random, watchReads };
  return { ...parts, ...others, metrics: metrics.mood };
}

/** Longer than a rollout waits for its copy, so that it is given up before it is there, and after. */
const copyTurn = 70_000;

const natureOfCopies = (copies: Copies, now: number): Nature =>
  copies === 'never' || (copies === 'fickle' && Math.floor(now / copyTurn) % 2 === 1)
    ? 'sick'
    : 'good';

function targetsOf(
  { targets, applications }: Scenario,
  deps: Omit<TargetDeps, 'name' | 'isSticky'>,
): readonly Target[] {
  const sticky = new Set(applications.filter((one) => one.isSticky).map((one) => one.name));
  const isSticky = (application: string) => sticky.has(application);
  return Object.keys(targets).map((name) => {
    addAgent(deps.db, name, deps.now());
    return simulatedTarget({ ...deps, name, isSticky });
  });
}

/** What workers are handed: the product's own parts, watched, and with the deliberate fault if there is one. */
function seamsOf(
  product: Parts,
  db: SimulatedDatabase,
  watch: World['watch'],
  poison: ReturnType<typeof poisoned> | null,
  mutation: Mutation | null,
) {
  const handlers = byKind(product.handlers.map(watch.handler));
  const changed = product.reconcilers.map((one) => mutation?.reconciler?.(one) ?? one);
  const reconcilers = byKind(changed.map((one) => poison?.reconciler(one) ?? one));
  const [plain, effects] = [engineStore(db), effectStore(db)];
  mutation?.database?.(db);
  const objects = mutation?.objects?.(plain, { db, handlers }) ?? plain;
  return {
    ...{ handlers, reconcilers },
    objects: watch.objects(poison?.objects(objects) ?? objects, reconcilers),
    effects: mutation?.effects?.(effects, { db, handlers }) ?? effects,
  };
}

function byKind<T extends { readonly kind: string }>(all: readonly T[]): ReadonlyMap<string, T> {
  return new Map(all.map((one) => [one.kind, one]));
}

function addAgent(db: SimulatedDatabase, target: string, now: number): void {
  const name = `agent-${target}`;
  db.tables.agents.rows.set(name, { name, targets: [target], lastSeenAt: now, version: null });
}
