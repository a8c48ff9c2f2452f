import { setTimeout as sleep } from 'node:timers/promises';
import type { Gate } from './gate.ts';
import { agentName, type Stage, untilWell, workers } from './stage.ts';
import { fillDisk, makeRoom, signal, treeOf } from './system.ts';
import type { Traffic } from './traffic.ts';
import type { Blow, BlowDone } from './types.ts';

export type Hand = {
  readonly stage: Stage;
  readonly traffic: Traffic;
  /** A role that begins now may find its database away, and may say so and end. */
  readonly excuse: (isExcused: boolean) => void;
};

/** Does one blow, mends what was done, and waits until the system is there again. */
export async function strike(hand: Hand, blow: Blow): Promise<BlowDone> {
  const [what, whom] = blow.kind.split(' ') as [
    keyof typeof ways,
    'server' | 'worker' | 'agent' | 'postgres' | 'database',
  ];
  const victim = nameOf(whom, blow.which);
  // Cut off or without room on its disk, an agent has no reason to lose a request.
  const mayLose = victim === agentName && (what === 'kill' || what === 'freeze');
  if (mayLose) hand.traffic.agentIsAway();
  await ways[what](hand, victim, blow.lasts);
  const mended = performance.now();
  if (mayLose) await hand.traffic.agentIsBack();
  const recovered = await untilWell(hand.stage, mended);
  hand.excuse(false);
  return { kind: blow.kind, victim, lasts: blow.lasts, recovered };
}

/** Names of processes; PostgreSQL is none that the keeper of roles knows. */
function nameOf(whom: string, which: number): string {
  if (whom === 'agent') return agentName;
  if (whom === 'worker') return workers[which % workers.length] ?? workers[0];
  return whom;
}

type Way = (hand: Hand, victim: string, lasts: number) => Promise<void>;

const ways: { readonly [what in 'kill' | 'freeze' | 'cut' | 'fill']: Way } = {
  kill: async ({ stage, excuse }, victim) => {
    const pid = pidOf(stage, victim);
    if (victim === 'postgres') excuse(true);
    stage.keeper.mean(victim);
    signal([pid], 'SIGKILL');
    await untilGone(stage, victim, pid);
  },
  freeze: async ({ stage, excuse }, victim, lasts) => {
    // The whole of PostgreSQL; of a role the process itself, since its children are replicas or end soon.
    const root = pidOf(stage, victim);
    if (victim === 'postgres') excuse(true);
    signal([root], 'SIGSTOP');
    const frozen = victim === 'postgres' ? await treeOf(root) : [root];
    signal(frozen, 'SIGSTOP');
    try {
      await sleep(lasts);
    } finally {
      signal(frozen, 'SIGCONT');
    }
  },
  cut: async ({ stage, excuse }, victim, lasts) => {
    const gate: Gate = victim === 'database' ? stage.toDatabase : stage.toServer;
    if (victim === 'database') excuse(true);
    gate.cut();
    try {
      await sleep(lasts);
    } finally {
      gate.heal();
    }
  },
  fill: async ({ stage, excuse }, victim, lasts) => {
    if (victim === 'postgres') excuse(true);
    // With no room for its journal PostgreSQL ends itself, and may not be started before there is some.
    stage.database.hold(true);
    const disk = victim === 'postgres' ? stage.disk : null;
    await (disk ? disk.fill() : fillDisk(await filledBy(stage, victim)));
    try {
      await sleep(lasts);
    } finally {
      await (disk ? disk.makeRoom() : makeRoom(stage.world.directory));
      stage.database.hold(false);
    }
  },
};

const pidOf = (stage: Stage, victim: string): number =>
  victim === 'postgres' ? stage.database.pid() : stage.keeper.pid(victim);

/** Of an agent not its replicas: theirs is the disk of services, and what it starts now inherits the limit. */
async function filledBy(stage: Stage, victim: string): Promise<readonly number[]> {
  const root = pidOf(stage, victim);
  return victim === 'postgres' ? await treeOf(root) : [root];
}

async function untilGone(stage: Stage, victim: string, pid: number): Promise<void> {
  while (pidOf(stage, victim) === pid) await sleep(20);
}
