import { followIntents } from '../../src/capabilities/fleet/reads.ts';
import {
  saveStatuses,
  subjectsOf,
  touchAgent,
  wakeSubjects,
} from '../../src/capabilities/fleet/store.ts';
import type { Intent, Status } from '../../src/capabilities/fleet/types.ts';
import type { SimulatedDatabase } from './database/database.ts';
import { type Ailments, type MachineDeps, simulatedMachine, well } from './machine.ts';
import { statusesOf, wordsOf } from './status.ts';

export type TargetDeps = Omit<MachineDeps, 'ailments'> & {
  readonly name: string;
  readonly db: SimulatedDatabase;
};

export type Target = {
  readonly name: string;
  readonly ailments: Ailments;
  due(): number;
  step(): Promise<void>;
  poke(at: number): void;
  /** What it would report now, to be delivered later. */
  statuses(): readonly Status[];
  /** Delivers a report, however old. */
  deliver(statuses: readonly Status[]): Promise<void>;
  /** What is served, whatever is reported: weights and replicas by release. */
  truth(application: string): {
    readonly generation: number;
    readonly weights: { readonly [release: string]: number };
    readonly replicas: { readonly [release: string]: number };
  };
};

const heartbeat = 4_000;
const longPoll = 25_000;

/** A target with its agent: follows its intents, lets its machine converge, and says what came of it. */
export function simulatedTarget(deps: TargetDeps): Target {
  const { name, db, now } = deps;
  const ailments = well();
  const parts: MachineDeps = { ...deps, ailments };
  const machine = simulatedMachine(parts);
  const intents = new Map<string, Intent>();
  let revision = 0;
  let sent = '';
  let reportAt = now();
  let followAt = now();
  let tickAt = Number.POSITIVE_INFINITY;

  const follow = async () => {
    const news = await followIntents(db, name, revision);
    followAt = now() + longPoll;
    revision = news.revision;
    for (const intent of news.intents) {
      const known = intents.get(intent.application);
      if (!known || known.generation <= intent.generation) intents.set(intent.application, intent);
    }
  };
  const statuses = () => statusesOf(name, machine, parts, intents.keys());
  const deliver = (some: readonly Status[]) =>
    db.transaction(async (tx) => {
      const returned = await touchAgent(tx, `agent-${name}`, '1');
      await saveStatuses(tx, `agent-${name}`, some);
      if (returned) await wakeSubjects(tx, await subjectsOf(tx, [name]));
    });
  /** Counters alone are worth telling only while somebody compares two versions. */
  const areCompared = (): boolean => {
    for (const row of db.tables.rollouts.rows.values()) if (!row[7]) return true;
    return false;
  };
  const speak = async () => {
    const some = statuses();
    const words = wordsOf(some);
    if (ailments.cut) {
      sent = '';
      reportAt = now() + 2_000;
    } else if (words !== sent || reportAt <= now()) {
      await deliver(words !== sent || areCompared() ? some : []);
      sent = words;
      reportAt = now() + heartbeat;
    }
  };

  return {
    name,
    ailments,
    statuses,
    deliver,
    poke: (at) => {
      followAt = Math.min(followAt, Math.max(at, now()));
    },
    due: () => Math.min(ailments.cut ? reportAt : Math.min(followAt, reportAt), tickAt),
    step: async () => {
      if (!ailments.cut && followAt <= now()) await follow();
      machine.moveTo(intents.values());
      await speak();
      tickAt = machine.nextReady();
    },
    truth: (application) => ({
      generation: machine.applied.get(application)?.generation ?? 0,
      weights: machine.running.get(application)?.weights ?? {},
      replicas: Object.fromEntries(
        [...(machine.running.get(application)?.versions ?? [])].map(([release, { replicas }]) => [
          release,
          replicas,
        ]),
      ),
    }),
  };
}
