import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../test/support/postgres.ts';
import { eventually, quiet, reconcilerOf } from './engine.fixture.ts';
import { startEngine } from './engine.ts';
import { engineStore } from './postgres-store.ts';
import { openObjects, wakeObjects } from './store.ts';
import { effectStore } from './store-effects.ts';

const world = {} as { fresh: FreshDatabase };
beforeAll(async () => {
  world.fresh = await freshDatabase();
});
afterAll(() => world.fresh.drop());

type Passed = { readonly left: number };
const count = 40;
const rounds = 10;

/** Each look wakes, asks and is asked by objects that other workers have in hand. */
const gossip = reconcilerOf<Passed>({
  kind: 'gossip',
  decide: ({ id, key, state, phase, requests, news }) => {
    const left = Math.max(state.left - 1, 0);
    const neighbours = [7, 3, 11].map((step) => `gossip/${(Number(key) + step) % count}`);
    const taken = { requests: requests.map((request) => request.id) };
    if (state.left === 0) {
      const because = `rested after news ${news}`;
      return { state, phase, terminal: false, because, wakeAt: null, taken };
    }
    return {
      state: { left },
      phase: left === 0 ? 'resting' : 'talking',
      terminal: false,
      because: `${left} left`,
      wakeAt: null,
      wake: [id, ...neighbours],
      requests: neighbours.map((objectId) => ({
        objectId,
        action: 'hear',
        actor: id,
        because: '',
      })),
      taken,
    };
  },
});

test('objects that wake and ask each other across workers never deadlock, and no request is lost', async () => {
  const { db } = world.fresh;
  const store = engineStore(db);
  const errors: string[] = [];
  const watched = {
    ...store,
    write: (writes: Parameters<typeof store.write>[0]) =>
      store.write(writes).catch((error) => {
        errors.push(String(error));
        throw error;
      }),
  };
  const failed: number[] = [];
  const engines = await Promise.all(
    ['a', 'b', 'c'].map((worker) =>
      startEngine({
        db,
        reconcilers: [gossip],
        handlers: [],
        worker,
        log: quiet,
        tuning: { batch: 8 },
        stores: { objects: watched, effects: effectStore(db) },
      }),
    ),
  );
  await openObjects(
    db,
    Array.from({ length: count }, (_, n) => ({
      kind: 'gossip',
      key: String(n),
      phase: 'talking',
      state: { left: rounds },
    })),
  );
  const all = Array.from({ length: count }, (_, n) => `gossip/${count - 1 - n}`);
  for (let n = 0; n < 20; n += 1) await wakeObjects(db, all);
  await eventually(async () => {
    const [row] = await db.query<{ busy: number }>(
      "select count(*) as busy from objects where phase <> 'resting' or wake_at is not null",
    );
    return row?.busy === 0;
  });
  for (const engine of engines) {
    await engine.stop();
    const { stale, failed: failures } = engine.counts().objects;
    failed.push(stale, failures);
  }
  const [requests] = await db.query<{ left: number; asked: number }>(
    'select count(*) filter (where taken_at is null) as left, count(*) as asked from requests',
  );
  expect(requests).toEqual({ left: 0, asked: count * rounds * 3 });
  expect(errors).toEqual([]);
  expect(failed).toEqual([0, 0, 0, 0, 0, 0]);
});
