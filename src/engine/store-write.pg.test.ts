import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../test/support/postgres.ts';
import { problem } from '../platform/errors/problem.ts';
import type { ClaimedObject, Write } from './engine-store.ts';
import { journalValue } from './journal.ts';
import { engineStore } from './postgres-store.ts';
import { readObject } from './reads.ts';
import { readDecisions } from './reads-journal.ts';
import { leaveRequest, leaveRequests, openObject, openObjects, wakeObjects } from './store.ts';
import { inboxLimit } from './store-claim.ts';
import type { Decision } from './types.ts';

const world = {} as { fresh: FreshDatabase };
beforeAll(async () => {
  world.fresh = await freshDatabase();
});
afterAll(() => world.fresh.drop());
beforeEach(() => world.fresh.db.query('delete from objects'));

const object = (key: string) => ({ kind: 'k', key, phase: 'new', state: { a: 1 } });

async function claimOne(lease: string, duration = 3_000): Promise<ClaimedObject> {
  const store = engineStore(world.fresh.db);
  const { objects } = await store.claim({ kinds: ['k'], lease, limit: 1, duration });
  const [claimed] = objects;
  if (!claimed) throw new Error('nothing was due');
  return claimed;
}

function decided(claimed: ClaimedObject, change: Partial<Decision<unknown, unknown>> = {}): Write {
  const { state, ...rest } = claimed;
  const decision = {
    state: { a: 2 },
    phase: 'next',
    terminal: false,
    because: 'a test',
    wakeAt: null,
    ...change,
  };
  return {
    type: 'decided',
    object: claimed,
    seen: { ...rest, state },
    schema: 1,
    decision,
    wakeAt: decision.wakeAt,
    writer: {},
    seenAs: null,
  };
}

const everything: Partial<Decision<unknown, unknown>> = {
  events: [{ type: 'stale.event', actor: 'tidegate', because: 'a test', outcome: 'done' }],
  effects: [{ kind: 'e', payload: null }],
  open: [object('opened')],
  wake: ['k/neighbour'],
  requests: [{ objectId: 'k/neighbour', action: 'abort', actor: 'tidegate', because: '' }],
  writes: [{}],
};

test.each(['generation', 'lease'] as const)(
  'a write with a stale %s changes nothing',
  async (by) => {
    const { db } = world.fresh;
    const store = engineStore(db);
    await openObject(db, object('neighbour'));
    await db.query('update objects set wake_at = null');
    await openObject(db, object('x'));
    const claimed = await claimOne('a#1');
    await db.query(
      by === 'generation'
        ? "update objects set generation = generation + 1 where id = 'k/x'"
        : "update objects set leased_by = 'b#1' where id = 'k/x'",
    );
    const before = await db.query('select * from objects order by id');
    const applied: unknown[] = [];
    const stale = {
      ...decided(claimed, everything),
      writer: { apply: async (...all: unknown[]) => void applied.push(all) },
    };
    const failed: Write = {
      type: 'failed',
      object: claimed,
      problem: problem('TG1703', { detail: 'x' }),
      because: 'x',
      delay: 1,
    };
    for (const write of [stale, failed, { type: 'unchanged', object: claimed, wakeAt: null }]) {
      const result = await store.write([write as Write]);
      expect(result).toEqual([{ id: 'k/x', result: 'stale' }]);
    }
    expect(await db.query('select * from objects order by id')).toEqual(before);
    expect(await db.query('select id from effects')).toEqual([]);
    expect(await db.query('select id from requests')).toEqual([]);
    expect(await db.query("select id from events where type = 'stale.event'")).toEqual([]);
    expect(applied).toEqual([]);
  },
);

test('a write does all that was decided, with the effect keyed by object, generation and number', async () => {
  const { db } = world.fresh;
  await openObject(db, object('neighbour'));
  await db.query('update objects set wake_at = null');
  await openObject(db, object('x'));
  const claimed = await claimOne('a#1');
  const seen: unknown[] = [];
  const write = {
    ...decided(claimed, { ...everything, wake: ['k/neighbour', 'k/opened', 'k/none'] }),
    writer: {
      apply: async (tx: unknown, of: { id: string }, rows: unknown) =>
        void seen.push([of.id, rows, typeof tx]),
    },
  };
  await engineStore(db).write([write]);
  const effects = await db.query('select key, payload, object_id from effects');
  expect(effects).toEqual([{ key: 'k/x/1/0', payload: null, object_id: 'k/x' }]);
  const rows = await db.query<{ id: string; due: boolean }>(
    'select id, news, wake_at <= now() as due from objects order by id',
  );
  expect(rows).toEqual([
    { id: 'k/neighbour', news: 2, due: true },
    { id: 'k/opened', news: 1, due: true },
    { id: 'k/x', news: 0, due: null },
  ]);
  const events = await db.query("select object_id from events where type = 'stale.event'");
  expect(events).toEqual([{ object_id: 'k/x' }]);
  expect(seen).toEqual([['k/x', [{}], 'object']]);
});

test('opening twice is opening once, and the first stays as it is', async () => {
  const { db } = world.fresh;
  const soon = new Date(Date.now() + 60_000);
  await openObject(db, { ...object('x'), because: 'asked for', schema: 3, wakeAt: soon });
  await openObjects(db, [{ ...object('x'), phase: 'other' }]);
  expect(await readObject(db, 'k/x')).toMatchObject({
    phase: 'new',
    because: 'asked for',
    schema: 3,
    wakeAt: soon,
    generation: 0,
  });
});

test('news to an object in hand leaves the lease alone; news to one at rest makes it due', async () => {
  const { db } = world.fresh;
  await openObject(db, object('x'));
  const claimed = await claimOne('a#1', 60_000);
  await leaveRequest(db, { objectId: 'k/x', action: 'abort', actor: 'user:ann', because: 'why' });
  const [leased] = await db.query<{ same: boolean }>(
    'select wake_at = leased_until and wake_at > now() as same from objects',
  );
  expect(leased?.same).toBe(true);
  await engineStore(db).write([decided(claimed)]);
  const [due] = await db.query<{ due: boolean }>('select wake_at <= now() as due from objects');
  expect(due?.due).toBe(true);
  const inbox = await engineStore(db).inbox(['k/x']);
  expect(inbox.get('k/x')).toMatchObject({
    more: false,
    requests: [
      { action: 'abort', actor: 'user:ann', because: 'why', payload: {}, requestId: null },
    ],
  });
});

test('an inbox is bounded, oldest first, and what was taken is not shown again', async () => {
  const { db } = world.fresh;
  const store = engineStore(db);
  await openObject(db, object('x'));
  const requests = Array.from({ length: inboxLimit + 5 }, (_, n) => ({
    objectId: 'k/x',
    action: `a${n}`,
    actor: 'user:ann',
    because: '',
    payload: { n },
    requestId: `q${n}`,
  }));
  await leaveRequests(db, requests);
  const claimed = await claimOne('a#1');
  const first = (await store.inbox(['k/x'])).get('k/x');
  expect(first?.more).toBe(true);
  expect(first?.requests.map((each) => each.action)).toEqual(
    requests.slice(0, inboxLimit).map((each) => each.action),
  );
  const ids = first?.requests.map((each) => each.id) ?? [];
  await store.write([decided(claimed, { taken: { requests: ids } })]);
  const rest = (await store.inbox(['k/x'])).get('k/x');
  expect(rest?.requests.map((each) => each.payload)).toEqual(
    [100, 101, 102, 103, 104].map((n) => ({ n })),
  );
});

test('a request for an object that is not there is refused, a wake-up for one is nothing', async () => {
  const { db } = world.fresh;
  const request = { objectId: 'k/none', action: 'abort', actor: 'user:ann', because: '' };
  await expect(leaveRequest(db, request)).rejects.toThrow('foreign key');
  await wakeObjects(db, ['k/none']);
  expect(await readObject(db, 'k/none')).toBeNull();
});

test('a decision is kept with what it was made from, and what is old goes when something ends', async () => {
  const { db } = world.fresh;
  await openObject(db, object('x'));
  await db.query(
    `insert into decisions (object_id, generation, schema, at, snapshot, decision)
     values ('k/old', 1, 1, now() - interval '91 days', '{}', '{}'),
            ('k/young', 1, 1, now() - interval '89 days', '{}', '{}')`,
  );
  const at = new Date();
  const kept = async () =>
    (await readDecisions(db, ['k/x', 'k/old', 'k/young'], { after: 0, limit: 10 })).map(
      ({ objectId, generation, snapshot }) => [objectId, generation, journalValue(snapshot)],
    );
  const write = async (change: Partial<Decision<unknown, unknown>>, snapshot: unknown) => {
    const claimed = await claimOne('a#1');
    const full = { ...decided(claimed, change), seenAs: { at, snapshot } };
    return await engineStore(db).write([full]);
  };
  const seen = { text: '\u0000', size: Number.NaN, at };
  await write({ wakeAt: new Date(0) }, seen);
  expect(await kept()).toEqual([
    ['k/old', 1, {}],
    ['k/young', 1, {}],
    ['k/x', 1, seen],
  ]);
  await write({ terminal: true }, { ended: true });
  expect(await kept()).toEqual([
    ['k/young', 1, {}],
    ['k/x', 1, seen],
    ['k/x', 2, { ended: true }],
  ]);
});
