import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { writeDocuments } from '../../../src/capabilities/sources/store.ts';
import { openServer, secret } from '../../../src/capabilities/triggers/server.fixture.ts';
import { pipeline } from '../../../src/capabilities/triggers/world.fixture.ts';
import { parseDocuments } from '../../../src/contract/kinds/validate.ts';
import { openObject } from '../../../src/engine/store.ts';
import { openDatabase } from '../../../src/platform/db/pool.ts';
import type { Database } from '../../../src/platform/db/types.ts';
import { percentile } from '../figures.ts';
import type { BenchContext, Figure, Suite } from '../types.ts';
import type { ClientTimes, ClientWork } from './client.ts';

const atOnce = 200;
const warmUp = 10;
const rounds = 30;
const perSecond = 500;
const seconds = 10;

export const webhooksSuite: Suite = {
  name: 'webhooks',
  figures: ['webhook.p99', 'webhook.burst.p99'],
  run: measure,
};

/**
 * Deliveries one after the other, some hundred a second, as many hosts send them; and 200 at once over 200 connections,
 * again and again: how long until each is known to be kept.
 */
async function measure({ url }: BenchContext): Promise<readonly Figure[]> {
  const db = openDatabase(url, { max: 20, name: 'tidegate bench' });
  try {
    await declare(db);
    const app = await openServer(db);
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    const { bursts, steady } = await send(`${address}/hooks/pipelines/ops/any`);
    await app.close();
    const burst = bursts.slice(warmUp).flat();
    return [
      {
        ...{ name: 'webhook.p99', unit: 'ms', aim: 100, best: 'low' },
        value: percentile(steady, 0.99),
        note: `${perSecond} deliveries a second for ${seconds} s, each kept by PostgreSQL before it is answered; p50 ${percentile(steady, 0.5).toFixed(1)} ms`,
      },
      {
        ...{ name: 'webhook.burst.p99', unit: 'ms', aim: null, best: 'low' },
        value: percentile(burst, 0.99),
        note: `${rounds} times ${atOnce} deliveries at once, sending and all; p50 ${percentile(burst, 0.5).toFixed(1)} ms`,
      },
    ];
  } finally {
    await db.close();
  }
}

async function send(url: string): Promise<ClientTimes> {
  const load = { atOnce, rounds: warmUp + rounds, perSecond, seconds };
  const workerData: ClientWork = { url, secret, ...load };
  const client = new Worker(new URL('./client.ts', import.meta.url), { workerData });
  const [times] = (await once(client, 'message')) as [ClientTimes];
  await client.terminate();
  return times;
}

/** A pipeline with one trigger, as a source would have read it. */
async function declare(db: Database): Promise<void> {
  const text = pipeline('ops', [{ name: 'any', webhook: { from: 'generic', secret: 'hook' } }]);
  const [found] = parseDocuments(text, 'ops.yaml').documents;
  if (!found) throw new Error('the pipeline of the benchmark is not valid');
  const { kind, name, document: spec } = found;
  const commitInfo = { author: '', email: '', subject: '', at: '', trailers: {} };
  const place = { path: 'ops.yaml', blob: 'b'.repeat(40), commit: 'c'.repeat(40), commitInfo };
  await db.transaction((tx) =>
    writeDocuments(tx, 'config', [{ table: 'documents', row: { kind, name, spec, ...place } }]),
  );
  const state = {
    ...{ address: '/srv/config.git', branch: 'main', pollInterval: 60_000, seenCommit: null },
    ...{ pending: null, lastFetchedAt: null, failures: 0 },
  };
  await openObject(db, { kind: 'source', key: 'config', phase: 'watching', state });
}
