import { join } from 'node:path';
import { eventually, type Running } from '../../examples/demo/processes.ts';
import { readProcess } from '../../src/integrations/driver/process/proc.ts';
import { homePaths } from '../../src/platform/config/home.ts';
import { watchChanges } from '../e2e/support/audit.ts';
import { openWorld, type World } from '../e2e/support/world.ts';
import { type Disk, mountDisk } from './disk.ts';
import { type Gate, openGate } from './gate.ts';
import { type DatabaseKeeper, type Keeper, keepAlive, keepDatabase } from './keeper.ts';

export const targets = ['eu-1', 'us-1'] as const;
export const environment = 'production';
export const agentName = 'edge';
export const workers = ['worker-1', 'worker-2'] as const;

/** Real processes with a gate on each line between them, and somebody who starts again what dies. */
export type Stage = {
  readonly world: World;
  readonly toDatabase: Gate;
  readonly toServer: Gate;
  readonly database: DatabaseKeeper;
  /** Of PostgreSQL's data directory; null where nobody may mount one. */
  readonly disk: Disk | null;
  readonly keeper: Keeper;
  /** Where the agent keeps its own; its replicas carry a mark of it. */
  readonly agentDirectory: string;
  end(): Promise<void>;
};

export type StageWish = {
  readonly say: (line: string) => void;
  readonly onDeath: (name: string, how: string) => void;
  readonly isExcused: () => boolean;
};

export async function openStage({ say, onDeath, isExcused }: StageWish): Promise<Stage> {
  const gates: { database?: Gate; server?: Gate; disk?: Disk | null } = {};
  const through = async (url: string): Promise<readonly [Gate, string]> => {
    const address = new URL(url);
    const gate = await openGate(Number(address.port));
    return [gate, url.replace(`:${address.port}`, `:${gate.port}`)];
  };
  const world = await openWorld({
    environments: { [environment]: '{ waves: [{ targets: [eu-1] }, { targets: [us-1] }] }' },
    agents: { [agentName]: targets },
    control: [['server', 'server'], ...workers.map((name) => [name, 'worker'] as const)],
    prepare: async (data) => {
      const mounted = await mountDisk(data, '1g');
      gates.disk = mounted;
      return async () => await mounted?.end();
    },
    between: {
      database: async (url) => {
        const [gate, instead] = await through(url);
        gates.database = gate;
        return instead;
      },
      server: async (url) => {
        const [gate, instead] = await through(url);
        gates.server = gate;
        return instead;
      },
    },
  });
  const { database: toDatabase, server: toServer, disk = null } = gates;
  if (!toDatabase || !toServer) throw new Error('the processes do not speak through the gates');
  await watchChanges(world.db);
  const database = await keepDatabase(join(world.directory, 'postgres'), toDatabase, say);
  const start: Record<string, () => Promise<Running>> = {
    server: () => world.start('server', 'server'),
    [agentName]: () => world.startAgent(agentName, targets),
  };
  for (const name of workers) start[name] = () => world.start(name, 'worker');
  const isAway = (): boolean => database.isAway() || isExcused();
  const keeper = keepAlive({ world, start, onDeath, isExcused: isAway });
  return {
    world,
    toDatabase,
    toServer,
    database,
    disk,
    keeper,
    agentDirectory: homePaths(join(world.directory, agentName)).agent,
    end: async () => {
      keeper.end();
      await database.end();
      await world.end();
      for (const gate of [toDatabase, toServer]) await gate.close();
    },
  };
}

type Health = { readonly database: boolean };
type Targets = {
  readonly items: readonly { readonly name: string; readonly connected: boolean }[];
};

/** Resolves when every process runs, the API answers, with its database, and every target is heard of. */
export async function untilWell({ world, keeper }: Stage, since: number): Promise<number> {
  const patience = 90_000;
  await eventually(
    'the control plane and every target',
    async () => {
      const dead = [...world.processes.keys()].filter((name) => !readProcess(keeper.pid(name)));
      if (dead.length > 0) throw new Error(`${dead} not running`);
      const { database } = await world.api.get<Health>('/health');
      const { items } = await world.api.get<Targets>('/targets');
      const connected = items.filter((one) => one.connected).map(({ name }) => name);
      const away = targets.filter((name) => !connected.includes(name));
      if (database && away.length === 0) return true;
      throw new Error(database ? `${away} not connected` : 'its database is away');
    },
    patience,
  );
  return performance.now() - since;
}
