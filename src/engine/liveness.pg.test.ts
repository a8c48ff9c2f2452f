import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../test/support/postgres.ts';
import { openDatabase } from '../platform/db/pool.ts';
import { asleep, type Count, eventually, quiet, reconcilerOf } from './engine.fixture.ts';
import { startEngine } from './engine.ts';
import { engineStore } from './postgres-store.ts';
import { readObject } from './reads.ts';
import { openObject, wakeObjects } from './store.ts';
import { effectStore } from './store-effects.ts';

const world = {} as { fresh: FreshDatabase };
beforeAll(async () => {
  world.fresh = await freshDatabase();
});
afterAll(() => world.fresh.drop());
beforeEach(() => world.fresh.db.query('delete from objects'));

const news = (because: string) => async () =>
  (await readObject(world.fresh.db, 'sleeper/x'))?.because === because;

const sleeper = reconcilerOf<Count>({
  kind: 'sleeper',
  decide: (look) => asleep(look, `saw news ${look.news}`),
});

const open = () =>
  openObject(world.fresh.db, { kind: 'sleeper', key: 'x', phase: 'new', state: {} });

test('a worker whose connections are all cut goes on by itself', async () => {
  const { db, url } = world.fresh;
  const own = openDatabase(url, { max: 4, name: 'to-be-cut' });
  const engine = await startEngine({
    db: own,
    reconcilers: [sleeper],
    handlers: [],
    worker: 'a',
    log: quiet,
  });
  await open();
  await eventually(news('saw news 0'));
  const cut = await db.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name like 'to-be-cut%' and datname = current_database()`,
  );
  expect(cut.length).toBeGreaterThan(0);
  await wakeObjects(db, ['sleeper/x']);
  await eventually(news('saw news 1'));
  await engine.stop();
  await own.close();
});

test('when a write cannot reach the database the object is looked at again', async () => {
  const { db } = world.fresh;
  const store = engineStore(db);
  const failures = { left: 2 };
  const looks: number[] = [];
  const counted = reconcilerOf<Count>({
    kind: 'sleeper',
    decide: (look) => {
      looks.push(look.generation);
      return asleep(look, 'written in the end');
    },
  });
  // The connection breaks just before the transaction, as often as is asked for.
  const broken: typeof store = {
    ...store,
    write: async (writes) => {
      failures.left -= 1;
      if (failures.left >= 0) throw new Error('Connection terminated unexpectedly');
      return store.write(writes);
    },
  };
  const engine = await startEngine({
    db,
    reconcilers: [counted],
    handlers: [],
    worker: 'a',
    log: quiet,
    tuning: { lease: 300, poll: 100 },
    stores: { objects: broken, effects: effectStore(db) },
  });
  await open();
  await eventually(news('written in the end'));
  await engine.stop();
  expect(looks).toEqual([0, 0, 0]);
  expect(await readObject(db, 'sleeper/x')).toMatchObject({ generation: 1, failures: 0 });
});

test('when the inbox cannot be read the lease runs out and the object is looked at again', async () => {
  const { db } = world.fresh;
  const store = engineStore(db);
  const failures = { left: 1 };
  const engine = await startEngine({
    db,
    reconcilers: [sleeper],
    handlers: [],
    worker: 'a',
    log: quiet,
    tuning: { lease: 300, poll: 100 },
    stores: {
      objects: {
        ...store,
        inbox: async (ids) => {
          failures.left -= 1;
          if (failures.left >= 0) throw new Error('Connection terminated unexpectedly');
          return store.inbox(ids);
        },
      },
      effects: effectStore(db),
    },
  });
  await open();
  await eventually(news('saw news 0'));
  await engine.stop();
  expect(failures.left).toBeLessThan(0);
});

test('a lease that is lost under a worker makes it drop the look, and the next look is written', async () => {
  const { db } = world.fresh;
  const gate = Promise.withResolvers<void>();
  const looks: string[] = [];
  const slow = reconcilerOf<Count>({
    kind: 'sleeper',
    load: async () => {
      looks.push('look');
      if (looks.length === 1) await gate.promise;
    },
    decide: (look) => asleep(look, `look ${looks.length}`),
  });
  const engine = await startEngine({
    db,
    reconcilers: [slow],
    handlers: [],
    worker: 'a',
    log: quiet,
    tuning: { lease: 300, poll: 100 },
  });
  await open();
  await eventually(async () => looks.length === 1);
  await db.query('update objects set leased_by = null, leased_until = null, wake_at = now()');
  await eventually(news('look 2'));
  gate.resolve();
  await eventually(async () => engine.counts().objects.written === 1);
  await engine.stop();
  expect(await readObject(db, 'sleeper/x')).toMatchObject({ because: 'look 2', generation: 1 });
});

test('an engine that cannot listen stops what it began and says so', async () => {
  const { url } = world.fresh;
  const own = openDatabase(url, { max: 2 });
  const deaf = { ...own, listen: () => Promise.reject(new Error('no more connections')) };
  const started = startEngine({
    db: deaf,
    reconcilers: [sleeper],
    handlers: [],
    worker: 'a',
    log: quiet,
  });
  await expect(started).rejects.toThrow('no more connections');
  await own.close();
});
