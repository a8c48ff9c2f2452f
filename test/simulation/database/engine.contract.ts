import type { ClaimedObject, EffectLease, Write } from '../../../src/engine/engine-store.ts';
import { readObject } from '../../../src/engine/reads.ts';
import { leaveRequests, openObjects, wakeObjects, writeEvent } from '../../../src/engine/store.ts';
import type { EffectOutcome } from '../../../src/engine/types.ts';
import type { Database } from '../../../src/platform/db/types.ts';
import { problem } from '../../../src/platform/errors/problem.ts';
import { stores } from './both.ts';

/** One call that both databases get, with a name for people. What it gives must be the same. */
export type Call = readonly [name: string, call: (db: Database) => Promise<unknown>];

const kinds = ['a', 'b'];
const long = 60_000;
const far = new Date(Date.now() + 3_600_000);

const inOrder = <T extends { readonly id: unknown }>(rows: readonly T[]): readonly T[] =>
  rows.toSorted((a, b) => (String(a.id) < String(b.id) ? -1 : 1));

const claimed = async (db: Database, lease: string, limit = 10, duration = long) =>
  inOrder((await stores(db).objects.claim({ kinds, lease, limit, duration })).objects);

/** As an object was claimed by this lease, whoever holds it now. */
export async function heldBy(
  db: Database,
  id: string,
  lease: string,
  over: Partial<ClaimedObject> = {},
): Promise<ClaimedObject> {
  const row = await readObject<never>(db, id);
  if (!row) throw new Error(`there is no ${id}`);
  const { kind, key, generation, schema, phase, terminal, because, state, failures } = row;
  const known = { id, kind, key, generation, schema, phase, terminal, because, state, failures };
  return { ...known, news: 0, lease, ...over };
}

export const decided = (
  object: ClaimedObject,
  over: Partial<Extract<Write, { type: 'decided' }>['decision']> = {},
): Write => ({
  type: 'decided',
  object,
  schema: 1,
  wakeAt: null,
  writer: {},
  seenAs: over.terminal ? null : { at: new Date(0), snapshot: { n: 0 } },
  seen: { ...object, state: object.state },
  decision: {
    state: { n: 1 },
    phase: 'next',
    terminal: false,
    because: 'as decided',
    wakeAt: null,
    ...over,
  },
});

const objectsOf = async (db: Database) => {
  const found = [];
  for (const id of ['a/1', 'a/2', 'b/1', 'a/3']) {
    const row = await readObject(db, id);
    found.push(
      row && { ...row, wakeAt: row.wakeAt === null ? null : row.wakeAt < far ? 'soon' : 'later' },
    );
  }
  return found;
};

const inbox = async (db: Database) => {
  const rows = await stores(db).objects.inbox(['a/1', 'a/2', 'b/1']);
  return [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1));
};

const effectOf = async (db: Database, key: string): Promise<number> => {
  const [row] = (await stores(db).effects.claim(['push', 'post'], 10, -1)).filter(
    (one) => one.key === key,
  );
  if (!row) throw new Error(`there is no ${key}`);
  return row.id;
};

const opening: readonly Call[] = [
  ['nothing is due in an empty database', (db) => stores(db).objects.nextDue(kinds)],
  [
    'objects are opened, and opening one again changes nothing',
    (db) =>
      openObjects(db, [
        { kind: 'a', key: '1', phase: 'new', state: { n: 0 } },
        { kind: 'a', key: '2', phase: 'new', state: { n: 0 }, wakeAt: far, because: 'it waits' },
        { kind: 'b', key: '1', phase: 'new', state: { list: [1, { x: null }] } },
        { kind: 'a', key: '1', phase: 'other', state: { n: 9 } },
      ]),
  ],
  ['as opened', objectsOf],
  ['one is due', async (db) => ((await stores(db).objects.nextDue(kinds)) ?? 1) <= 0],
  ['of another kind nothing is due', (db) => stores(db).objects.nextDue(['c'])],
  ['what is due is claimed', (db) => claimed(db, 'w#1')],
  ['and by nobody else', (db) => claimed(db, 'w#2')],
  ['news waits for the lease', (db) => wakeObjects(db, ['a/1', 'a/2', 'a/9'])],
  ['woken: the one that nobody holds is due', (db) => claimed(db, 'w#3')],
  [
    'leases are extended by who holds them',
    (db) =>
      stores(db).objects.extend(
        [
          { id: 'a/1', lease: 'w#1' },
          { id: 'b/1', lease: 'w#2' },
        ],
        long,
      ),
  ],
  [
    'wishes are left in order',
    (db) =>
      leaveRequests(db, [
        { objectId: 'a/1', action: 'pause', actor: 'user:ada', because: 'one' },
        {
          objectId: 'a/1',
          action: 'abort',
          actor: 'user:ada',
          because: 'two',
          payload: { revert: true },
          requestId: 'r',
        },
      ]),
  ],
  [
    'not for what is not there',
    (db) => leaveRequests(db, [{ objectId: 'a/9', action: 'x', actor: 'y', because: '' }]),
  ],
  ['the inbox', inbox],
];

const writing: readonly Call[] = [
  [
    'a write of another lease is stale',
    async (db) => stores(db).objects.write([decided(await heldBy(db, 'a/1', 'w#9'))]),
  ],
  [
    'a write of another generation is stale',
    async (db) =>
      stores(db).objects.write([decided(await heldBy(db, 'a/1', 'w#1', { generation: 7 }))]),
  ],
  ['nothing came of both', objectsOf],
  [
    'a decision with all that follows',
    async (db) => {
      const object = await heldBy(db, 'a/1', 'w#1');
      return await stores(db).objects.write([
        decided(object, {
          events: [
            {
              type: 'a.changed',
              actor: 'tidegate',
              because: 'so',
              outcome: 'done',
              after: { n: 1 },
            },
          ],
          effects: [
            { kind: 'push', payload: { to: 'x' } },
            { kind: 'post', payload: null },
          ],
          open: [{ kind: 'a', key: '3', phase: 'new', state: {}, wakeAt: far }],
          wake: ['b/1'],
          requests: [{ objectId: 'a/2', action: 'go', actor: 'a/1', because: '' }],
        }),
      ]);
    },
  ],
  ['after the decision: news that it did not see made it due again', objectsOf],
  [
    'a look that found nothing, and one that failed',
    async (db) => {
      const failed = problem('TG1703', { detail: 'no' });
      return await stores(db).objects.write([
        { type: 'unchanged', object: await heldBy(db, 'b/1', 'w#1', { news: 5 }), wakeAt: far },
        {
          type: 'failed',
          object: await heldBy(db, 'a/2', 'w#3', { news: 9 }),
          problem: failed,
          because: 'it failed',
          delay: 7_200_000,
        },
      ]);
    },
  ],
  ['after both', objectsOf],
  [
    'a request to nobody takes the whole write back',
    async (db) => {
      await claimed(db, 'w#4');
      const object = await heldBy(db, 'a/1', 'w#4', { news: 9 });
      return await stores(db).objects.write([
        decided(object, { requests: [{ objectId: 'a/9', action: 'x', actor: 'y', because: '' }] }),
      ]);
    },
  ],
  ['nothing was taken back by halves', objectsOf],
  ['leases are given back', (db) => stores(db).objects.release([{ id: 'a/1', lease: 'w#4' }])],
  ['given back is due', (db) => claimed(db, 'w#5', 1)],
  [
    'an event of its own',
    (db) => writeEvent(db, { type: 'x', actor: 'y', because: 'z', outcome: 'refused' }),
  ],
];

const finish = async (db: Database, lease: EffectLease, outcome: EffectOutcome['outcome']) =>
  (await stores(db).effects.finish([{ ...lease, objectId: 'a/1', outcome }])).length;

const effects: readonly Call[] = [
  ['effects are due', async (db) => ((await stores(db).effects.nextDue(['push'])) ?? 1) <= 0],
  [
    'effects are claimed',
    async (db) =>
      inOrder(
        (await stores(db).effects.claim(['push', 'post'], 10, -1)).map((one) => ({
          ...one,
          id: one.key,
        })),
      ),
  ],
  [
    'an older attempt stores nothing',
    async (db) => {
      const id = await effectOf(db, 'a/1/1/0');
      return await finish(db, { id, attempt: 1 }, { ok: true, value: 1 });
    },
  ],
  [
    'it comes back after a while',
    async (db) => {
      const id = await effectOf(db, 'a/1/1/1');
      await stores(db).effects.retry({ id, attempt: 3 }, problem('TG1704', { detail: 'again' }), 0);
      return await stores(db)
        .effects.extend(
          [
            { id, attempt: 3 },
            { id, attempt: 1 },
          ],
          -1,
        )
        .then((ids) => ids.length);
    },
  ],
  [
    'it is given back',
    async (db) => {
      const id = await effectOf(db, 'a/1/1/1');
      await stores(db).effects.release([{ id, attempt: 4 }]);
      return await finish(
        db,
        { id, attempt: 4 },
        { ok: false, problem: problem('TG1704', { detail: 'never' }) },
      );
    },
  ],
  [
    'the outcome is stored, and once',
    async (db) => {
      const id = await effectOf(db, 'a/1/1/0');
      const last = { id, attempt: 5 };
      const first = await finish(db, last, { ok: true, value: { commit: 'c' } });
      return [first, await finish(db, last, { ok: true, value: null })];
    },
  ],
  ['outcomes are news', inbox],
  [
    'what was seen is not shown again',
    async (db) => {
      const { objects } = stores(db);
      const seen = (await objects.inbox(['a/1'])).get('a/1');
      const taken = {
        effects: seen?.effects.map(({ id }) => id) ?? [],
        requests: seen?.requests.slice(0, 1).map(({ id }) => id) ?? [],
      };
      return await objects.write([
        decided(await heldBy(db, 'a/1', 'w#5', { news: 99 }), { taken, terminal: true }),
      ]);
    },
  ],
  ['one wish is left', inbox],
  ['nothing is left to run', (db) => stores(db).effects.nextDue(['push', 'post'])],
  ['at the end', objectsOf],
];

export const engineCalls: readonly Call[] = [...opening, ...writing, ...effects];
