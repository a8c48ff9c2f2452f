import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchEvents } from '../../../src/capabilities/notifications/watch.ts';
import { composeNotifications } from '../../../src/compose-notifications.ts';
import { channelSchema } from '../../../src/contract/kinds/channel.ts';
import { startEngine } from '../../../src/engine/engine.ts';
import type { AnyReconciler } from '../../../src/engine/engine-store.ts';
import { readObject } from '../../../src/engine/reads.ts';
import { writeEvents } from '../../../src/engine/store.ts';
import { openDatabase } from '../../../src/platform/db/pool.ts';
import type { Database } from '../../../src/platform/db/types.ts';
import { createLog } from '../../../src/platform/log/log.ts';

export type NotifyAmount = {
  /** Rollouts that begin in a second, and seconds. */
  readonly rate: number;
  readonly seconds: number;
  /** Channels of other applications, which nothing of this concerns. */
  readonly bystanders: number;
};

export type NotifyResult = {
  /** Milliseconds from an event's own time to its arrival at the receiver. */
  readonly latencies: readonly number[];
  readonly written: number;
  readonly deliveries: number;
};

/** What one rollout tells, in order. */
const story = [
  'opened',
  'progressing',
  'told',
  'weight',
  'step',
  'analysisOpened',
  'weight',
  'step',
  'soaking',
  'completing',
  'told',
  'succeeded',
] as const;
/** Milliseconds between two of them. */
const pace = 170;

/** Writes the events of rollouts at a steady rate, each in a transaction with its row, and sees when they arrive. */
export async function measureNotify(url: string, amount: NotifyAmount): Promise<NotifyResult> {
  const db = openDatabase(url, { max: 20 });
  // The worker that rolls out has connections of its own, as one elsewhere would.
  const others = openDatabase(url, { max: 8 });
  const log = createLog({ level: 'error', name: 'bench' });
  const receiver = await openReceiver();
  const { reconciler, handlers } = composeNotifications(db, { secret: async () => 'key' });
  const engine = await startEngine({
    db,
    reconcilers: [reconciler as unknown as AnyReconciler],
    handlers,
    worker: 'bench',
    log,
  });
  const watch = await watchEvents({ db, log });
  try {
    await declareChannels(db, receiver.url, amount.bystanders);
    const arrived = async (count: number): Promise<void> => {
      const end = performance.now() + 30_000;
      while (receiver.latencies.length < count && performance.now() < end) await sleep(50);
    };
    // A program that has run for two seconds, and not its first steps.
    const warm = await writeStories(others, { ...amount, seconds: 2 }, 'warm');
    await arrived(warm);
    const before = receiver.count.deliveries;
    const written = await writeStories(others, amount, 'ro');
    await arrived(warm + written);
    const latencies = receiver.latencies.slice(warm);
    return { latencies, written, deliveries: receiver.count.deliveries - before };
  } finally {
    await watch.stop();
    await engine.stop();
    await receiver.stop();
    await Promise.all([db.close(), others.close()]);
  }
}

async function openReceiver() {
  const latencies: number[] = [];
  const count = { deliveries: 0 };
  const server = createServer(async (request, reply) => {
    const at = Date.now();
    const body = JSON.parse(await text(request)) as {
      notices: { events: { at: string }[] }[];
    };
    reply.writeHead(204).end();
    count.deliveries += 1;
    for (const event of body.notices.flatMap((one) => one.events))
      latencies.push(at - Date.parse(event.at));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    latencies,
    count,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function declareChannels(db: Database, url: string, bystanders: number): Promise<void> {
  const secret = { env: 'TIDEGATE_SECRET_BENCH' };
  const specs = [
    ['hook', { webhook: { url, secret } }],
    ...Array.from({ length: bystanders }, (_, n) => [
      `team-${n}`,
      { webhook: { url, secret }, applications: [`other-${n}`] },
    ]),
  ] as const;
  for (const [name, spec] of specs) {
    const head = { apiVersion: 'tidegate.dev/v1', kind: 'Channel', metadata: { name } };
    const document = channelSchema.parse({ ...head, spec });
    await db.query(
      `insert into documents (repository, path, kind, name, blob, newest_blob, commit, spec)
       values ('config', $1 || '.yaml', 'Channel', $1, 'b', 'b', 'c', $2)`,
      [name, JSON.stringify(document)],
    );
  }
  await writeEvents(db, [
    {
      type: 'document.changed',
      actor: 'git:bench',
      because: 'Commit c added Channel hook.',
      outcome: 'done',
    },
  ]);
  const isFollowed = async (): Promise<boolean> => {
    const object = await readObject<{ cursor: unknown }>(db, 'channel/hook');
    return Boolean(object?.state.cursor);
  };
  while (!(await isFollowed())) await sleep(20);
}

/** Rollouts begin evenly; each goes through its story on its own. */
async function writeStories(
  db: Database,
  { rate, seconds }: NotifyAmount,
  prefix: string,
): Promise<number> {
  const all: Promise<void>[] = [];
  const began = performance.now();
  for (let n = 0; n < rate * seconds; n += 1) {
    await sleep(Math.max(0, began + (n * 1_000) / rate - performance.now()));
    all.push(tellStory(db, `${prefix}-${n}`, `app-${n % 50}`));
  }
  await Promise.all(all);
  return rate * seconds * story.length;
}

async function tellStory(db: Database, id: string, application: string): Promise<void> {
  await db.query(
    `insert into rollouts (id, application, environment, release, strategy, phase, because, started_at, updated_at)
     values ($1, $2, $1, 'r-1', 'canary', 'pending', '', now(), now())`,
    [id, application],
  );
  const began = performance.now();
  for (const [n, type] of story.entries()) {
    await sleep(Math.max(0, began + n * pace - performance.now()));
    await db.transaction(async (tx) => {
      await tx.query(
        `update rollouts set phase = $2, weight = $3, terminal = $4, because = 'It goes on.' where id = $1`,
        [id, type, n * 8, type === 'succeeded'],
      );
      await writeEvents(tx, [
        {
          type: `rollout.${type}`,
          actor: 'tidegate',
          objectId: `rollout/${id}`,
          application,
          environment: 'production',
          because: 'It goes on.',
          outcome: 'done',
          before: { phase: 'progressing', weight: 0, wave: 0, step: 0 },
          after: { phase: type, weight: n * 8, wave: 0, step: n },
        },
      ]);
    });
  }
}
