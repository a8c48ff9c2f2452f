import type { IncomingMessage, ServerResponse } from 'node:http';
import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StatusRow } from '../../../src/contract/api/status.ts';
import { statusRow } from '../page.fixture.tsx';
import { type OpenServer, openServer } from '../server.fixture.ts';
import { keys } from './keys.ts';
import { askStatus, refreshStatus, replaceRows } from './status.ts';

const names = (rows: readonly StatusRow[] | undefined) =>
  rows?.map(({ application, environment, state }) => `${application}/${environment} ${state}`);
const before = [
  statusRow('api', 'staging'),
  statusRow('api', 'production'),
  statusRow('shop', 'staging'),
  statusRow('web', 'staging'),
];

test.each<[string, string[], StatusRow[], string[]]>([
  ['nothing', [], [], ['api/staging', 'api/production', 'shop/staging', 'web/staging']],
  [
    'a row in the middle of a path',
    ['api'],
    ['staging', 'canary', 'production'].map((name) => statusRow('api', name)),
    ['api/staging', 'api/canary', 'api/production', 'shop/staging', 'web/staging'],
  ],
  ['an application that is gone', ['shop'], [], ['api/staging', 'api/production', 'web/staging']],
  [
    'an environment that is gone',
    ['api'],
    [statusRow('api', 'production')],
    ['api/production', 'shop/staging', 'web/staging'],
  ],
  [
    'a new application',
    ['cart'],
    [statusRow('cart', 'staging'), statusRow('cart', 'production')],
    [
      ...['api/staging', 'api/production', 'cart/staging', 'cart/production'],
      ...['shop/staging', 'web/staging'],
    ],
  ],
])('%s is put where it belongs', (_what, asked, now, expected) => {
  const rows = replaceRows(before, asked, now);
  expect(rows.map((row) => `${row.application}/${row.environment}`)).toEqual(expected);
  for (const row of rows.filter(({ application }) => !asked.includes(application))) {
    expect(before).toContain(row);
  }
});

const own = {
  server: null as OpenServer | null,
  asked: [] as string[],
  /** What the server has now. */
  rows: [] as StatusRow[],
  isAway: false,
  hold: null as Promise<void> | null,
};

/** Answers as the route does: a page after a cursor, or one application's rows. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  own.asked.push(request.url ?? '');
  const { searchParams } = new URL(request.url ?? '', 'http://server');
  if (own.isAway) {
    response.writeHead(503, { 'content-type': 'application/json' }).end('{}');
    return;
  }
  const application = searchParams.get('application');
  const rows = own.rows.filter((row) => application === null || row.application === application);
  const from = Number(searchParams.get('cursor') ?? 0);
  const to = from + Number(searchParams.get('limit'));
  if (application === null) await own.hold;
  const cursor = to < rows.length ? String(to) : null;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ items: rows.slice(from, to), cursor }));
}

beforeEach(async () => {
  Object.assign(own, { asked: [], rows: [...before], isAway: false, hold: null });
  own.server = await openServer((request, response) => void answer(request, response));
});
afterEach(() => own.server?.close());

const listed = async (): Promise<QueryClient> => {
  const client = new QueryClient();
  await client.fetchQuery({
    queryKey: keys.status,
    queryFn: ({ signal }) => askStatus(signal, () => undefined),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  own.asked = [];
  return client;
};
const kept = (client: QueryClient) => client.getQueryData<readonly StatusRow[]>(keys.status);

test('the list comes page by page, and what is there is shown early', async () => {
  own.rows = Array.from({ length: 1_200 }, (_, n) => statusRow(`app-${n}`, 'production'));
  const shown: number[] = [];
  const signal = new AbortController().signal;
  const rows = await askStatus(signal, (some) => shown.push(some.length));
  expect(shown).toEqual([100, 600, 1_100]);
  expect(names(rows)).toEqual(names(own.rows));
  expect(own.asked).toHaveLength(4);
});

test('a change asks for the rows of its application and for no others', async () => {
  const client = await listed();
  own.rows[2] = statusRow('shop', 'staging', { state: 'failed' });
  own.rows[3] = statusRow('web', 'staging', { state: 'failed' });
  await refreshStatus(client, ['shop']);
  expect(own.asked).toEqual(['/api/v1/status?application=shop&limit=500']);
  expect(names(kept(client))?.slice(2)).toEqual(['shop/staging failed', 'web/staging steady']);
});

test('many at once are one list, and no change is no question', async () => {
  const client = await listed();
  await refreshStatus(client, []);
  expect(own.asked).toEqual([]);
  const queryFn = ({ signal }: { signal: AbortSignal }) => askStatus(signal, () => undefined);
  const staleTime = Number.POSITIVE_INFINITY;
  // Only a list that is shown is asked for again.
  const page = new QueryObserver(client, { queryKey: keys.status, queryFn, staleTime });
  const stop = page.subscribe(() => undefined);
  await refreshStatus(
    client,
    Array.from({ length: 17 }, (_, n) => `app-${n}`),
  );
  expect(own.asked).toEqual(['/api/v1/status?limit=100']);
  stop();
});

test('whoever shows no list asks for nothing', async () => {
  await refreshStatus(new QueryClient(), ['shop']);
  expect(own.asked).toEqual([]);
});

test('a change that comes while the list is on its way is not lost to the older list', async () => {
  const client = await listed();
  const { promise, resolve } = Promise.withResolvers<void>();
  own.hold = promise;
  const loading = client.refetchQueries({ queryKey: keys.status });
  await expect.poll(() => own.asked.length).toBe(1);
  own.rows = own.rows.with(2, statusRow('shop', 'staging', { state: 'failed' }));
  const refreshed = refreshStatus(client, ['shop']);
  resolve();
  await Promise.all([loading, refreshed]);
  expect(names(kept(client))?.[2]).toBe('shop/staging failed');
});

test('an answer that does not come is a fault, and the rows stay', async () => {
  const client = await listed();
  own.isAway = true;
  await expect(refreshStatus(client, ['shop'])).rejects.toThrow('503');
  expect(names(kept(client))).toEqual(names(before));
});
