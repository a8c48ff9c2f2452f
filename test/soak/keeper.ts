import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from '../../examples/demo/processes.ts';
import { readProcess } from '../../src/integrations/driver/process/proc.ts';
import { startEmbedded } from '../../src/platform/db/embedded.ts';
import type { World } from '../e2e/support/world.ts';
import type { Gate } from './gate.ts';
import type { Death } from './types.ts';

/** Starts again what died, as `npm start` does, and notes every death. */
export type Keeper = {
  pid(name: string): number;
  /** A blow is about to kill it, or may. */
  mean(name: string): void;
  readonly deaths: readonly Death[];
  end(): void;
};

export type KeeperWish = {
  readonly world: World;
  readonly start: { readonly [name: string]: () => Promise<Running> };
  /** Called at once when it has ended, and before it is started again. */
  readonly onDeath: (name: string, how: string) => void;
  /** Whether the database was away, so that a role may say that it cannot start. */
  readonly isExcused: () => boolean;
};

const firstPause = 250;
const longestPause = 4_000;
/** Milliseconds; a start that has not found its database by then has ended. */
const settled = 12_000;

export function keepAlive({ world, start, onDeath, isExcused }: KeeperWish): Keeper {
  const state = { isOver: false };
  const deaths: Death[] = [];
  const meant = new Set<string>();
  const pauses = new Map<string, number>();
  const note = async (name: string, how: string, lived: number): Promise<void> => {
    const own = { name, how, lived: lived / 1_000, meant: meant.delete(name) };
    const excused = isExcused() && lived < settled && how === 'ended with code 1';
    const lastWords = (await world.processes.get(name)?.lastWords()) ?? '';
    deaths.push({ ...own, excused, lastWords });
  };
  const watch = (name: string, running: Running): void => {
    const since = performance.now();
    running.child.once('exit', async (code, by) => {
      if (state.isOver) return;
      const how = by ? `killed by ${by}` : `ended with code ${code}`;
      onDeath(name, how);
      const lived = performance.now() - since;
      await note(name, how, lived);
      const before = pauses.get(name) ?? firstPause / 2;
      const pause = lived > settled ? firstPause : Math.min(before * 2, longestPause);
      pauses.set(name, pause);
      await sleep(pause);
      if (state.isOver) return;
      const next = await start[name]?.();
      if (next) watch(name, next);
    });
  };
  for (const [name, running] of world.processes) watch(name, running);
  return {
    pid: (name) => world.processes.get(name)?.child.pid ?? 0,
    mean: (name) => meant.add(name),
    deaths,
    end: () => {
      state.isOver = true;
    },
  };
}

/** Starts PostgreSQL again when its postmaster is gone, wherever it then listens. */
export type DatabaseKeeper = {
  pid(): number;
  isAway(): boolean;
  /** While there is no room for it, it is not started. */
  hold(isHeld: boolean): void;
  end(): Promise<void>;
};

export async function keepDatabase(
  directory: string,
  gate: Gate,
  say: (line: string) => void,
): Promise<DatabaseKeeper> {
  const first = await startEmbedded({ directory });
  const state = { pid: first.pid, isAway: false, isHeld: false, isOver: false };
  const raise = async (): Promise<void> => {
    state.isAway = true;
    if (state.isHeld) return;
    try {
      const { pid, url } = await startEmbedded({ directory });
      gate.point(Number(new URL(url).port));
      Object.assign(state, { pid, isAway: false });
    } catch (error) {
      // Backends that outlive their postmaster for a moment keep the data to themselves.
      say(`PostgreSQL does not start yet: ${error instanceof Error ? error.message : error}`);
    }
  };
  const run = async (): Promise<void> => {
    while (!state.isOver) {
      await sleep(200);
      if (!state.isOver && readProcess(state.pid) === null) await raise();
    }
  };
  const running = run();
  return {
    pid: () => state.pid,
    isAway: () => state.isAway || readProcess(state.pid) === null,
    hold: (isHeld) => {
      state.isHeld = isHeld;
    },
    end: async () => {
      state.isOver = true;
      await running;
    },
  };
}
