import PgBoss from 'pg-boss';
import { openDatabase } from '../../../src/platform/db/pool.ts';
import type { Database, Sql } from '../../../src/platform/db/types.ts';
import { backlog, createObjects, type Done, keys, type PeerWork, rateOf } from './peer-work.ts';

const queue = 'bench';
const batchSize = 500;

type Payload = { readonly key: number };

export async function measurePgBoss(url: string, work: PeerWork): Promise<number> {
  const db = openDatabase(url, { max: 4, name: 'bench-boss' });
  const boss = new PgBoss({ connectionString: url, max: 4, schedule: false, supervise: false });
  boss.on('error', (error) => process.stderr.write(`pg-boss: ${error.message}\n`));
  const done: Done = { count: 0, stop: false };
  try {
    await boss.start();
    // Of each key one job at a time.
    await boss.createQueue(queue, { policy: 'singleton' });
    const all = Array.from({ length: keys }, (_, key) => key);
    for (let n = 0; n < (work === 'noop' ? backlog : 1); n += 1) {
      await boss.insert(queue, all.map(jobFor));
    }
    await createObjects(db);
    const worked = workOff(boss, db, work, done);
    const rate = await rateOf(done, work);
    done.stop = true;
    await worked;
    return rate;
  } finally {
    await boss.stop({ graceful: false, wait: true });
    await db.query('drop schema if exists pgboss cascade; drop table if exists peer_objects');
    await db.close();
  }
}

function jobFor(key: number): PgBoss.JobInsert<Payload> {
  return { name: queue, data: { key }, singletonKey: `key-${key}` };
}

/** Its own worker rests half a second between batches; fetching and completing by hand does not. */
async function workOff(boss: PgBoss, db: Database, work: PeerWork, done: Done): Promise<void> {
  while (!done.stop) {
    const jobs = await boss.fetch<Payload>(queue, { batchSize, priority: false });
    if (jobs.length === 0) continue;
    const ids = jobs.map((job) => job.id);
    if (work === 'noop') await boss.complete(queue, ids);
    else await db.transaction((tx) => reconcile(boss, tx, jobs, ids));
    done.count += jobs.length;
  }
}

/** The states of a whole batch, its completion and the next looks, in one transaction. */
async function reconcile(
  boss: PgBoss,
  tx: Sql,
  jobs: readonly PgBoss.Job<Payload>[],
  ids: string[],
): Promise<void> {
  const inTransaction: PgBoss.ConnectionOptions = {
    db: { executeSql: async (text, values) => ({ rows: await tx.query(text, values) }) },
  };
  await tx.query(
    `update peer_objects
        set generation = generation + 1, because = 'counted', updated_at = now(),
            state = jsonb_set(state, '{n}', to_jsonb(generation + 1))
      where id = any($1)`,
    [jobs.map((job) => `key-${job.data.key}`)],
  );
  await boss.complete(queue, ids, inTransaction);
  const next = jobs.map((job) => jobFor(job.data.key));
  await boss.insert(queue, next, inTransaction);
}
