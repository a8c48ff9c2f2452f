import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { applicationSchema } from '../../../src/contract/kinds/application.ts';
import type { Pipeline } from '../../../src/contract/kinds/pipeline.ts';
import { goldenPath } from '../../../src/contract/kinds/pipeline-golden.ts';
import { leaveRequests } from '../../../src/engine/store.ts';
import { until } from '../../../src/engine/until.ts';
import { openDatabase } from '../../../src/platform/db/pool.ts';
import type { Database } from '../../../src/platform/db/types.ts';
import { percentile } from '../figures.ts';
import type { BenchContext, Figure } from '../types.ts';
import type { AskerWork } from './asker.ts';
import { countRuns, openRuns, startRuns } from './world.ts';

const runs = 10_000;

/**
 * The generated pipeline of an application with three environments, as often as that many applications would have it:
 * two deployments and two soaks, then each waits for a person. All are held there at once, then all are approved. The
 * status queries are asked by another thread while the runs move.
 */
export async function benchConcurrentRuns({ url, say }: BenchContext): Promise<readonly Figure[]> {
  const db = openDatabase(url, { max: 12, name: 'bench-runs' });
  const before = process.memoryUsage().rss;
  try {
    await openRuns(db, runs, pipelineOf, 'c');
    say(`${runs} runs are open`);
    const begun = performance.now();
    const engine = await startRuns(db);
    const stopAsking = startAsking(url);
    await come(db, `awaiting <> '{}'`);
    const held = await countRuns(db, 'not terminal');
    const memory = process.memoryUsage().rss;
    say(`${held} wait for a person`);
    await approveAll(db);
    await come(db, 'terminal');
    const seconds = (performance.now() - begun) / 1_000;
    const looks = engine.counts().objects.written;
    await engine.stop();
    const failed = await countRuns(db, `phase <> 'succeeded'`);
    if (failed > 0) throw new Error(`${failed} runs did not succeed`);
    const times = await stopAsking();
    return [
      {
        ...{ name: 'runs.concurrent', unit: 'runs', value: held, aim: runs, best: 'high' },
        note: `six steps each, three environments, all wait for a person at once`,
      },
      {
        ...{ name: 'runs.steps.rate', unit: '1/s', value: (runs * 6) / seconds, aim: null },
        ...{ best: 'high', note: `${looks} looks in ${seconds.toFixed(1)} s, one worker` },
      },
      {
        ...{ name: 'runs.memory', unit: 'MB', value: (memory - before) / 1e6, aim: 300 },
        note: 'what the worker grew by, while it holds them',
      },
      {
        ...{ name: 'runs.status.p99', unit: 'ms', value: percentile(times, 0.99), aim: 10 },
        note: `${times.length} queries of the list and of single runs, while they move, by a server beside the worker`,
      },
    ];
  } finally {
    await db.close();
  }
}

function pipelineOf(n: number): Pipeline {
  return goldenPath(
    applicationSchema.parse({
      ...{ apiVersion: 'tidegate.dev/v1', kind: 'Application', metadata: { name: `app-${n}` } },
      spec: {
        owner: 'team',
        source: { repository: '/srv/git/app' },
        run: { command: ['node', 'server.js'] },
        environments: [{ name: 'dev' }, { name: 'staging' }, { name: 'production' }],
        strategy: { blueGreen: {} },
        pipeline: { approve: ['production'], soak: '2s' },
      },
    }),
  );
}

async function approveAll(db: Database): Promise<void> {
  const together = 500;
  for (let from = 0; from < runs; from += together) {
    const some = Array.from({ length: together }, (_, n) => ({
      ...{ objectId: `run/run-c${from + n}`, action: 'approve', actor: 'user:ada', because: 'ok' },
      payload: { step: 'approve-production', role: 'admin' },
    }));
    await db.transaction((tx) => leaveRequests(tx, some));
  }
}

async function come(db: Database, condition: string): Promise<void> {
  const latest = Date.now() + 240_000;
  while ((await countRuns(db, condition)) < runs) {
    if (Date.now() > latest) throw new Error(`not all ${runs} runs are ${condition}`);
    await until(() => false, 100);
  }
}

/** Status queries from a thread of their own, as from a server beside the worker. Ends with how long each took. */
function startAsking(url: string): () => Promise<readonly number[]> {
  const workerData: AskerWork = { url, runs };
  const asker = new Worker(new URL('./asker.ts', import.meta.url), { workerData });
  return async () => {
    const answer = once(asker, 'message');
    asker.postMessage('end');
    const [times] = (await answer) as [readonly number[]];
    await asker.terminate();
    return times;
  };
}
