import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../test/support/postgres.ts';
import {
  asleep,
  type Count,
  counter,
  eventually,
  newCounter,
  quiet,
  reconcilerOf,
} from './engine.fixture.ts';
import { startEngine } from './engine.ts';
import { readObject } from './reads.ts';
import { openObject, openObjects, wakeObjects } from './store.ts';

const world = {} as { fresh: FreshDatabase };
beforeAll(async () => {
  world.fresh = await freshDatabase();
});
afterAll(() => world.fresh.drop());
beforeEach(() => world.fresh.db.query('delete from objects'));

const start = (worker: string, more: Partial<Parameters<typeof startEngine>[0]> = {}) =>
  startEngine({
    db: world.fresh.db,
    reconcilers: [counter],
    handlers: [],
    worker,
    log: quiet,
    ...more,
  });

const finished = async (count: number) => {
  const [row] = await world.fresh.db.query<{ n: number }>(
    'select count(*) as n from objects where terminal',
  );
  return row?.n === count;
};

test('two workers count a hundred objects to twenty, each number once', async () => {
  const { db } = world.fresh;
  const engines = [await start('a'), await start('b')];
  await openObjects(
    db,
    Array.from({ length: 100 }, (_, n) => newCounter(`both-${n}`, 20)),
  );
  await eventually(() => finished(100));
  await Promise.all(engines.map((engine) => engine.stop()));
  const numbers = await db.query<{ looks: number; distinct: number; generation: number }>(
    `select count(*) as looks, count(distinct e.after) as distinct, max(o.generation) as generation
       from objects o join events e on e.object_id = o.id group by o.id`,
  );
  expect(numbers).toHaveLength(100);
  for (const row of numbers) expect(row).toEqual({ looks: 20, distinct: 20, generation: 20 });
  const [a, b] = engines.map((engine) => engine.counts().objects);
  expect((a?.written ?? 0) + (b?.written ?? 0)).toBe(2_000);
  expect(a?.written).toBeGreaterThan(0);
  expect(b?.written).toBeGreaterThan(0);
});

test('news during a look makes the object due again, and one look at a time sees it', async () => {
  const { db } = world.fresh;
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const looks: number[] = [];
  const atOnce = { now: 0, most: 0 };
  const slow = reconcilerOf<Count>({
    kind: 'slow',
    load: async (look) => {
      looks.push(look.news);
      atOnce.now += 1;
      atOnce.most = Math.max(atOnce.most, atOnce.now);
      await gates[looks.length - 1]?.promise;
      atOnce.now -= 1;
    },
    decide: (look) => asleep(look, `saw news ${look.news}`),
  });
  const engine = await start('a', { reconcilers: [slow] });
  await openObject(db, { kind: 'slow', key: 'x', phase: 'new', state: {} });
  await eventually(async () => looks.length === 1);
  await wakeObjects(db, ['slow/x']);
  await wakeObjects(db, ['slow/x']);
  await sleep(100);
  expect(looks).toEqual([0]);
  gates[0]?.resolve();
  await eventually(async () => looks.length === 2);
  gates[1]?.resolve();
  await eventually(async () => (await readObject(db, 'slow/x'))?.because === 'saw news 2');
  await sleep(100);
  await engine.stop();
  expect(looks).toEqual([0, 2]);
  expect(atOnce.most).toBe(1);
});

test('a wake-up reaches a sleeping worker long before its poll', async () => {
  const { db } = world.fresh;
  const sleeper = reconcilerOf<Count>({
    kind: 'sleeper',
    decide: (look) => asleep(look, `saw news ${look.news}`),
  });
  const engine = await start('a', { reconcilers: [sleeper], tuning: { poll: 20_000 } });
  await openObject(db, { kind: 'sleeper', key: 'x', phase: 'new', state: {} });
  await eventually(async () => (await readObject(db, 'sleeper/x'))?.because === 'saw news 0');
  const before = performance.now();
  await wakeObjects(db, ['sleeper/x']);
  await eventually(async () => (await readObject(db, 'sleeper/x'))?.because === 'saw news 1');
  expect(performance.now() - before).toBeLessThan(10_000);
  await engine.stop();
});

test('the clock wakes at the time asked for, not at the poll after it', async () => {
  const { db } = world.fresh;
  const times: Date[] = [];
  const timer = reconcilerOf<Count>({
    kind: 'timer',
    decide: (look, now) => {
      times.push(now);
      const wakeAt = new Date(now.getTime() + 300);
      return { ...asleep(look), because: `look ${times.length}`, wakeAt };
    },
  });
  const engine = await start('a', { reconcilers: [timer], tuning: { poll: 20_000 } });
  await openObject(db, { kind: 'timer', key: 'x', phase: 'new', state: {} });
  await eventually(async () => times.length >= 4);
  await engine.stop();
  const gaps = times.slice(1).map((time, n) => time.getTime() - (times[n]?.getTime() ?? 0));
  for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(300);
});

test('a look that changes nothing leaves generation and history alone', async () => {
  const { db } = world.fresh;
  const same = reconcilerOf<Count>({
    kind: 'same',
    decide: (look, now) => ({ ...asleep(look), wakeAt: new Date(now.getTime() + 20) }),
  });
  const engine = await start('a', { reconcilers: [same] });
  await openObject(db, { kind: 'same', key: 'x', phase: 'new', state: { goal: 1, n: 0 } });
  await eventually(async () => engine.counts().objects.unchanged >= 3);
  await engine.stop();
  expect(await readObject(db, 'same/x')).toMatchObject({ generation: 1, because: 'asleep' });
});

test('a terminal object is not woken by the clock, and news to it is looked at once', async () => {
  const { db } = world.fresh;
  const engine = await start('a');
  await openObject(db, newCounter('end', 1));
  await eventually(() => finished(1));
  expect(await readObject(db, 'counter/end')).toMatchObject({ wakeAt: null, generation: 1 });
  await wakeObjects(db, ['counter/end']);
  await eventually(async () => (await readObject(db, 'counter/end'))?.generation === 2);
  await sleep(200);
  await engine.stop();
  expect(await readObject(db, 'counter/end')).toMatchObject({ wakeAt: null, generation: 2 });
});

test('stopping ends what is in hand and gives back what does not end', async () => {
  const { db } = world.fresh;
  const stuck = Promise.withResolvers<void>();
  const begun = new Set<string>();
  const mixed = reconcilerOf<Count>({
    kind: 'mixed',
    load: async (look) => {
      begun.add(look.key);
      await (look.key === 'stuck' ? stuck.promise : sleep(300));
    },
    decide: (look) => asleep(look, 'looked at'),
  });
  const engine = await start('a', { reconcilers: [mixed], tuning: { drain: 1_000 } });
  const object = (key: string) => ({ kind: 'mixed', key, phase: 'new', state: {} });
  await openObjects(db, [object('slow'), object('stuck')]);
  await eventually(async () => begun.size === 2);
  await Promise.all([engine.stop(), engine.stop()]);
  const rows = await db.query(
    `select key, because, leased_by, coalesce(wake_at <= now(), false) as due from objects order by key`,
  );
  expect(rows).toEqual([
    { key: 'slow', because: 'looked at', leased_by: null, due: false },
    { key: 'stuck', because: '', leased_by: null, due: true },
  ]);
  stuck.resolve();
  await sleep(50);
  expect(await readObject(db, 'mixed/stuck')).toMatchObject({ because: '', generation: 0 });
});

test('two reconcilers of one kind are refused', async () => {
  await expect(start('a', { reconcilers: [counter, counter] })).rejects.toThrow('of kind counter');
});
