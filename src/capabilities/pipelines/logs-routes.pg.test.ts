import { afterAll, beforeAll, expect, test } from 'vitest';
import { follow } from '../../../test/support/follow.ts';
import { type FreshDatabase, freshDatabase } from '../../../test/support/postgres.ts';
import { createHttpServer } from '../../platform/http/server.ts';
import type { Signals } from '../../platform/http/signals.ts';
import type { HttpApp } from '../../platform/http/types.ts';
import { createLog } from '../../platform/log/log.ts';
import { insertRun } from './effects.fixture.ts';
import { logRoutes, openLogSignals } from './logs-routes.ts';
import { appendLogs } from './logs-store.ts';

const world = {} as { fresh: FreshDatabase; app: HttpApp; signals: Signals; url: string };
beforeAll(async () => {
  world.fresh = await freshDatabase();
  const { db } = world.fresh;
  world.signals = await openLogSignals(db);
  const tuning = { look: 200, heartbeat: 300, page: 3 };
  world.app = await createHttpServer({
    log: createLog({ name: 'test', level: 'silent' }),
    version: '1',
    routes: [logRoutes({ db, signals: world.signals, maxStreams: 2, tuning })],
    hosts: [],
    authenticate: async () => ({ name: 'ada', role: 'viewer' }) as never,
  });
  world.url = await world.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await world.app.close();
  await world.signals.close();
  await world.fresh.drop();
});

const print = (run: string, step: string, ...texts: readonly string[]) =>
  appendLogs(
    world.fresh.db,
    { run, step, attempt: 1 },
    texts.map((text) => ({ stream: 'out' as const, text })),
  );
const end = (run: string) =>
  world.fresh.db.query('update runs set terminal = true where id = $1', [run]);

type Page = {
  readonly items: readonly { readonly id: string; readonly step: string; readonly text: string }[];
  readonly cursor: string;
  readonly isOver: boolean;
};
const page = async (run: string, query = ''): Promise<Page> =>
  (await (await fetch(`${world.url}/api/v1/runs/${run}/logs${query}`)).json()) as Page;
const textsOf = ({ items }: Page) => items.map(({ text }) => text);

const followed = (
  path: string,
  holds: (text: string) => boolean,
  headers: { readonly [name: string]: string } = {},
): Promise<string> => follow(`${world.url}${path}`, holds, headers);
const dataOf = (text: string) =>
  [...text.matchAll(/^event: log\ndata: (.*)$/gm)].map(([, data = '']) => JSON.parse(data).text);

test('a log is read in pages, of one step or of all, to its end', async () => {
  await insertRun(world.fresh.db, 'run-a');
  await insertRun(world.fresh.db, 'run-other');
  await print('run-a', 'build', 'b1', 'b2');
  await print('run-other', 'build', 'x');
  await print('run-a', 'test[0]', 't1');
  await print('run-a', 'build', 'b3');
  const first = await page('run-a', '?limit=3');
  expect([textsOf(first), first.isOver]).toEqual([['b1', 'b2', 't1'], false]);
  expect(first.items[0]).toEqual({
    ...{ id: expect.stringMatching(/^\d+$/), step: 'build', attempt: 1, stream: 'out', text: 'b1' },
    at: expect.stringMatching(/^\d{4}-.*Z$/),
  });
  const second = await page('run-a', `?after=${first.cursor}`);
  expect([textsOf(second), second.isOver]).toEqual([['b3'], false]);
  const empty = await page('run-a', `?after=${second.cursor}`);
  expect([empty.items, empty.cursor]).toEqual([[], second.cursor]);
  expect(textsOf(await page('run-a', `?step=${encodeURIComponent('test[0]')}`))).toEqual(['t1']);
  await end('run-a');
  expect((await page('run-a', '?limit=3')).isOver).toBe(false);
  expect((await page('run-a', `?after=${second.cursor}`)).isOver).toBe(true);
});

test('a run that is not there has no log, and a cursor that is none is refused', async () => {
  for (const path of ['logs', 'logs/stream']) {
    const none = await fetch(`${world.url}/api/v1/runs/run-none/${path}`);
    expect(none.status).toBe(404);
    expect(await none.json()).toMatchObject({ code: 'TG1901' });
    const wrong = await fetch(`${world.url}/api/v1/runs/run-none/${path}?after=x`);
    expect(wrong.status).toBe(400);
  }
});

test('a stream sends what is there and what comes, and ends with the run', async () => {
  await insertRun(world.fresh.db, 'run-b');
  await print('run-b', 'build', '1', '2', '3', '4');
  const path = '/api/v1/runs/run-b/logs/stream';
  const reading = followed(path, (text) => text.includes('event: end'));
  await new Promise((resolve) => setTimeout(resolve, 700));
  const begin = performance.now();
  await print('run-b', 'build', '5');
  await followed(path, (text) => text.includes('"5"'));
  expect(performance.now() - begin).toBeLessThan(1_000);
  await print('run-b', 'build', '6');
  await end('run-b');
  const text = await reading;
  expect(dataOf(text)).toEqual(['1', '2', '3', '4', '5', '6']);
  expect(text).toContain(': heartbeat');
  const third = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id = '']) => id)[2] ?? '';
  const isOver = (all: string) => all.includes('event: end');
  const resumed = await followed(path, isOver, { 'last-event-id': third });
  expect(dataOf(resumed)).toEqual(['4', '5', '6']);
  expect(dataOf(await followed(`${path}?after=${third}`, isOver))).toEqual(['4', '5', '6']);
  expect(dataOf(await followed(path, isOver, { 'last-event-id': 'none of ours' }))).toHaveLength(6);
  expect(dataOf(await followed(`${path}?step=other`, isOver))).toEqual([]);
});

test('there are only so many streams at once, and one that went makes room', async () => {
  await insertRun(world.fresh.db, 'run-c');
  const path = `${world.url}/api/v1/runs/run-c/logs/stream`;
  const gone = [new AbortController(), new AbortController()];
  const held = await Promise.all(gone.map(({ signal }) => fetch(path, { signal })));
  expect(held.map(({ status }) => status)).toEqual([200, 200]);
  const refused = await fetch(path);
  expect(await refused.json()).toMatchObject({ code: 'TG1608' });
  for (const one of gone) one.abort();
  await expect
    .poll(
      async () => {
        const again = new AbortController();
        const { status } = await fetch(path, { signal: again.signal });
        again.abort();
        return status;
      },
      { timeout: 5_000 },
    )
    .toBe(200);
});
