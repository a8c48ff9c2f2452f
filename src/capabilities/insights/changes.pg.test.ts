import { setTimeout as sleep } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestServer, type TestServer } from '../../../test/integration/api/server.ts';
import type { Change } from '../../contract/api/changes.ts';
import { changesChannel } from '../../engine/channels.ts';
import type { Write } from '../../engine/engine-store.ts';
import { engineStore } from '../../engine/postgres-store.ts';
import { openObject } from '../../engine/store.ts';
import type { Database } from '../../platform/db/types.ts';
import { type Changes, openChanges } from './changes.ts';
import { changesRoutes } from './routes-changes.ts';

type Told = readonly Change[] | null;

const own = { asked: [] as string[] } as {
  server?: TestServer;
  changes?: Changes;
  /** Statements by which it was looked up whose the changes are. */
  asked: string[];
};
const server = (): TestServer => own.server as TestServer;
const changes = (): Changes => own.changes as Changes;

beforeEach(async () => {
  own.asked = [];
  own.server = await openTestServer({
    more: () => [changesRoutes({ changes: late, maxStreams: 2 })],
  });
  const { db } = server();
  const query: Database['query'] = (text, values) => {
    own.asked.push(text);
    return db.query(text, values);
  };
  own.changes = await openChanges({ ...db, query });
  await seed(db);
});
afterEach(async () => {
  await own.changes?.close();
  await own.server?.close();
});

/** The routes are made before the database that the changes are heard of. */
const late: Changes = {
  listen: (listener) => changes().listen(listener),
  close: async () => undefined,
};

async function seed(db: Database): Promise<void> {
  await db.query(
    `insert into rollouts (id, application, environment, release, strategy, phase, because, started_at, updated_at)
     values ('ro-1', 'shop', 'production', 'r-1', 'canary', 'progressing', '', now(), now())`,
  );
  await db.query(`insert into pipeline_specs (digest, spec) values ('d', '{}')`);
  await db.query(
    `insert into runs (id, pipeline, spec, application, trigger, actor, phase, because, opened_at, updated_at)
     values ('run-1', 'ship', 'd', 'shop', 'manual', 'user:ada', 'running', '', now(), now()),
            ('run-2', 'sweep', 'd', null, 'cron', 'tidegate', 'running', '', now(), now())`,
  );
}

/** Decides something of each of these, in one write of the engine. */
async function decide(...ids: readonly string[]): Promise<void> {
  const { db } = server();
  const kinds = new Set<string>();
  for (const id of ids) {
    const [kind = '', ...key] = id.split('/');
    kinds.add(kind);
    await openObject(db, { kind, key: key.join('/'), phase: 'new', state: {} });
  }
  await db.query('update objects set wake_at = now() where id = any($1)', [ids]);
  const store = engineStore(db);
  const ask = { kinds: [...kinds], lease: 'test#1', limit: ids.length, duration: 3_000 };
  const { objects } = await store.claim(ask);
  expect(objects.map(({ id }) => id).sort()).toEqual([...ids].sort());
  const writes = objects.map<Write>((object) => {
    const decision = { state: {}, phase: 'next', terminal: false, because: 'a test', wakeAt: null };
    const rest = { schema: 1, wakeAt: null, writer: {}, seenAs: null };
    return { type: 'decided', object, seen: object, decision, ...rest };
  });
  await store.write(writes);
}

function hear(): { readonly told: Told[]; leave(): void } {
  const told: Told[] = [];
  return { told, leave: changes().listen((news) => told.push(news)) };
}
const objects = (told: readonly Told[]) => told.map((news) => news?.map(({ object }) => object));

test('what is decided is told, with whose it is', async () => {
  const { told } = hear();
  const ids = [
    ...['rollout/ro-1', 'analysis/ro-1/0/error-rate', 'run/run-1', 'run/run-2'],
    ...['delivery/shop@production', 'source/config', 'rollout/ro-of-nobody'],
  ];
  await decide(...ids);
  await expect.poll(() => told.flat().length).toBe(ids.length);
  const found = new Map(told.flat().map((one) => [one?.object, one]));
  const of = (object: string) => [found.get(object)?.application, found.get(object)?.environment];
  expect(ids.map(of)).toEqual([
    ['shop', 'production'],
    ['shop', 'production'],
    ['shop', null],
    [null, null],
    ['shop', 'production'],
    [null, null],
    [null, null],
  ]);
});

test('many changes of one object in a burst are one, and one look for all who listen', async () => {
  const [first, second] = [hear(), hear()];
  const { db } = server();
  await db.query(`select pg_notify($1, 'rollout/ro-1') from generate_series(1, 3)`, [
    changesChannel,
  ]);
  await db.query(`select pg_notify($1, 'run/run-' || n) from generate_series(1, 2) n`, [
    changesChannel,
  ]);
  await expect.poll(() => new Set(first.told.flat().map((one) => one?.object)).size).toBe(3);
  expect(first.told.flat()).toHaveLength(3);
  expect(second.told).toEqual(first.told);
  expect(own.asked).toHaveLength(first.told.length);
});

test('more than 500 at once are not named', async () => {
  const { told } = hear();
  const { db } = server();
  await db.query(`select pg_notify($1, 'run/run-' || n) from generate_series(1, 3000) n`, [
    changesChannel,
  ]);
  await expect.poll(() => told).toContain(null);
  // A burst may be cut in two by when it arrives; what is named is never more than the limit.
  for (const news of told) expect(news?.length ?? 0).toBeLessThanOrEqual(500);
});

test('while nobody listens nothing is looked up, and what was then is not told later', async () => {
  const { told: before, leave } = hear();
  await decide('run/run-1');
  await expect.poll(() => objects(before)).toEqual([['run/run-1']]);
  leave();
  own.asked = [];
  const heard: string[] = [];
  const stop = await server().db.listen(changesChannel, (id) => heard.push(id));
  await decide('rollout/ro-1');
  await expect.poll(() => heard).toEqual(['rollout/ro-1']);
  await sleep(200);
  await stop();
  expect(own.asked).toEqual([]);
  const { told } = hear();
  await decide('run/run-2');
  await expect.poll(() => objects(told)).toEqual([['run/run-2']]);
  expect(before).toHaveLength(1);
});

test('when the line to the database broke, anything may have happened', async () => {
  const { told } = hear();
  const { db } = server();
  const [ended] = await db.query<{ n: number }>(
    `select count(pg_terminate_backend(pid))::int as n from pg_stat_activity
      where query = $1 and datname = current_database()`,
    [`listen "${changesChannel}"`],
  );
  expect(ended?.n).toBe(1);
  await expect.poll(() => told, { timeout: 10_000 }).toEqual([null]);
  await decide('run/run-1');
  await expect.poll(() => objects(told)).toEqual([undefined, ['run/run-1']]);
});

type Message = { readonly event: string; readonly data: unknown };
type Client = {
  readonly status: number;
  readonly messages: Message[];
  readonly over: Promise<'ended' | 'broken'>;
  leave(): void;
};

/** A page that listens; `leave` cuts its line. */
async function connect(token = server().tokens.viewer): Promise<Client> {
  const ending = new AbortController();
  const answer = await fetch(`${server().url}/api/v1/changes/stream`, {
    headers: { authorization: `Bearer ${token}` },
    signal: ending.signal,
  });
  const messages: Message[] = [];
  const read = async (): Promise<'ended'> => {
    const parsed = answer.body
      ?.pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    for await (const { event = '', data } of parsed ?? []) {
      messages.push({ event, data: JSON.parse(data) });
    }
    return 'ended';
  };
  const over = read().catch(() => 'broken' as const);
  return { status: answer.status, messages, over, leave: () => ending.abort() };
}

test('a page is told when its line is open, and then what changes', async () => {
  const page = await connect();
  await expect.poll(() => page.messages).toEqual([{ event: 'ready', data: {} }]);
  await decide('rollout/ro-1');
  const data = [{ object: 'rollout/ro-1', application: 'shop', environment: 'production' }];
  await expect.poll(() => page.messages.slice(1)).toEqual([{ event: 'changed', data }]);
  const { db } = server();
  await db.query(`select pg_notify($1, '')`, [changesChannel]);
  await expect.poll(() => page.messages.slice(2)).toEqual([{ event: 'ready', data: {} }]);
  page.leave();
});

test('without a token there is no line, and an agent has none either', async () => {
  expect((await connect('nobody')).status).toBe(401);
  expect((await connect(server().tokens.agent)).status).toBe(403);
});

test('there are as many lines as are allowed, and whoever leaves makes room', async () => {
  const [first, second] = [await connect(), await connect()];
  const refused = await server().call('viewer', 'GET', '/changes/stream');
  expect([refused.status, refused.body.code]).toEqual([503, 'TG1608']);
  first.leave();
  const third: { client?: Client } = {};
  await expect
    .poll(async () => {
      third.client = await connect();
      return third.client.status;
    })
    .toBe(200);
  second.leave();
  third.client?.leave();
});

test('a page that takes nothing for long looks at everything instead', async () => {
  const listeners = new Set<(news: Told) => void>();
  await own.changes?.close();
  own.changes = {
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => undefined,
  };
  const page = await connect();
  await expect.poll(() => page.messages.length).toBe(1);
  // All in one breath: nobody can take any of it meanwhile.
  for (let n = 0; n < 10_000; n += 1) {
    const change = { object: `run/run-${n}`, application: null, environment: null };
    for (const tell of listeners) tell([change]);
  }
  const last = { object: 'run/last', application: null, environment: null };
  for (const tell of listeners) tell([last]);
  await expect.poll(() => page.messages.at(-1)?.data).toEqual([last]);
  const events = page.messages.slice(1).map(({ event }) => event);
  expect(events).toContain('ready');
  expect(events.length).toBeLessThan(110);
  page.leave();
  await expect.poll(() => listeners.size).toBe(0);
});

test('a server that ends ends its lines', async () => {
  const page = await connect();
  await expect.poll(() => page.messages.length).toBe(1);
  await server().stop();
  // Cut would be broken.
  expect(await page.over).toBe('ended');
});
