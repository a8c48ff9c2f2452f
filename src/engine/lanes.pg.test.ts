import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../test/support/postgres.ts';
import { ProblemError } from '../platform/errors/problem.ts';
import { eventually, quiet, reconcilerOf } from './engine.fixture.ts';
import { type EngineDeps, startEngine } from './engine.ts';
import type { EffectStore } from './engine-store.ts';
import { engineStore } from './postgres-store.ts';
import { openObject, openObjects } from './store.ts';
import { effectStore } from './store-effects.ts';
import type { EffectHandler, NewEffect } from './types.ts';

const world = {} as { fresh: FreshDatabase };
beforeAll(async () => {
  world.fresh = await freshDatabase();
});
afterAll(() => world.fresh.drop());
beforeEach(() => world.fresh.db.query('delete from objects'));

type Asked = { readonly ask: readonly NewEffect[]; readonly stopAt: number };

/** Asks for the effects of its state; stops all of them after some looks. */
const asker = reconcilerOf<Asked>({
  kind: 'asker',
  decide: ({ phase, state, generation, effects }) => ({
    state,
    phase: 'asked',
    terminal: false,
    because: `look ${generation}`,
    wakeAt: generation < state.stopAt ? new Date(0) : null,
    effects: phase === 'new' ? state.ask : [],
    stop: generation === state.stopAt ? ['t'] : [],
    taken: { effects: effects.map(({ id }) => id) },
  }),
});

const start = (handlers: readonly EffectHandler[], more: Partial<EngineDeps> = {}) =>
  startEngine({
    db: world.fresh.db,
    reconcilers: [asker],
    handlers,
    worker: 'a',
    log: quiet,
    ...more,
  });

const ask = (kind: string, count: number) =>
  openObject(world.fresh.db, {
    kind: 'asker',
    key: kind,
    phase: 'new',
    state: { ask: Array(count).fill({ kind, payload: null }), stopAt: -1 },
  });

const done = async (kind: string) => {
  const [row] = await world.fresh.db.query<{ n: number }>(
    'select count(*) as n from effects where kind = $1 and done_at is not null',
    [kind],
  );
  return row?.n ?? 0;
};

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

test('long effects take no place of short ones, and are as many at once as their lane has', async () => {
  const begun: string[] = [];
  const long: EffectHandler = {
    kind: 'build',
    lane: 'long',
    run: (_payload, key, signal) => {
      begun.push(key);
      return untilAborted(signal);
    },
  };
  const engine = await start([long, { kind: 'push', run: async () => null }], {
    outbox: { concurrency: 2 },
    longOutbox: { concurrency: 3, drain: 0 },
  });
  await ask('build', 10);
  await eventually(async () => begun.length === 3);
  await ask('push', 20);
  await eventually(async () => (await done('push')) === 20);
  expect(begun).toHaveLength(3);
  expect(engine.counts().effects).toEqual({ done: 20, gaveUp: 0, retried: 0 });
  await engine.stop();
});

test('the longest time of short ones does not hold for long ones', async () => {
  const runs: string[] = [];
  const long: EffectHandler = {
    kind: 'build',
    lane: 'long',
    run: async (_payload, key, signal) => {
      runs.push(key);
      await sleep(800, undefined, { signal });
      return null;
    },
  };
  const engine = await start([long], { outbox: { longestRun: 50 }, longOutbox: { lease: 400 } });
  await ask('build', 1);
  await eventually(async () => (await done('build')) === 1);
  await engine.stop();
  expect(runs).toHaveLength(1);
});

test('a worker that stops lets long ones clear up before others may begin them', async () => {
  const seen: { reason: unknown; cleared: boolean }[] = [];
  const long: EffectHandler = {
    kind: 'build',
    lane: 'long',
    run: async (_payload, _key, signal) => {
      const run = { reason: null as unknown, cleared: false };
      seen.push(run);
      await untilAborted(signal).catch(() => undefined);
      run.reason = signal.reason;
      await sleep(300);
      run.cleared = true;
      return 'not to be kept';
    },
  };
  const engine = await start([long], { longOutbox: { drain: 50 } });
  await ask('build', 1);
  await eventually(async () => seen.length === 1);
  await engine.stop();
  expect(seen.map((run) => run.cleared)).toEqual([true]);
  expect(seen[0]?.reason).toBeInstanceOf(Error);
  expect(seen[0]?.reason).not.toBeInstanceOf(ProblemError);
  expect(
    await world.fresh.db.query(
      'select outcome, wake_at <= now() as due, leased_until from effects',
    ),
  ).toEqual([{ outcome: null, due: true, leased_until: null }]);
});

test('a database that was away costs nothing of what runs', async () => {
  const { db } = world.fresh;
  const real = effectStore(db);
  const away = { is: false };
  const orAway =
    <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
    async (...args: A) => {
      if (away.is) throw new Error('connection terminated');
      return await call(...args);
    };
  const effects: EffectStore = { ...real, claim: orAway(real.claim), extend: orAway(real.extend) };
  const runs: string[] = [];
  const go = Promise.withResolvers<null>();
  const long: EffectHandler = {
    kind: 'build',
    lane: 'long',
    run: (_payload, key, signal) => {
      runs.push(key);
      return Promise.race([go.promise, untilAborted(signal)]);
    },
  };
  const engine = await start([long], {
    stores: { objects: engineStore(db), effects },
    longOutbox: { lease: 300, poll: 20 },
  });
  await ask('build', 1);
  await eventually(async () => runs.length === 1);
  away.is = true;
  await sleep(700);
  away.is = false;
  await sleep(700);
  go.resolve(null);
  await eventually(async () => (await done('build')) === 1);
  await engine.stop();
  expect(runs).toHaveLength(1);
});

test('effects that end while they are stopped wait for nobody in a circle', async () => {
  const { db } = world.fresh;
  const deadlocks = async () => {
    await db.query('select pg_stat_force_next_flush()');
    const [row] = await db.query<{ deadlocks: number }>(
      'select deadlocks from pg_stat_database where datname = current_database()',
    );
    return row?.deadlocks ?? -1;
  };
  const run: EffectHandler['run'] = async (_payload, key, signal) => {
    await sleep(key.length % 7, undefined, { signal }).catch(() => undefined);
    return null;
  };
  const handlers: EffectHandler[] = [
    { kind: 'push', run },
    { kind: 'build', run, lane: 'long' },
  ];
  const engines = await Promise.all(
    ['a', 'b'].map((worker) => start(handlers, { worker, outbox: { lease: 30 } })),
  );
  const effects = ['push', 'build', 'push', 'build'].map((kind) => ({
    kind,
    payload: null,
    tag: 't',
  }));
  await openObjects(
    db,
    Array.from({ length: 300 }, (_, n) => ({
      kind: 'asker',
      key: `o${n}`,
      phase: 'new',
      state: { ask: effects, stopAt: 1 + (n % 3) },
    })),
  );
  await eventually(async () => (await done('push')) === 600 && (await done('build')) === 600);
  await eventually(async () => {
    const untaken = await db.query('select id from effects where taken_at is null limit 1');
    return untaken.length === 0;
  });
  await Promise.all(engines.map((engine) => engine.stop()));
  expect(await deadlocks()).toBe(0);
});
