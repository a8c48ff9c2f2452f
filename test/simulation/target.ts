import type { IntentSpec, Status } from '../../src/capabilities/fleet/types.ts';
import { type AgentRestart, simulatedAgent } from './agent.ts';
import type { SimulatedDatabase } from './database/database.ts';
import { type Ailments, type MachineDeps, nothingYet, simulatedMachine, well } from './machine.ts';
import { statusesOf } from './status.ts';

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
  /** Its agent starts anew, with what it had kept, or with nothing since its files were torn. */
  restart(how: AgentRestart): void;
  /** What is served, whatever is reported: weights and replicas by release, and who is told apart. */
  truth(application: string): Pick<IntentSpec, 'routes' | 'sticky'> & {
    readonly generation: number;
    readonly weights: { readonly [release: string]: number };
    readonly replicas: { readonly [release: string]: number };
  };
};

/** A target with its agent: follows its intents, lets its machine converge, and says what came of it. */
export function simulatedTarget(deps: TargetDeps): Target {
  const { name, db, now } = deps;
  const ailments = well();
  const parts: MachineDeps = { ...deps, ailments };
  const machine = simulatedMachine(parts);
  const agent = simulatedAgent({
    ...{ name, db, now },
    isCut: () => ailments.cut,
    statusesOf: (applications) => statusesOf(name, machine, parts, applications),
  });
  const { poke, statuses, deliver, restart } = agent;
  let tickAt = Number.POSITIVE_INFINITY;
  return {
    ...{ name, ailments, poke, statuses, deliver, restart },
    due: () => Math.min(agent.due(), tickAt),
    step: async () => {
      await agent.follow();
      machine.moveTo(agent.intents());
      await agent.speak();
      tickAt = machine.nextReady();
    },
    truth: (application) => {
      const one = machine.running.get(application) ?? nothingYet();
      const { weights, versions, routes, sticky } = one;
      const generation = machine.applied.get(application)?.generation ?? 0;
      const replicas = [...versions].map(([release, { replicas: asked }]) => [release, asked]);
      return { generation, weights, routes, sticky, replicas: Object.fromEntries(replicas) };
    },
  };
}
