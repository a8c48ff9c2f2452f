import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { listRuns, readRun, readRunState } from '../../../src/capabilities/pipelines/reads.ts';
import { openDatabase } from '../../../src/platform/db/pool.ts';

/** A server beside the worker: it asks what screens ask, one question after the other, until it is told to end. */
export type AskerWork = { readonly url: string; readonly runs: number };

const { url, runs } = workerData as AskerWork;
const db = openDatabase(url, { max: 2, name: 'bench-asker' });
const times: number[] = [];
const state = { asks: true };
parentPort?.once('message', () => {
  state.asks = false;
});

async function timed(ask: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await ask();
  times.push(performance.now() - start);
}

for (let n = 0; state.asks; n += 1) {
  const id = `run-c${(n * 7_919) % runs}`;
  await timed(() => listRuns(db, { limit: 50, active: true }));
  await timed(() => listRuns(db, { limit: 50, application: `app-${(n * 31) % runs}` }));
  await timed(() => Promise.all([readRun(db, id), readRunState(db, id)]));
  await sleep(20);
}
await db.close();
parentPort?.postMessage(times);
