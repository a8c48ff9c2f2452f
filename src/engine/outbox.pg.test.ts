import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../test/support/postgres.ts';
import { fail } from '../platform/errors/problem.ts';
import { eventually, quiet, reconcilerOf } from './engine.fixture.ts';
import { type EngineDeps, startEngine } from './engine.ts';
import { readObject } from './reads.ts';
import { openObject } from './store.ts';
import { effectStore } from './store-effects.ts';
import type { EffectHandler, EffectOutcome } from './types.ts';

const world = {} as { fresh: FreshDatabase };
beforeAll(async () => {
  world.fresh = await freshDatabase();
});
afterAll(() => world.fresh.drop());
beforeEach(() => world.fresh.db.query('delete from objects'));

type Asked = { readonly outcome: EffectOutcome['outcome'] | null };

/** Asks for one effect, waits for its outcome, and ends with it. */
const asker = reconcilerOf<Asked>({
  kind: 'asker',
  decide: ({ phase, state, effects }) => {
    const [news] = effects;
    if (phase === 'new') {
      return {
        state,
        phase: 'asked',
        terminal: false,
        because: 'waiting for the effect',
        wakeAt: null,
        effects: [{ kind: 'push', payload: { branch: 'main' } }],
      };
    }
    if (!news) return { state, phase, terminal: false, because: 'still waiting', wakeAt: null };
    return {
      state: { outcome: news.outcome },
      phase: 'answered',
      terminal: true,
      because: `heard of ${news.key}`,
      wakeAt: null,
      taken: { effects: [news.id] },
    };
  },
});

const handler = (run: EffectHandler['run']): EffectHandler => ({ kind: 'push', run });

const start = (run: EffectHandler['run'], outbox: EngineDeps['outbox'] = {}, worker = 'a') =>
  startEngine({
    db: world.fresh.db,
    reconcilers: [asker],
    handlers: [handler(run)],
    worker,
    log: quiet,
    outbox: { backoff: { first: 20, most: 50 }, ...outbox },
  });

const ask = () =>
  openObject(world.fresh.db, { kind: 'asker', key: 'x', phase: 'new', state: { outcome: null } });

const answered = async () => (await readObject(world.fresh.db, 'asker/x'))?.phase === 'answered';

const rows = (columns: string) =>
  world.fresh.db.query<Record<string, unknown>>(`select ${columns} from effects order by id`);

test('an effect runs after its row, with its key, and its value becomes news', async () => {
  const runs: unknown[] = [];
  const engine = await start(async (payload, key) => {
    runs.push({ payload, key, rows: await rows('key') });
    return { commit: 'c0ffee' };
  });
  await ask();
  await eventually(answered);
  await engine.stop();
  expect(runs).toEqual([
    { payload: { branch: 'main' }, key: 'asker/x/1/0', rows: [{ key: 'asker/x/1/0' }] },
  ]);
  expect(await readObject(world.fresh.db, 'asker/x')).toMatchObject({
    state: { outcome: { ok: true, value: { commit: 'c0ffee' } } },
    because: 'heard of asker/x/1/0',
  });
  expect(await rows('done_at is not null as done, taken_at is not null as taken, wake_at')).toEqual(
    [{ done: true, taken: true, wake_at: null }],
  );
});

test('a failure that may pass is tried again under the same key, with its reason in sight', async () => {
  const keys: string[] = [];
  const stored: unknown[] = [];
  const engine = await start(async (_payload, key) => {
    keys.push(key);
    stored.push(...(await rows("problem ->> 'code' as code, problem ->> 'detail' as detail")));
    if (keys.length === 1) fail('TG1102', { detail: 'somebody pushed first' });
    if (keys.length === 2) throw new Error('a fault nobody \u0000 thought of');
    return null;
  });
  await ask();
  await eventually(answered);
  await engine.stop();
  expect(keys).toEqual(['asker/x/1/0', 'asker/x/1/0', 'asker/x/1/0']);
  expect(stored).toEqual([
    { code: null, detail: null },
    { code: 'TG1102', detail: 'somebody pushed first' },
    { code: 'TG1704', detail: 'a fault nobody \ufffd thought of' },
  ]);
  expect(engine.counts().effects).toEqual({ done: 1, gaveUp: 0, retried: 2 });
  expect(await rows('attempts, problem')).toEqual([{ attempts: 3, problem: null }]);
});

test('a failure that needs a person is not tried again: it is the outcome', async () => {
  const runs: string[] = [];
  const engine = await start(async (_payload, key) => {
    runs.push(key);
    return fail('TG1105', { detail: 'the file changed' });
  });
  await ask();
  await eventually(answered);
  await engine.stop();
  expect(runs).toHaveLength(1);
  expect(await readObject(world.fresh.db, 'asker/x')).toMatchObject({
    state: { outcome: { ok: false, problem: { code: 'TG1105', detail: 'the file changed' } } },
  });
  expect(engine.counts().effects).toEqual({ done: 0, gaveUp: 1, retried: 0 });
});

test('a value that cannot be stored is a failure like any other', async () => {
  const runs: string[] = [];
  const engine = await start(async (_payload, key) => {
    runs.push(key);
    return runs.length === 1 ? 'not \u0000 storable' : 'fine';
  });
  await ask();
  await eventually(answered);
  await engine.stop();
  expect(await readObject(world.fresh.db, 'asker/x')).toMatchObject({
    state: { outcome: { ok: true, value: 'fine' } },
  });
});

test('an effect longer than its lease is run once, by one of two workers', async () => {
  const runs: string[] = [];
  const run = async (_payload: unknown, key: string) => {
    runs.push(key);
    await sleep(1_500);
    return null;
  };
  const engines = [await start(run, { lease: 400 }), await start(run, { lease: 400 }, 'b')];
  await ask();
  await eventually(answered);
  await Promise.all(engines.map((engine) => engine.stop()));
  expect(runs).toHaveLength(1);
});

test('an effect that never ends is aborted and tried again', async () => {
  const aborted: string[] = [];
  const engine = await start(
    async (_payload, _key, signal) => {
      if (aborted.length > 0) return 'second time';
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted.push(String(signal.reason));
          reject(signal.reason);
        });
      });
    },
    { longestRun: 100 },
  );
  await ask();
  await eventually(answered);
  await engine.stop();
  expect(aborted).toEqual([expect.stringContaining('did not end within 0.1 s')]);
  expect(await rows('attempts')).toEqual([{ attempts: 2 }]);
});

test('stopping aborts what does not end and leaves it to the next worker', async () => {
  const begun = Promise.withResolvers<void>();
  const ended = { aborted: false };
  const first = await start(
    (_payload, _key, signal) =>
      new Promise((resolve) => {
        begun.resolve();
        signal.addEventListener('abort', () => {
          ended.aborted = true;
          resolve('from the stopped worker');
        });
      }),
    { drain: 100 },
  );
  await ask();
  await begun.promise;
  await first.stop();
  expect(ended.aborted).toBe(true);
  expect(await rows('outcome, wake_at <= now() as due')).toEqual([{ outcome: null, due: true }]);
  const second = await start(async () => 'from the next worker');
  await eventually(answered);
  await second.stop();
  expect(await readObject(world.fresh.db, 'asker/x')).toMatchObject({
    state: { outcome: { ok: true, value: 'from the next worker' } },
  });
});

test('an attempt that lost its lease can store neither outcome nor failure', async () => {
  const { db } = world.fresh;
  const store = effectStore(db);
  await openObject(db, { kind: 'quiet', key: 'x', phase: 'new', state: {} });
  await db.query(
    "insert into effects (key, object_id, kind, payload) values ('quiet/x/1/0', 'quiet/x', 'other', '{}')",
  );
  const [old] = await store.claim(['other'], 1, 0);
  const [current] = await store.claim(['other'], 1, 5_000);
  if (!old || !current) throw new Error('the effect was not due');
  const before = await rows('*');
  expect(await store.finish([{ ...old, outcome: { ok: true, value: 'old' } }])).toEqual([]);
  await store.retry(old, { code: 'TG1704', title: '', detail: '', hint: '' }, 1);
  await store.release([old]);
  expect(await store.extend([old], 60_000)).toEqual([]);
  expect(await rows('*')).toEqual(before);
  const finished = { ...current, outcome: { ok: true, value: 'new' } } as const;
  expect(await store.finish([old, current].map((one) => ({ ...finished, ...one })))).toEqual([
    current.id,
  ]);
  expect(await store.finish([{ ...current, outcome: { ok: true, value: 'again' } }])).toEqual([]);
  expect(await rows('outcome')).toEqual([{ outcome: { ok: true, value: 'new' } }]);
});
