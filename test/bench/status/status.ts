import { build, type Histogram } from 'hdr-histogram-js';
import { Agent, request } from 'undici';
import { authenticator } from '../../../src/capabilities/access/authenticate.ts';
import { createToken } from '../../../src/capabilities/access/tokens.ts';
import { insightsRoutes } from '../../../src/capabilities/insights/routes.ts';
import { openDatabase } from '../../../src/platform/db/pool.ts';
import type { Database } from '../../../src/platform/db/types.ts';
import { createHttpServer } from '../../../src/platform/http/server.ts';
import { createLog } from '../../../src/platform/log/log.ts';
import { seedStatus } from './seed.ts';

export type BenchResult = {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly aim: number;
  readonly note?: string;
};

const amount = { applications: 1_000, environments: 2, rolloutsEach: 5 };
const pageSize = 50;
const warmUp = 200;
const asked = 2_000;

/**
 * Status queries over HTTP with a token, one after the other, against 10,000 rollouts of which 2,000 are under way:
 * the first page, pages in the middle, and single applications in turn. `url` is that of an empty, migrated database.
 */
export async function benchStatus(url: string): Promise<readonly BenchResult[]> {
  const db = openDatabase(url, { max: 4, name: 'tidegate bench' });
  try {
    await seedStatus(db, amount);
    const token = await createToken(db, 'bench', 'viewer');
    const app = await createHttpServer({
      log: createLog({ name: 'bench', level: 'silent' }),
      version: 'bench',
      authenticate: authenticator(db),
      routes: [insightsRoutes({ db, version: 'bench' })],
    });
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    const times = await ask(address, token);
    await app.close();
    return [await result(db, times)];
  } finally {
    await db.close();
  }
}

async function ask(address: string, token: string): Promise<Histogram> {
  const times = build({ numberOfSignificantValueDigits: 3 });
  const dispatcher = new Agent({ connections: 1 });
  const headers = { authorization: `Bearer ${token}` };
  for (let n = 0; n < warmUp + asked; n += 1) {
    const started = performance.now();
    const answer = await request(`${address}/api/v1/status?${queryOf(n)}`, { headers, dispatcher });
    const body = (await answer.body.json()) as { readonly items: readonly unknown[] };
    if (answer.statusCode !== 200 || body.items.length === 0) {
      throw new Error(`status answered ${answer.statusCode} with ${body.items?.length} rows`);
    }
    if (n >= warmUp) times.recordValue(Math.round((performance.now() - started) * 1000));
  }
  await dispatcher.close();
  return times;
}

/** No two questions in a row are the same, so that no answer is warm from the one before. */
function queryOf(n: number): string {
  const at = String(((n * 37) % (amount.applications - pageSize)) + 1).padStart(5, '0');
  if (n % 3 === 0) return `application=app-${at}`;
  return n % 3 === 1 ? `limit=${pageSize}` : `limit=${pageSize}&cursor=app-${at}/env-1`;
}

async function result(db: Database, times: Histogram): Promise<BenchResult> {
  const [row] = await db.query<{ n: number }>(`select count(*) as n from rollouts`);
  const ms = (percentile: number) => Math.round(times.getValueAtPercentile(percentile)) / 1000;
  return {
    name: 'status.p99',
    unit: 'ms',
    value: ms(99),
    aim: 10,
    note: `${row?.n} rollouts, ${asked} queries over HTTP, pages of ${pageSize}; p50 ${ms(50)} ms`,
  };
}
