import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../test/support/postgres.ts';
import { openDatabase } from '../platform/db/pool.ts';
import type { Sql } from '../platform/db/types.ts';
import { eventually } from './engine.fixture.ts';
import {
  type EventFilter,
  readEvents,
  readEventsBackward,
  readNewestCursor,
  readObject,
} from './reads.ts';
import { writeEvent, writeEvents } from './store.ts';
import type { NewEvent } from './types.ts';

const world = {} as { fresh: FreshDatabase };
beforeAll(async () => {
  world.fresh = await freshDatabase();
});
afterAll(() => world.fresh.drop());

const event = (type: string, more: Partial<NewEvent> = {}): NewEvent => ({
  type,
  actor: 'tidegate',
  because: 'a test',
  outcome: 'done',
  ...more,
});

const typesOf = async (ask: Parameters<typeof readEvents>[1]): Promise<string[]> =>
  (await readEvents(world.fresh.db, ask)).events.map((each) => each.type);

/** All events after a cursor. */
async function typesAfter(cursor: string, count: number): Promise<string[]> {
  const seen: string[] = [];
  await eventually(async () => {
    seen.splice(0, seen.length, ...(await typesOf({ after: cursor, limit: 100 })));
    return seen.length >= count;
  });
  return seen;
}

test('a stream resumed under an open transaction misses nothing and repeats nothing', async () => {
  const { db, url } = world.fresh;
  const start = await readNewestCursor(db);
  const other = openDatabase(url, { max: 1 });
  const written = Promise.withResolvers<void>();
  const commit = Promise.withResolvers<void>();
  // Draws its ids first and commits last.
  const late = other.transaction(async (tx) => {
    await writeEvent(tx, event('late'));
    written.resolve();
    await commit.promise;
  });
  await written.promise;
  await writeEvent(db, event('early'));
  const stream: string[] = [];
  const position = { cursor: start };
  const readOn = async () => {
    const page = await readEvents(db, { after: position.cursor, limit: 1 });
    stream.push(...page.events.map((each) => each.type));
    position.cursor = page.cursor;
  };
  for (let n = 0; n < 5; n += 1) await readOn();
  expect(stream).toEqual([]);
  commit.resolve();
  await late;
  await writeEvent(db, event('last'));
  await eventually(async () => {
    await readOn();
    return stream.includes('last');
  });
  await other.close();
  expect(stream).toEqual(['late', 'early', 'last']);
});

test('a transaction of another database holds nothing back, and one that reads none', async () => {
  const { db, url } = world.fresh;
  const other = await freshDatabase();
  const reader = openDatabase(url, { max: 1 });
  const done = Promise.withResolvers<void>();
  const hold = async (tx: Sql) => {
    await tx.query('select 1');
    await done.promise;
  };
  const start = await readNewestCursor(db);
  const open = [
    other.db.transaction(async (tx) => {
      await writeEvent(tx, event('elsewhere'));
      await hold(tx);
    }),
    reader.transaction(hold),
  ];
  try {
    const isOpen = async () =>
      await other.db.query(
        'select 1 from pg_stat_activity where backend_xid is not null and datname = current_database()',
      );
    await eventually(async () => (await isOpen()).length > 0);
    await writeEvent(db, event('here'));
    await eventually(async () => (await typesOf({ after: start, limit: 100 })).includes('here'));
    expect((await readEventsBackward(db, { type: 'here', limit: 1 })).events).toHaveLength(1);
  } finally {
    done.resolve();
    await Promise.all(open);
    await reader.close();
    await other.drop();
  }
});

test('pages are filtered, in order, and carry everything that was written', async () => {
  const { db } = world.fresh;
  const start = await readNewestCursor(db);
  await writeEvents(db, [
    event('one', {
      application: 'shop',
      environment: 'production',
      objectId: 'rollout/r',
      before: 1,
    }),
    event('two', {
      application: 'shop',
      environment: 'staging',
      requestId: 'q-1',
      after: { a: [1] },
    }),
    event('three', { application: 'blog', environment: 'production', outcome: 'refused' }),
  ]);
  expect(await typesAfter(start, 3)).toEqual(['one', 'two', 'three']);
  const from = { after: start, limit: 10 };
  expect(await typesOf({ ...from, application: 'shop' })).toEqual(['one', 'two']);
  expect(await typesOf({ ...from, environment: 'production' })).toEqual(['one', 'three']);
  expect(await typesOf({ ...from, objectId: 'rollout/r' })).toEqual(['one']);
  expect(await typesOf({ ...from, type: 'three' })).toEqual(['three']);
  const [first] = (await readEvents(db, { ...from, application: 'shop' })).events;
  expect(first).toMatchObject({ objectId: 'rollout/r', before: 1, after: null, outcome: 'done' });
  expect(await typesOf({ ...from, after: first?.cursor ?? '' })).toEqual(['two', 'three']);
});

describe('a search', () => {
  const started = { cursor: '' };
  beforeAll(async () => {
    const { db } = world.fresh;
    started.cursor = await readNewestCursor(db);
    const rows = [
      ['01', 'search.opened', 'user:ada', 'Weight is 10 % of a_b', 'rollout/ro-1'],
      ['02', 'search.closed', 'user:adam', 'Weight is 10 of axb', null],
      ['03', 'searching', 'git:Ada', 'Ärger mit C:\\tmp', 'run/run-7'],
      ['04', 'search.opened', 'tidegate', 'nothing', 'rollout/ro-1'],
    ];
    for (const [day, ...row] of rows)
      await db.query(
        `insert into events (at, type, actor, because, object_id, outcome) values ($1, $2, $3, $4, $5, 'done')`,
        [`2020-01-${day}T12:00:00Z`, ...row],
      );
    await typesAfter(started.cursor, 4);
  });

  test.each<[string, EventFilter, string]>([
    ['a type', { type: 'search.opened' }, '14'],
    ['types that begin so', { type: 'search.*' }, '124'],
    ['a type is no pattern', { type: 'search_opened' }, ''],
    ['one who did it', { actor: 'user:ada' }, '1'],
    ['those who begin so', { actor: 'user:ada*' }, '12'],
    ['from a time on', { since: new Date('2020-01-03T12:00:00Z') }, '34'],
    ['before a time', { until: new Date('2020-01-03T12:00:00Z') }, '12'],
    [
      'between two',
      { since: new Date('2020-01-02T00:00:00Z'), until: new Date('2020-01-03T00:00:00Z') },
      '2',
    ],
    ['a word of the reason', { words: ['wEIGHT'] }, '12'],
    ['a word of the type', { words: ['CLOSED'] }, '2'],
    ['a word of the object', { words: ['ro-1'] }, '14'],
    ['a word of the actor', { words: ['ada'] }, '123'],
    ['each of the words', { words: ['weight', 'adam'] }, '2'],
    ['a percent sign is itself', { words: ['%'] }, '1'],
    ['an underscore is itself', { words: ['a_b'] }, '1'],
    ['a backslash is itself', { words: ['c:\\'] }, '3'],
    ['a letter beyond ASCII', { words: ['Ärger'] }, '3'],
    [
      'all of it at once',
      { type: 'search.*', actor: 'user:*', words: ['10'], objectId: 'rollout/ro-1' },
      '1',
    ],
    ['nothing', { words: ['weight', 'nothing'] }, ''],
  ])('finds %s, in pages of one, both ways', async (_name, filter, days) => {
    const { db } = world.fresh;
    const ask = { ...filter, limit: 1 };
    const [onward, back] = [[] as string[], [] as string[]];
    const day = (event: { readonly at: Date }) => String(event.at.getUTCDate());
    for (let after = started.cursor; ; ) {
      const page = await readEvents(db, { ...ask, after });
      onward.push(...page.events.map(day));
      after = page.cursor;
      if (page.events.length === 0) break;
    }
    const bounded = { ...ask, until: filter.until ?? new Date('2020-02-01T00:00:00Z') };
    for (let before: string | undefined; ; ) {
      const page = await readEventsBackward(db, { ...bounded, before });
      back.push(...page.events.map(day));
      before = page.cursor;
      if (page.events.length === 0) break;
    }
    expect([onward.join(''), back.toReversed().join('')]).toEqual([days, days]);
  });
});

test('paging backward meets the same events, newest first, each once', async () => {
  const { db } = world.fresh;
  const all = Array.from({ length: 7 }, (_, n) => event(`b${n}`, { application: 'backward' }));
  const start = await readNewestCursor(db);
  for (const each of all) await writeEvent(db, each);
  await typesAfter(start, 7);
  const filter = { application: 'backward', limit: 3 };
  const one = await readEventsBackward(db, filter);
  const two = await readEventsBackward(db, { ...filter, before: one.cursor });
  const three = await readEventsBackward(db, { ...filter, before: two.cursor });
  const four = await readEventsBackward(db, { ...filter, before: three.cursor });
  const pages = [one, two, three, four].map((page) => page.events.map((each) => each.type));
  expect(pages).toEqual([['b6', 'b5', 'b4'], ['b3', 'b2', 'b1'], ['b0'], []]);
});

test('a cursor that is none of ours is refused with a code', async () => {
  const { db } = world.fresh;
  for (const after of ['', 'nonsense', Buffer.from('1.2;drop').toString('base64url')]) {
    await expect(readEvents(db, { after, limit: 1 })).rejects.toThrow('TG1603');
  }
});

test('the past cannot be rewritten', async () => {
  const { db } = world.fresh;
  await writeEvent(db, event('kept'));
  await expect(db.query("update events set because = 'x'")).rejects.toThrow('append-only');
  await expect(db.query('delete from events')).rejects.toThrow('append-only');
  await expect(db.query('truncate events')).rejects.toThrow('append-only');
});

test('an object that is not there is null', async () => {
  expect(await readObject(world.fresh.db, 'rollout/none')).toBeNull();
});
