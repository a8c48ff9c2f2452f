import type { AnyReconciler, EffectStore, EngineStore } from '../../src/engine/engine-store.ts';
import type { EffectHandler } from '../../src/engine/types.ts';
import type { Log } from '../../src/platform/log/log.ts';
import type { SimulatedDatabase } from './database/database.ts';
import { type Outbox, simulatedOutbox } from './outbox.ts';
import type { Random } from './random.ts';
import { stepsInPeril } from './runs/peril.ts';
import { type CrashPoint, type Hindrance, simulatedWorker, type Worker } from './worker.ts';

/** One worker process: its loop, its outbox, and what hinders both. */
export type Member = {
  readonly worker: Worker;
  readonly outbox: Outbox;
  readonly hindrance: Hindrance;
};

/** When the next object and the next effect are due; Infinity when none is. */
export type NextDue = { readonly objects: () => number; readonly effects: () => number };

export type StaffDeps = {
  readonly n: number;
  readonly db: SimulatedDatabase;
  readonly objects: EngineStore;
  readonly effects: EffectStore;
  readonly reconcilers: ReadonlyMap<string, AnyReconciler>;
  readonly handlers: ReadonlyMap<string, EffectHandler>;
  readonly log: Log;
  readonly random: Random;
  readonly now: () => number;
  readonly nextDue: NextDue;
  readonly hit: (what: 'staleClaim' | 'skew' | `crash-${CrashPoint}`) => void;
};

/** As a connection ends whose server or client has gone. */
class Gone extends Error {
  readonly code = '57P01';
}

export function hire(deps: StaffDeps): Member {
  const { db, now, random, hit } = deps;
  const hindrance: Hindrance = { rate: 1, crash: null, freeze: 0 };
  let deaths = 0;
  const die = (down: number) => {
    worker.restart(now() + down);
    outbox.restart(now() + down);
  };
  const dies = (where: CrashPoint): boolean => {
    const { crash } = hindrance;
    if (crash?.where !== where) return false;
    hindrance.crash = null;
    deaths += 1;
    hit(`crash-${where}`);
    // After this step, which still believes that it is alive.
    queueMicrotask(() => die(crash.down));
    return true;
  };
  const fall = (where: CrashPoint) => {
    if (dies(where)) throw new Gone(`the worker died (${where})`);
  };
  const inPeril = async <T>(work: () => Promise<T>): Promise<T> => {
    const point = hindrance.crash?.where;
    if (point === undefined) return await work();
    let statements = point === 'inTransaction' ? random.int(1, 5) : 0;
    db.before = () => {
      statements -= 1;
      if (statements === 0) fall('inTransaction');
    };
    db.beforeCommit = () => fall('beforeCommit');
    db.afterCommit = () => {
      fall('afterCommit');
      if (point !== 'lostAnswer' || hindrance.crash === null) return;
      hindrance.crash = null;
      hit('crash-lostAnswer');
      throw new Gone('the connection broke after the commit');
    };
    try {
      return await work();
    } finally {
      db.before = null;
      db.beforeCommit = null;
      db.afterCommit = null;
    }
  };
  const write: EngineStore['write'] = (writes) => inPeril(() => deps.objects.write(writes));
  const shared = { random, now, hindrance, hit, dies };
  const worker = simulatedWorker({
    ...shared,
    name: `worker-${deps.n}`,
    store: { ...deps.objects, write },
    reconcilers: deps.reconcilers,
    log: deps.log,
    nextDue: deps.nextDue.objects,
    batch: random.int(1, 4),
  });
  const outbox = simulatedOutbox({
    ...shared,
    store: deps.effects,
    handlers: stepsInPeril(deps.handlers, {
      db,
      inPeril,
      isDoomed: () => hindrance.crash !== null,
    }),
    deaths: () => deaths,
    nextDue: deps.nextDue.effects,
  });
  return { worker, outbox, hindrance };
}

/** Asked before every step and changed by few, so it is worked out again only after a commit. */
export function nextDueOf(db: SimulatedDatabase): NextDue {
  const { objects, effects } = db.tables;
  const known: { objects: number | null; effects: number | null } = {
    objects: null,
    effects: null,
  };
  db.onCommit((puts) => {
    for (const { table } of puts) {
      if (table === objects.name) known.objects = null;
      if (table === effects.name) known.effects = null;
    }
  });
  return {
    objects: () => (known.objects ??= soonest(objects.rows.values())),
    effects: () => (known.effects ??= soonest(effects.rows.values())),
  };
}

function soonest(rows: Iterable<{ readonly wakeAt: number | null }>): number {
  let least = Number.POSITIVE_INFINITY;
  for (const { wakeAt } of rows) if (wakeAt !== null && wakeAt < least) least = wakeAt;
  return least;
}
