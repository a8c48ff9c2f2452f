import { Logger, run, runMigrations, type Task } from 'graphile-worker';
import { openDatabase } from '../../../src/platform/db/pool.ts';
import { backlog, createObjects, type Done, keys, type PeerWork, rateOf } from './peer-work.ts';

/** As its manual's page on performance has it; a name of its own for the queue of each key makes it one at a time. */
const tuning = {
  concurrentJobs: 24,
  maxPoolSize: 25,
  localQueue: { size: 500 },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
};

export async function measureGraphileWorker(url: string, work: PeerWork): Promise<number> {
  const db = openDatabase(url, { max: 2, name: 'bench-graphile' });
  const done: Done = { count: 0, stop: false };
  const logger = new Logger(() => () => undefined);
  const worker = { connectionString: url, schema: 'graphile_worker', logger, ...tuning };
  try {
    await runMigrations({ preset: { worker } });
    await db.query(
      `select count(*) from graphile_worker.add_jobs(array(
         select row('bench', json_build_object('key', n % $1::int), 'key-' || n % $1::int,
                    null, null, null, null, null)::graphile_worker.job_spec
           from generate_series(1, $1::int * $2::int) n))`,
      [keys, work === 'noop' ? backlog : 1],
    );
    await createObjects(db);
    const bench: Task = work === 'noop' ? noop(done) : reconcile(done);
    const runner = await run({ preset: { worker }, taskList: { bench }, parsedCronItems: [] });
    const rate = await rateOf(done, work);
    done.stop = true;
    await runner.stop();
    return rate;
  } finally {
    await db.query(
      'drop schema if exists graphile_worker cascade; drop table if exists peer_objects',
    );
    await db.close();
  }
}

function noop(done: Done): Task {
  return async () => {
    done.count += 1;
  };
}

/** State and the next look, in one statement and so in one transaction. */
function reconcile(done: Done): Task {
  return async (payload, helpers) => {
    if (done.stop) return;
    const { key } = payload as { key: number };
    await helpers.withPgClient((client) =>
      client.query(
        `with written as (
           update peer_objects
              set generation = generation + 1, because = $2, updated_at = now(),
                  state = jsonb_set(state, '{n}', to_jsonb(generation + 1))
            where id = $1 returning id)
         select graphile_worker.add_job('bench', $3::json, $1) from written`,
        [`key-${key}`, 'counted', JSON.stringify({ key })],
      ),
    );
    done.count += 1;
  };
}
