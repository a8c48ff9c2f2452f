import { addSource } from '../../src/capabilities/sources/operations.ts';
import { loopTuning } from '../../src/engine/tuning.ts';
import { type Base, baseFrom } from './base.ts';
import { type FaultEvent, planOf, unrest, wordsOf } from './faults.ts';
import { configAddress } from './git.ts';
import { calm, isAtRest, judge, stagesOf } from './healing.ts';
import type { Violation } from './invariants/types.ts';
import type { Mutation } from './mutation.ts';
import { randomOf } from './random.ts';
import { type RememberedTexts, rememberedTexts } from './remembered.ts';
import { hasRuns, planWithRuns, scenarioFor } from './runs/pipelines.ts';
import { draw, type Scenario } from './scenario.ts';
import { dawn, morning } from './scenarios/freezes.ts';
import { type Due, happen } from './trouble.ts';
import type { Actor } from './worker.ts';
import { createWorld, type World } from './world.ts';

/** Simulated time in which a healed world must have come to rest. */
export const patience = 20 * 60_000;
/** Ten times what the longest of a thousand healthy seeds takes: a world that goes in circles ends here. */
const mostSteps = 20_000;

export type Outcome = {
  readonly seed: number;
  readonly scenario: string;
  readonly violation: Violation | null;
  readonly hits: ReadonlyMap<string, number>;
  /** What was planned to happen. */
  readonly plan: readonly FaultEvent[];
  readonly steps: number;
  /** How many rollouts ended how. */
  readonly ended: ReadonlyMap<string, number>;
  /** The same of runs of pipelines. */
  readonly runs: ReadonlyMap<string, number>;
  /** The audit log in short, the same for the same seed. */
  readonly story: () => readonly string[];
};

export type RunOptions = {
  /** Only these of the plan; all when left out. */
  readonly plan?: readonly FaultEvent[];
  readonly mutation?: Mutation;
  readonly trace?: (line: string) => void;
};

/** Runs simulations; what worlds of one scenario have in common before anything happens is worked out once. */
export function simulator(): { run(seed: number, options?: RunOptions): Promise<Outcome> } {
  const texts = rememberedTexts();
  // Each look sets a timer that it never needs; with one that stays, Node need not make and drop its list of them.
  setInterval(() => {}, loopTuning.longestLoad).unref();
  const bases = new Map<Scenario, Promise<Base>>();
  const baseOf = (scenario: Scenario): Promise<Base> => {
    const found = bases.get(scenario) ?? settle(scenario, texts);
    bases.set(scenario, found);
    return found;
  };
  return {
    run: async (seed, options = {}) => {
      const random = randomOf(seed, 'plan');
      const scenario = scenarioFor(seed, draw(random));
      const workers = random.pick([1, 2, 2, 3, 3]);
      const usual = planOf(random, scenario);
      const plan = hasRuns(seed) ? planWithRuns(seed, usual) : usual;
      const base = await baseOf(scenario);
      const world = await createWorld({
        ...{ seed, scenario, workers, base, texts },
        begin: morning,
        mutation: options.mutation ?? null,
      });
      return await live(world, seed, plan, options);
    },
  };
}

/** The config repository read, its deliveries opened and, where the scenario says so, a first release rolled out. */
async function settle(scenario: Scenario, texts: RememberedTexts): Promise<Base> {
  const options = { seed: 0, scenario, workers: 1, base: null, mutation: null, texts };
  const world = await createWorld({ ...options, begin: dawn });
  await addSource(
    world.db,
    { name: 'config', address: configAddress },
    { actor: 'user:eve', requestId: null },
  );
  const schedule = scheduleOf(world);
  await schedule.until(() => world.clock.now > dawn + 5_000);
  if (scenario.settled) {
    for (const { name, environments } of scenario.applications) {
      const release = await world.people.makeRelease('good', name);
      for (const environment of environments)
        await world.people.promote({ application: name, environment, release, fastTrack: true });
    }
  }
  await schedule.until(() => world.clock.now > dawn + 120_000);
  return await baseFrom(world);
}

async function live(
  world: World,
  seed: number,
  plan: readonly FaultEvent[],
  options: RunOptions,
): Promise<Outcome> {
  const { clock, watch, hits } = world;
  const begin = clock.now;
  const { trace } = options;
  const note = (text: string) =>
    trace?.(`${((clock.now - begin) / 1_000).toFixed(3).padStart(9)}  ${text}`);
  if (trace) traceCommits(world, note);
  const schedule = scheduleOf(world);
  const events = options.plan ?? plan;
  for (const event of events) {
    schedule.later({
      at: begin + event.at,
      does: async () => {
        if (trace) note(`** ${wordsOf(event)}`);
        await happen(world, event, schedule.later, note);
      },
    });
  }
  const isBroken = () => watch.violations.length > 0;
  await schedule.until(() => isBroken() || clock.now >= begin + unrest);
  for (const stage of isBroken() ? [] : stagesOf(world, schedule.later)) {
    if (isBroken()) break;
    note(`** ${stage.says}`);
    const healed = await stage.begin();
    const isOver = () => clock.now >= healed + calm && isAtRest(world);
    await schedule.until(() => isBroken() || isOver() || clock.now >= healed + patience);
    if (!isBroken()) await judge(world, stage.noRest);
  }
  const [violation = null] = watch.violations;
  if (violation) note(`!! ${violation.invariant}: ${violation.detail}`);
  return {
    ...{ seed, scenario: world.scenario.name, violation, hits: hits.counts, plan: events },
    steps: schedule.steps(),
    ended: counted([...world.db.tables.rollouts.rows.values()].map((row) => row[6])),
    runs: counted([...world.db.tables.runs.rows.values()].map(({ phase }) => phase)),
    story: () => storyOf(world),
  };
}

/** Whoever may act now is picked by chance; when nobody may, time goes on to the next moment that somebody can. */
function scheduleOf(world: World) {
  const { clock, random, staff, targets } = world;
  const list: Due[] = [];
  const later = (due: Due) => {
    list.push(due);
    list.sort((a, b) => a.at - b.at);
  };
  const plan: Actor = {
    due: () => list[0]?.at ?? Number.POSITIVE_INFINITY,
    step: async () => await list.shift()?.does(),
  };
  const actors: readonly Actor[] = [
    plan,
    ...staff.flatMap(({ worker, outbox }) => [worker, outbox]),
    ...targets,
  ];
  let steps = 0;
  const ready: Actor[] = [];
  const next = (): Actor => {
    for (;;) {
      ready.length = 0;
      let soonest = Number.POSITIVE_INFINITY;
      for (const actor of actors) {
        const due = actor.due();
        if (due <= clock.now) ready.push(actor);
        else if (due < soonest) soonest = due;
      }
      if (ready.length > 0) return random.pick(ready);
      clock.now = soonest;
    }
  };
  return {
    later,
    steps: () => steps,
    until: async (over: () => boolean) => {
      while (!over()) {
        steps += 1;
        if (steps > mostSteps) {
          const detail = `it goes in circles: ${mostSteps} steps and no rest`;
          world.watch.report('once faults stop, every rollout ends', detail);
          return;
        }
        await next().step();
        if (world.db.unknown) throw world.db.unknown;
      }
    },
  };
}

function traceCommits({ db }: World, note: (text: string) => void): void {
  db.onCommit((puts) => {
    for (const { table, after } of puts) {
      if (table === 'events') {
        const { type, objectId, because } = after as {
          type: string;
          objectId: string;
          because: string;
        };
        note(`${type} ${objectId ?? ''}: ${because}`);
      }
      if (table === 'intents') {
        const { target, generation, spec } = after as {
          target: string;
          generation: number;
          spec: { versions: { release: string; replicas: number; weight: number }[] };
        };
        note(
          `intent ${target} #${generation}: ${spec.versions.map((one) => `${one.replicas} × ${one.release} ${one.weight} %`).join(', ')}`,
        );
      }
    }
  });
}

function counted(phases: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const phase of phases) counts.set(phase, (counts.get(phase) ?? 0) + 1);
  return counts;
}

const storyOf = ({ db }: World): readonly string[] =>
  [...db.tables.events.rows.values()].map(({ at, type, objectId }) => `${at} ${type} ${objectId}`);
