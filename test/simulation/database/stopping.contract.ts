import type { ClaimedEffect } from '../../../src/engine/engine-store.ts';
import { openObjects, wakeObjects } from '../../../src/engine/store.ts';
import type { NewEffect } from '../../../src/engine/types.ts';
import type { Database } from '../../../src/platform/db/types.ts';
import { problem } from '../../../src/platform/errors/problem.ts';
import { stores } from './both.ts';
import { type Call, decided, heldBy } from './engine.contract.ts';

const id = 's/1';

/** Claims the object and writes a decision, as a worker does. */
const decide = async (
  db: Database,
  over: { readonly effects?: readonly NewEffect[]; readonly stop?: readonly string[] },
) => {
  const { objects } = stores(db);
  await wakeObjects(db, [id]);
  await objects.claim({ kinds: ['s'], lease: 'w#s', limit: 1, duration: 60_000 });
  const object = await heldBy(db, id, 'w#s', { news: 1_000 });
  return await objects.write([decided(object, over)]);
};

/** The effects that are not done, claimed once more whoever has them. */
const claims = async (db: Database): Promise<readonly ClaimedEffect[]> =>
  (await stores(db).effects.claim(['s.short', 's.long'], 10, -1)).toSorted((a, b) =>
    a.key < b.key ? -1 : 1,
  );

const anyOf = async (db: Database): Promise<ClaimedEffect> => {
  const [first] = await claims(db);
  if (!first) throw new Error('nothing is to run');
  return first;
};

const news = async (db: Database) => [...(await stores(db).objects.inbox([id]))];

const long = { kind: 's.long', payload: null, tag: 'build#1' };

export const stoppingCalls: readonly Call[] = [
  [
    'tagged effects and one without a tag are asked for',
    async (db) => {
      await openObjects(db, [{ kind: 's', key: '1', phase: 'new', state: {} }]);
      return await decide(db, {
        effects: [long, { ...long, tag: 'test#1' }, { kind: 's.short', payload: null }],
      });
    },
  ],
  [
    'what never began is stopped, with a new one of that tag',
    (db) => decide(db, { stop: ['test#1', 'none'], effects: [{ ...long, tag: 'test#1' }] }),
  ],
  ['it ended, as news that made its object due', news],
  ['the object is due by it', async (db) => ((await stores(db).objects.nextDue(['s'])) ?? 1) <= 0],
  ['the others run', claims],
  ['what runs is stopped, and only asked to', (db) => decide(db, { stop: ['build#1', 'test#1'] })],
  ['it has not ended', news],
  [
    'its worker hears of it',
    async (db) => {
      const [first] = await claims(db);
      const { effects } = stores(db);
      return first && (await effects.extend([{ id: first.id, attempt: first.attempt }], -1));
    },
  ],
  ['a worker that takes it over is told', claims],
  ['stopping it again changes nothing', (db) => decide(db, { stop: ['build#1'] })],
  [
    'a failure of it does not wait',
    async (db) => {
      const { effects } = stores(db);
      const first = await anyOf(db);
      await effects.retry(first, problem('TG1704', { detail: 'no' }), 3_600_000);
      return (await claims(db)).length;
    },
  ],
  [
    'all end',
    async (db) => {
      const { effects } = stores(db);
      const ended = [];
      for (const one of await claims(db))
        ended.push(
          (await effects.finish([{ ...one, outcome: { ok: true, value: one.key } }])).length,
        );
      return ended;
    },
  ],
  ['what is done is not stopped', (db) => decide(db, { stop: ['build#1', 'test#1'] })],
  ['all outcomes', news],
];
