import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../test/support/postgres.ts';
import { quiet } from './engine.fixture.ts';
import type { ClaimedEffect, EffectStore } from './engine-store.ts';
import { startFinisher } from './finisher.ts';
import { openObjects } from './store.ts';
import { effectStore } from './store-effects.ts';
import type { EffectOutcome } from './types.ts';

const world = {} as { fresh: FreshDatabase };
beforeAll(async () => {
  world.fresh = await freshDatabase();
});
afterAll(() => world.fresh.drop());
beforeEach(() => world.fresh.db.query('delete from objects'));

const keys = ['a', 'b', 'c'];

async function claimAll(): Promise<readonly ClaimedEffect[]> {
  const { db } = world.fresh;
  await openObjects(
    db,
    keys.map((key) => ({ kind: 'k', key, phase: 'new', state: {} })),
  );
  for (const key of keys) {
    await db.query(
      `insert into effects (key, object_id, kind, payload) values ('k/' || $1 || '/1/0', 'k/' || $1, 'x', '{}')`,
      [key],
    );
  }
  const claimed = await effectStore(db).claim(['x'], 10, 5_000);
  return claimed.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

const stored = () =>
  world.fresh.db.query<{ objectId: string; outcome: EffectOutcome['outcome'] | null }>(
    'select object_id as "objectId", outcome from effects order by object_id',
  );
const done = (value: string) => ({ ok: true, value }) as const;

test('outcomes that come together are stored together, each as news for its object', async () => {
  const store = effectStore(world.fresh.db);
  const batches: number[] = [];
  const counting: Pick<EffectStore, 'finish'> = {
    finish: (effects) => {
      batches.push(effects.length);
      return store.finish(effects);
    },
  };
  const effects = await claimAll();
  const { finish } = startFinisher(counting, quiet);
  const came = await Promise.all(effects.map((effect) => finish(effect, done(effect.key))));
  expect(came).toEqual([true, true, true]);
  expect(batches).toEqual([3]);
  const news = await world.fresh.db.query('select id, news from objects order by id');
  expect(news).toEqual(keys.map((key) => ({ id: `k/${key}`, news: 1 })));
});

test('one that cannot be stored fails by itself, and one that is no longer ours is passed over', async () => {
  const [a, b, c] = await claimAll();
  if (!a || !b || !c) throw new Error('the effects were not due');
  const { finish } = startFinisher(effectStore(world.fresh.db), quiet);
  const came = await Promise.allSettled([
    finish(a, done('\u0000')),
    finish({ ...b, attempt: 7 }, done('late')),
    finish(c, done('good')),
  ]);
  expect(came.map((one) => (one.status === 'fulfilled' ? one.value : 'refused'))).toEqual([
    'refused',
    false,
    true,
  ]);
  expect((await stored()).map(({ outcome }) => outcome)).toEqual([null, null, done('good')]);
});

test('what ends while others are stored is stored next', async () => {
  const [a, b] = await claimAll();
  if (!a || !b) throw new Error('the effects were not due');
  const { finish } = startFinisher(effectStore(world.fresh.db), quiet);
  const first = finish(a, done('first'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(await Promise.all([finish(b, done('second')), first])).toEqual([true, true]);
});
