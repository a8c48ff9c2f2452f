import type { Database } from '../platform/db/types.ts';
import type { Log } from '../platform/log/log.ts';
import { effectsChannel, objectsChannel, stopNews } from './channels.ts';
import type { AnyReconciler, EffectStore, EngineStore } from './engine-store.ts';
import { type LoopCounts, startLoop } from './loop.ts';
import { type Outbox, type OutboxCounts, startOutbox } from './outbox.ts';
import { engineStore } from './postgres-store.ts';
import { effectStore } from './store-effects.ts';
import {
  type LoopTuning,
  longOutboxTuning,
  loopTuning,
  type OutboxTuning,
  outboxTuning,
} from './tuning.ts';
import type { EffectHandler } from './types.ts';

export type EngineDeps = {
  /** Wants room for about 8 connections, and 2 more to listen on. */
  readonly db: Database;
  readonly reconcilers: readonly AnyReconciler[];
  readonly handlers: readonly EffectHandler[];
  /** A name that no other worker that runs now has. */
  readonly worker: string;
  readonly log: Log;
  readonly tuning?: Partial<LoopTuning>;
  readonly outbox?: Partial<OutboxTuning>;
  /** Of effects whose handlers have the lane `long`. */
  readonly longOutbox?: Partial<OutboxTuning>;
  /** The stores, where they are not to be those of `db`. */
  readonly stores?: { readonly objects: EngineStore; readonly effects: EffectStore };
};

/** How many looks and effects ended how, since the engine started. */
export type EngineCounts = {
  readonly objects: Readonly<LoopCounts>;
  readonly effects: Readonly<OutboxCounts>;
};

export type Engine = {
  counts(): EngineCounts;
  /** Drains: claims no more, ends what is in hand, gives the rest back to other workers. Safe to call twice. */
  stop(): Promise<void>;
};

/**
 * Starts one worker: it looks at due objects of the given kinds and runs effects of the given kinds, until stopped. Any
 * number of workers may share a database; PostgreSQL is what they coordinate by. Throws when two reconcilers or two
 * handlers are of one kind, and what `pg` throws when the database cannot be listened on.
 */
export async function startEngine(deps: EngineDeps): Promise<Engine> {
  const { db, worker } = deps;
  const log = deps.log.child({ worker });
  const reconcilers = byKind(deps.reconcilers, 'reconcilers');
  const handlers = byKind(deps.handlers, 'effect handlers');
  const stores = deps.stores ?? { objects: engineStore(db), effects: effectStore(db) };
  const loop = startLoop({
    store: stores.objects,
    reconcilers,
    worker,
    log,
    tuning: { ...loopTuning, ...deps.tuning },
  });
  const lanes = startLanes(deps, stores.effects, handlers, log);
  const stopWork = async () => {
    await Promise.all([loop.stop(), ...lanes.map((lane) => lane.stop())]);
  };
  const hearEffects = (payload: string) => {
    for (const lane of lanes) {
      if (payload === stopNews) lane.look();
      lane.poke();
    }
  };
  const deaf = await listenOrStop(db, loop.poke, hearEffects, stopWork);
  const stop = async () => {
    await Promise.all(deaf.map((end) => end()));
    await stopWork();
  };
  const once: { stopped: Promise<void> | null } = { stopped: null };
  return {
    counts: () => ({ objects: loop.counts(), effects: sumOf(lanes) }),
    stop: () => {
      once.stopped ??= stop();
      return once.stopped;
    },
  };
}

/** One outbox for what is short, one for what is long and one for what waits outside: none takes the other's place. */
function startLanes(
  deps: EngineDeps,
  store: EffectStore,
  handlers: ReadonlyMap<string, EffectHandler>,
  log: Log,
): readonly Outbox[] {
  const lane = (name: NonNullable<EffectHandler['lane']>, tuning: OutboxTuning) => {
    const own = [...handlers].filter(([, handler]) => (handler.lane ?? 'short') === name);
    return own.length === 0 ? [] : [startOutbox({ store, handlers: new Map(own), log, tuning })];
  };
  return [
    ...lane('short', { ...outboxTuning, ...deps.outbox }),
    ...lane('long', { ...longOutboxTuning, ...deps.longOutbox }),
    ...lane('outside', { ...outboxTuning, concurrency: 32, ...deps.outbox }),
  ];
}

function sumOf(lanes: readonly Outbox[]): OutboxCounts {
  const sum = { done: 0, gaveUp: 0, retried: 0 };
  for (const { done, gaveUp, retried } of lanes.map((lane) => lane.counts())) {
    sum.done += done;
    sum.gaveUp += gaveUp;
    sum.retried += retried;
  }
  return sum;
}

async function listenOrStop(
  db: Database,
  objects: () => void,
  effects: (payload: string) => void,
  stopWork: () => Promise<void>,
): Promise<readonly (() => Promise<void>)[]> {
  const deaf: (() => Promise<void>)[] = [];
  try {
    deaf.push(await db.listen(objectsChannel, objects));
    deaf.push(await db.listen(effectsChannel, effects));
    return deaf;
  } catch (error) {
    await Promise.all(deaf.map((end) => end()));
    await stopWork();
    throw error;
  }
}

function byKind<T extends { readonly kind: string }>(
  parts: readonly T[],
  what: string,
): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const part of parts) {
    if (map.has(part.kind)) throw new Error(`two ${what} of kind ${part.kind}`);
    map.set(part.kind, part);
  }
  return map;
}
