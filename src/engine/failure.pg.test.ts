import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../test/support/postgres.ts';
import { fail } from '../platform/errors/problem.ts';
import { asleep, type Count, eventually, quiet, reconcilerOf } from './engine.fixture.ts';
import { startEngine } from './engine.ts';
import type { AnyReconciler } from './engine-store.ts';
import { readObject } from './reads.ts';
import { openObject, openObjects } from './store.ts';

const world = {} as { fresh: FreshDatabase };
beforeAll(async () => {
  world.fresh = await freshDatabase();
  await world.fresh.db.query('create table kept (id text primary key)');
});
afterAll(() => world.fresh.drop());
beforeEach(() => world.fresh.db.query('delete from objects'));

const start = (reconciler: AnyReconciler, more: Parameters<typeof startEngine>[0]['tuning'] = {}) =>
  startEngine({
    db: world.fresh.db,
    reconcilers: [reconciler],
    handlers: [],
    worker: 'a',
    log: quiet,
    tuning: { backoff: { first: 100, most: 200 }, ...more },
  });

const object = (kind: string, key: string) => ({ kind, key, phase: 'new', state: { n: 0 } });

const keysAsleep = async (kind: string) => {
  const found = await world.fresh.db.query<{ key: string }>(
    "select key from objects where kind = $1 and phase = 'asleep' order by key",
    [kind],
  );
  return found.map((row) => row.key);
};

test.each([
  ['state that cannot be stored', { state: { n: 1, text: 'a\u0000b' } as unknown as Count }],
  ['a time that is none', { wakeAt: new Date(Number.NaN) }],
  [
    'a request for nobody',
    { requests: [{ objectId: 'no/one', action: 'a', actor: 'b', because: '' }] },
  ],
  ['rows that cannot be written', { writes: [{ id: null }] }],
])('%s fails alone: its neighbours are written, and it says why', async (_, poison) => {
  const { db } = world.fresh;
  const poisoned = reconcilerOf<Count, { id: string | null }>({
    kind: 'poisoned',
    decide: (look) =>
      look.key === 'bad'
        ? { ...asleep(look), ...poison }
        : { ...asleep(look), writes: [{ id: look.key }] },
    apply: async (tx, _object, rows) => {
      for (const row of rows) {
        await tx.query('insert into kept (id) values ($1) on conflict (id) do nothing', [row.id]);
      }
    },
  });
  await db.query('delete from kept');
  const keys = ['a', 'bad', 'c', 'd'];
  await openObjects(
    db,
    keys.map((key) => object('poisoned', key)),
  );
  const engine = await start(poisoned);
  await eventually(async () => ((await readObject(db, 'poisoned/bad'))?.failures ?? 0) >= 2);
  expect(await keysAsleep('poisoned')).toEqual(['a', 'c', 'd']);
  await engine.stop();
  expect(await readObject(db, 'poisoned/bad')).toMatchObject({
    phase: 'new',
    state: { n: 0 },
    generation: 0,
    because: expect.stringMatching(/^Failed \d+ times in a row, trying again: ./),
    problem: { code: 'TG1703' },
  });
  const rows = await db.query<{ id: string }>('select id from kept order by id');
  expect(rows.map((row) => row.id)).toEqual(['a', 'c', 'd']);
});

test('a load that fails is tried again with backoff, and a success forgets the failures', async () => {
  const { db } = world.fresh;
  const times: number[] = [];
  const flaky = reconcilerOf<Count>({
    kind: 'flaky',
    load: async () => {
      times.push(performance.now());
      if (times.length <= 3) fail('TG1101', { detail: 'the mirror is away' });
    },
    decide: (look) => asleep(look, `well after ${look.failures}`),
  });
  await openObject(db, object('flaky', 'x'));
  const engine = await start(flaky);
  await eventually(async () => (await readObject(db, 'flaky/x'))?.failures === 2);
  expect(await readObject(db, 'flaky/x')).toMatchObject({
    because: 'Failed 2 times in a row, trying again: the mirror is away',
    problem: { code: 'TG1101' },
  });
  await eventually(async () => (await readObject(db, 'flaky/x'))?.phase === 'asleep');
  await engine.stop();
  expect(await readObject(db, 'flaky/x')).toMatchObject({
    because: 'well after 3',
    failures: 0,
    problem: null,
  });
  for (const [n, time] of times.slice(1).entries()) {
    expect(time - (times[n] ?? 0)).toBeGreaterThanOrEqual(50);
  }
});

test('a load that never ends is a failure, and holds up nobody', async () => {
  const { db } = world.fresh;
  const stuck = reconcilerOf<Count>({
    kind: 'stuck',
    load: (look) => (look.key === 'bad' ? new Promise(() => undefined) : Promise.resolve()),
    decide: (look) => asleep(look),
  });
  await openObjects(db, [object('stuck', 'bad'), object('stuck', 'good')]);
  const engine = await start(stuck, { longestLoad: 200, drain: 500 });
  await eventually(async () => (await readObject(db, 'stuck/bad'))?.failures === 1);
  expect(await keysAsleep('stuck')).toEqual(['good']);
  expect((await readObject(db, 'stuck/bad'))?.because).toContain('did not end within 0.2 s');
  await engine.stop();
});

test('older state is upgraded and written in the new shape; newer state is left alone with TG1702', async () => {
  const { db } = world.fresh;
  const versioned = reconcilerOf<{ readonly total: number }>({
    kind: 'versioned',
    schema: 2,
    upgrade: (state, from) => {
      if (from > 2) fail('TG1702', { detail: `state of version ${from}, this is 2` });
      return from === 2 ? (state as { total: number }) : { total: (state as Count).n };
    },
    decide: (look) => asleep(look),
  });
  await openObjects(db, [
    { ...object('versioned', 'old'), state: { n: 7 }, phase: 'asleep', because: 'asleep' },
    { ...object('versioned', 'new'), state: { sum: 7 }, schema: 3 },
  ]);
  const engine = await start(versioned);
  await eventually(async () => (await readObject(db, 'versioned/new'))?.failures === 1);
  await eventually(async () => (await readObject(db, 'versioned/old'))?.schema === 2);
  await engine.stop();
  expect(await readObject(db, 'versioned/old')).toMatchObject({
    state: { total: 7 },
    generation: 1,
  });
  expect(await readObject(db, 'versioned/new')).toMatchObject({
    state: { sum: 7 },
    schema: 3,
    generation: 0,
    problem: { code: 'TG1702' },
  });
});

test('whatever is thrown becomes a reason that can be stored', async () => {
  const { db } = world.fresh;
  const thrown: { readonly [key: string]: unknown } = {
    nul: new Error('a\u0000b'),
    half: new Error('cut \ud83d'),
    long: new Error('x'.repeat(10_000)),
    text: 'only a text',
    nothing: undefined,
    nameless: new TypeError(),
  };
  const thrower = reconcilerOf<Count>({
    kind: 'thrower',
    decide: (look) => {
      throw thrown[look.key];
    },
  });
  await openObjects(
    db,
    Object.keys(thrown).map((key) => object('thrower', key)),
  );
  const engine = await start(thrower, { backoff: { first: 20_000, most: 20_000 } });
  await eventually(async () => engine.counts().objects.failed === Object.keys(thrown).length);
  await engine.stop();
  const rows = await db.query<{ key: string; detail: string }>(
    "select key, left(problem ->> 'detail', 20) as detail from objects order by key",
  );
  expect(Object.fromEntries(rows.map((row) => [row.key, row.detail]))).toEqual({
    nul: 'a\ufffdb',
    half: 'cut \ufffd',
    long: 'x'.repeat(20),
    text: 'only a text',
    nothing: 'undefined',
    nameless: 'TypeError',
  });
});
