import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../test/support/postgres.ts';
import { fail, ProblemError } from '../platform/errors/problem.ts';
import { eventually, quiet, reconcilerOf } from './engine.fixture.ts';
import { type Engine, type EngineDeps, startEngine } from './engine.ts';
import { readObject } from './reads.ts';
import { leaveRequest, openObject } from './store.ts';
import { effectStore } from './store-effects.ts';
import type { EffectHandler, NewEffect } from './types.ts';

const world = {} as { fresh: FreshDatabase };
const engines: Engine[] = [];
beforeAll(async () => {
  world.fresh = await freshDatabase();
});
afterAll(() => world.fresh.drop());
beforeEach(() => world.fresh.db.query('delete from objects'));
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
});

type Told = {
  readonly ask: readonly NewEffect[];
  readonly news: readonly { readonly kind: string; readonly ok: boolean; readonly code: string }[];
};

/** Asks for the effects of its state, stops what a request names, and keeps what it hears. */
const teller = reconcilerOf<Told>({
  kind: 'teller',
  decide: ({ phase, state, effects, requests }) => ({
    state: {
      ask: [],
      news: [
        ...state.news,
        ...effects.map(({ kind, outcome }) => ({
          kind,
          ok: outcome.ok,
          code: outcome.ok ? '' : outcome.problem.code,
        })),
      ],
    },
    phase: 'asked',
    terminal: false,
    because: 'waiting',
    wakeAt: null,
    effects: phase === 'new' ? state.ask : [],
    stop: requests.map(({ because }) => because),
    taken: { effects: effects.map(({ id }) => id), requests: requests.map(({ id }) => id) },
  }),
});

const start = async (handlers: readonly EffectHandler[], more: Partial<EngineDeps> = {}) => {
  const engine = await startEngine({
    db: world.fresh.db,
    reconcilers: [teller],
    handlers,
    worker: `w${engines.length}`,
    log: quiet,
    ...more,
  });
  engines.push(engine);
  return engine;
};

const open = (...ask: readonly NewEffect[]) =>
  openObject(world.fresh.db, { kind: 'teller', key: 'x', phase: 'new', state: { ask, news: [] } });

const stop = (tag: string) =>
  leaveRequest(world.fresh.db, { objectId: 'teller/x', action: 'stop', actor: 'a', because: tag });

const news = async () => (await readObject<Told>(world.fresh.db, 'teller/x'))?.state.news ?? [];
const heard = async (count = 1) => (await news()).length >= count;

const rows = (columns: string) =>
  world.fresh.db.query<Record<string, unknown>>(`select ${columns} from effects order by id`);

const effect = (kind: string, tag: string): NewEffect => ({ kind, payload: null, tag });

/** Runs until its signal says no, and then fails with the reason. */
const endless = (kind: string, lane: 'short' | 'long' = 'long') => {
  const runs: { key: string; reason: unknown; wasAborted: boolean }[] = [];
  const handler: EffectHandler = {
    kind,
    lane,
    run: (_payload, key, signal) => {
      const run = { key, reason: null as unknown, wasAborted: signal.aborted };
      runs.push(run);
      return new Promise((_resolve, reject) => {
        const end = () => {
          run.reason = signal.reason;
          reject(signal.reason);
        };
        if (signal.aborted) end();
        else signal.addEventListener('abort', end);
      });
    },
  };
  return { handler, runs };
};

test('what never began ends at once, as news; others of the object go on', async () => {
  const kept: string[] = [];
  await start([{ kind: 'kept', run: async (_payload, key) => kept.push(key) }]);
  await open(effect('away', 'a'), effect('away', 'b'), effect('kept', 'c'));
  await eventually(heard);
  await stop('a');
  await eventually(() => heard(2));
  expect(await news()).toEqual([
    { kind: 'kept', ok: true, code: '' },
    { kind: 'away', ok: false, code: 'TG1705' },
  ]);
  expect(
    await rows(
      "tag, attempts, outcome -> 'ok' as ok, wake_at is null as over, taken_at is not null as taken",
    ),
  ).toEqual([
    { tag: 'a', attempts: 0, ok: false, over: true, taken: true },
    { tag: 'b', attempts: 0, ok: null, over: false, taken: false },
    { tag: 'c', attempts: 1, ok: true, over: true, taken: true },
  ]);
});

test('what runs is aborted within a second, wherever it runs, and its outcome comes', async () => {
  const { handler, runs } = endless('build');
  await start([handler]);
  await start([]);
  await open(effect('build', 'a'));
  await eventually(async () => runs.length === 1);
  const begin = performance.now();
  await stop('a');
  await eventually(heard);
  expect(performance.now() - begin).toBeLessThan(1_500);
  expect(await news()).toEqual([{ kind: 'build', ok: false, code: 'TG1705' }]);
  const [reason] = runs.map((run) => run.reason);
  expect(reason instanceof ProblemError && reason.problem.code).toBe('TG1705');
  expect(runs).toHaveLength(1);
});

test('without the notification the next heartbeat tells', async () => {
  const { handler } = endless('build');
  await start([handler]);
  await open(effect('build', 'a'));
  await eventually(async () => (await rows('attempts')).some((row) => row.attempts === 1));
  const begin = performance.now();
  await world.fresh.db.query('update effects set stop_at = now()');
  await eventually(heard);
  expect(performance.now() - begin).toBeLessThan(2_500);
  expect(await news()).toEqual([{ kind: 'build', ok: false, code: 'TG1705' }]);
});

test('a stopped one that succeeds all the same has succeeded; one that fails is not tried again', async () => {
  const run = (end: () => null) => (_payload: unknown, _key: string, signal: AbortSignal) =>
    new Promise<null>((resolve, reject) => {
      signal.addEventListener('abort', () => {
        try {
          resolve(end());
        } catch (error) {
          reject(error);
        }
      });
    });
  await start([
    { kind: 'good', run: run(() => null) },
    { kind: 'bad', run: run(() => fail('TG1102', { detail: 'somebody pushed first' })) },
  ]);
  await open(effect('good', 'a'), effect('bad', 'a'));
  await eventually(async () => {
    const tries = (await rows('attempts')).map(({ attempts }) => attempts);
    return tries.length === 2 && tries.every((count) => count === 1);
  });
  await stop('a');
  await eventually(() => heard(2));
  expect((await news()).toSorted((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
    { kind: 'bad', ok: false, code: 'TG1705' },
    { kind: 'good', ok: true, code: '' },
  ]);
  expect(await rows('attempts')).toEqual([{ attempts: 1 }, { attempts: 1 }]);
});

test('one that waits for its next try is stopped by its handler, at once', async () => {
  const seen: boolean[] = [];
  const run: EffectHandler['run'] = async (_payload, _key, signal) => {
    seen.push(signal.aborted);
    signal.throwIfAborted();
    return fail('TG1102', { detail: 'not yet' });
  };
  await start([{ kind: 'push', run }], { outbox: { backoff: { first: 60_000, most: 60_000 } } });
  await open(effect('push', 'a'));
  await eventually(async () => (await rows('problem')).some(({ problem }) => problem !== null));
  await stop('a');
  await eventually(heard);
  expect(seen).toEqual([false, true]);
  expect(await news()).toEqual([{ kind: 'push', ok: false, code: 'TG1705' }]);
});

test('what is done stays as it is', async () => {
  await start([{ kind: 'push', run: async () => 'pushed' }]);
  await open(effect('push', 'a'));
  await eventually(heard);
  const before = await rows('*');
  await stop('a');
  await sleep(300);
  expect(await rows('*')).toEqual(before);
  expect(await news()).toHaveLength(1);
});

test('a stopped one whose worker was killed is cleared up by the next, which is told', async () => {
  const { db } = world.fresh;
  const first = await start([]);
  await open(effect('build', 'a'));
  await eventually(async () => (await rows('id')).length === 1);
  // As a worker that takes it and is killed.
  await effectStore(db).claim(['build'], 1, 400);
  await stop('a');
  await eventually(async () => (await rows('stop_at')).some((row) => row.stop_at !== null));
  expect(await news()).toEqual([]);
  await first.stop();
  const { handler, runs } = endless('build');
  await start([handler]);
  await eventually(heard);
  expect(runs.map(({ key, wasAborted }) => ({ key, wasAborted }))).toEqual([
    { key: 'teller/x/1/0', wasAborted: true },
  ]);
  expect(await news()).toEqual([{ kind: 'build', ok: false, code: 'TG1705' }]);
});
