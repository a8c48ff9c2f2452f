import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { type FreshDatabase, freshDatabase } from '../../../test/support/postgres.ts';
import { type Channel, channelSchema } from '../../contract/kinds/channel.ts';
import { startEngine } from '../../engine/engine.ts';
import type { AnyReconciler } from '../../engine/engine-store.ts';
import { readObject } from '../../engine/reads.ts';
import { writeEvent, writeEvents } from '../../engine/store.ts';
import type { NewEvent } from '../../engine/types.ts';
import type { Notifier } from '../../integrations/notifier/port.ts';
import type { Database } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { notifyEffects } from './effects.ts';
import { channelReconciler } from './reconcile.ts';
import type { ChannelState } from './types.ts';
import { watchEvents } from './watch.ts';

export type World = {
  readonly db: FreshDatabase['db'];
  /** Writes a Channel document as a source does, and waits until it is followed. */
  declare(name: string, spec: unknown): Promise<void>;
  remove(name: string): Promise<void>;
  state(name: string): Promise<ChannelState>;
  because(name: string): Promise<string>;
  /** Events of one rollout: its names without `rollout.`. */
  tell(rollout: string, types: readonly string[], over?: Partial<NewEvent>): Promise<void>;
  /** Ends the worker as a crash does, and starts another. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

export const secrets: { readonly [name: string]: string } = {
  TIDEGATE_SECRET_SLACK: 'xoxb-secret',
  TIDEGATE_SECRET_HOOK: 'key',
};

type Worker = { stop(): Promise<void> };

/** Channels worked by a real engine on a real database. */
export async function startWorld(notifiers: readonly Notifier[]): Promise<World> {
  const { db, drop } = await freshDatabase();
  const worker: { now: Worker } = { now: await startWorker(db, notifiers) };
  return {
    db,
    declare: (name, spec) => declareChannel(db, name, spec),
    remove: (name) => removeChannel(db, name),
    state: async (name) => (await objectOf(db, name)).state,
    because: async (name) => (await objectOf(db, name)).because,
    tell: (rollout, types, over) => tellRollout(db, rollout, types, over),
    restart: async () => {
      await worker.now.stop();
      worker.now = await startWorker(db, notifiers);
    },
    stop: async () => {
      await worker.now.stop();
      await drop();
    },
  };
}

/** An engine for channels, and the watch that wakes them. It ends as a crash does: what it sends is left as it is. */
export async function startWorker(db: Database, notifiers: readonly Notifier[]): Promise<Worker> {
  const log = pino({ level: 'silent' });
  const engine = await startEngine({
    db,
    reconcilers: [
      channelReconciler({ db, baseUrl: 'https://tidegate.example' }) as unknown as AnyReconciler,
    ],
    handlers: notifyEffects({
      notifiers,
      secret: async ({ env = '' }) => secrets[env] ?? fail('TG1911', { detail: `no ${env}` }),
      now: () => Date.now(),
    }),
    worker: `test-${performance.now()}`,
    log,
    outbox: { drain: 0 },
  });
  const watch = await watchEvents({ db, log });
  return {
    stop: async () => {
      await watch.stop();
      await engine.stop();
    },
  };
}

export const channelOf = (name: string, spec: unknown): Channel =>
  channelSchema.parse({
    apiVersion: 'tidegate.dev/v1',
    kind: 'Channel',
    metadata: { name },
    spec,
  });

async function declareChannel(db: Database, name: string, spec: unknown): Promise<void> {
  const document = channelOf(name, spec);
  await db.transaction(async (tx) => {
    await tx.query(
      `insert into documents (repository, path, kind, name, blob, newest_blob, commit, spec)
       values ('config', $1, 'Channel', $2, 'b', 'b', 'c', $3)
           on conflict (repository, kind, name) do update set spec = excluded.spec, deleted = false`,
      [`${name}.yaml`, name, JSON.stringify(document)],
    );
    await writeEvent(tx, documentEvent('changed', name));
  });
  await until(async () => {
    const object = await readObject<ChannelState>(db, `channel/${name}`);
    return object?.state.cursor ? true : null;
  });
}

async function removeChannel(db: Database, name: string): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query(`update documents set deleted = true where kind = 'Channel' and name = $1`, [
      name,
    ]);
    await writeEvent(tx, documentEvent('removed', name));
  });
}

const documentEvent = (verb: string, name: string): NewEvent => ({
  type: `document.${verb}`,
  actor: 'git:Ada',
  objectId: 'source/config',
  because: `Commit 4b825dc642cb (x) ${verb} Channel ${name}.`,
  outcome: 'done',
  after: { path: `${name}.yaml` },
});

async function objectOf(db: Database, name: string) {
  const object = await readObject<ChannelState>(db, `channel/${name}`);
  if (!object) throw new Error(`no channel ${name}`);
  return object;
}

async function tellRollout(
  db: Database,
  rollout: string,
  types: readonly string[],
  over: Partial<NewEvent> = {},
): Promise<void> {
  const events = types.map((type) => rolloutEvent(rollout, type, over));
  await writeEvents(db, events);
}

export const rolloutEvent = (
  rollout: string,
  type: string,
  over: Partial<NewEvent> = {},
): NewEvent => ({
  type: `rollout.${type}`,
  actor: type === 'opened' ? 'git:Ada' : 'tidegate',
  objectId: `rollout/${rollout}`,
  application: 'checkout',
  environment: 'production',
  because: `${rollout} is ${type}.`,
  outcome: type === 'rolledBack' ? 'failed' : 'done',
  ...over,
});

/** Asks every few milliseconds until there is an answer; gives up after twenty seconds. */
export async function until<T>(ask: () => Promise<T | null> | T | null): Promise<T> {
  const end = performance.now() + 20_000;
  while (performance.now() < end) {
    const answer = await ask();
    if (answer !== null) return answer;
    await sleep(10);
  }
  throw new Error('it did not come to pass');
}
