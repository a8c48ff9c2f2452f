import { afterAll, beforeAll, expect, test } from 'vitest';
import { follow } from '../../../test/support/follow.ts';
import { type FreshDatabase, freshDatabase } from '../../../test/support/postgres.ts';
import type { Traffic } from '../../contract/api/traffic.ts';
import { quantile } from '../../integrations/metric-source/router/histogram.ts';
import { createHttpServer } from '../../platform/http/server.ts';
import type { HttpApp } from '../../platform/http/types.ts';
import { createLog } from '../../platform/log/log.ts';
import { trafficRoutes } from './routes.ts';

const world = {} as { fresh: FreshDatabase; app: HttpApp; url: string };
beforeAll(async () => {
  world.fresh = await freshDatabase();
  const { db } = world.fresh;
  world.app = await createHttpServer({
    log: createLog({ name: 'test', level: 'silent' }),
    version: '1',
    routes: [trafficRoutes({ db, quantile, maxStreams: 2, tuning: { look: 50, heartbeat: 150 } })],
    hosts: [],
    authenticate: async () => ({ name: 'ada', role: 'viewer' }) as never,
  });
  world.url = await world.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await world.app.close();
  await world.fresh.drop();
});

const sql = (text: string, values: readonly unknown[]) => world.fresh.db.query(text, values);

/** Milliseconds; on a boundary of every step that these tests use. */
const minutesAgo = (minutes: number): number => {
  const now = Date.now() - minutes * 60_000;
  return now - (now % 60_000);
};

/** A rollout from r-1 to r-2 of an application of its own, on eu-1 and us-1. */
async function open(
  application: string,
  startedAt: number,
  endedAt: number | null = null,
  plan: object = {},
) {
  const id = `ro-${application}`;
  const times = [startedAt, endedAt].map((time) => time && new Date(time));
  await sql(
    `insert into rollouts (id, application, environment, release, stable, strategy, phase, terminal, because, started_at, updated_at, ended_at)
     values ($1, $2, 'production', 'r-2', 'r-1', 'canary', 'x', $4::timestamptz is not null, '', $3, now(), $4)`,
    [id, application, ...times],
  );
  const waves = [{ targets: ['eu-1'] }, { targets: ['us-1'] }];
  const state = { plan: { ...plan, waves }, analyses: [{ key: `${id}/0/step-1` }] };
  await sql(
    `insert into objects (id, kind, key, phase, state) values ('rollout/' || $1, 'rollout', $1, 'x', $2)`,
    [id, JSON.stringify(state)],
  );
  return id;
}

type Kept = { readonly target?: string; readonly release?: string; readonly weight?: number };
const keep = (application: string, at: number, requests: number, kept: Kept = {}) =>
  sql(
    `insert into traffic (application, environment, target, release, at, requests, errors, latency, weight, ready, replicas)
     values ($1, 'production', $4, $5, $2, $3::int, $3::int / 10, jsonb_build_object('0.1', $3::int, '0.2', 0), $6, 1, 1)`,
    [
      ...[application, new Date(at), requests],
      ...[kept.target ?? 'eu-1', kept.release ?? 'r-2', kept.weight ?? 10],
    ],
  );
const tell = (object: string, type: string, because: string, at: number, outcome = 'done') =>
  sql(
    `insert into events (at, type, actor, object_id, because, outcome, after)
     values ($1, $2, 'tidegate', $3, $4, $5, '{"step":0,"wave":0,"weight":10}')`,
    [new Date(at), type, object, because, outcome],
  );

const get = async (path: string) => {
  const response = await fetch(`${world.url}/api/v1/rollouts/${path}`);
  return { status: response.status, body: (await response.json()) as Traffic };
};
const short = ({ points }: Pick<Traffic, 'points'>, from: number) =>
  points.map(({ at, release, weight, requests }) => {
    return [(Date.parse(at) - from) / 1000, release, weight, requests];
  });

test('the traffic of a rollout: per release and time, over its targets, with what happened', async () => {
  const start = minutesAgo(5);
  const id = await open('shop', start);
  await keep('shop', start, 90, { release: 'r-1', weight: 90 });
  await keep('shop', start, 10);
  await keep('shop', start + 4_000, 20, { weight: 50 });
  await keep('shop', start + 4_000, 100, { target: 'us-1', release: 'r-1', weight: 100 });
  await keep('shop', start + 6_000, 30, { weight: 50 });
  await keep('shop', start, 999, { target: 'elsewhere' });
  await keep('shop', start, 999, { release: 'r-0' });
  await keep('other', start, 999);
  await tell(`rollout/${id}`, 'rollout.weight', 'Step 1.', start + 500);
  await tell(`rollout/${id}`, 'rollout.told', 'not of interest', start + 500);
  await tell(`rollout/${id}`, 'rollout.abortRequested', 'not allowed', start + 500, 'refused');
  await tell(`analysis/${id}/0/step-1`, 'analysis.failed', 'Too slow.', start + 5_000);
  await tell('rollout/ro-other', 'rollout.weight', 'of another', start);
  const { status, body } = await get(`${id}/traffic`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    from: new Date(start).toISOString(),
    step: 2,
    releases: [
      { release: 'r-2', role: 'candidate' },
      { release: 'r-1', role: 'stable' },
    ],
    marks: [
      { type: 'rollout.weight', label: 'weight 10 %', because: 'Step 1.' },
      { type: 'analysis.failed', label: 'analysis failed', because: 'Too slow.' },
    ],
  });
  expect(short(body, start)).toEqual([
    ...[
      [0, 'r-2', 5, 10],
      [0, 'r-1', 95, 90],
    ],
    ...[
      [4, 'r-2', 25, 20],
      [4, 'r-1', 95, 100],
    ],
    ...[
      [6, 'r-2', 25, 30],
      [6, 'r-1', 95, 0],
    ],
  ]);
  expect(body.points[0]).toMatchObject({ rps: 5, errorRate: 0.1, p50: 0.05, p95: 0.095 });
  const one = (await get(`${id}/traffic?target=us-1`)).body;
  expect(short(one, start)).toEqual([
    [4, 'r-2', 0, 0],
    [4, 'r-1', 100, 100],
  ]);
});

test('a rollout that compares with a fresh copy has the traffic of that too', async () => {
  const start = minutesAgo(5);
  const commit = { id: '1a2b3c4d5e6f' };
  const strategy = { canary: { baseline: 'fresh', steps: [] } };
  const canary = { strategy, fastTrack: false, commit };
  const id = await open('copied', start, null, canary);
  await keep('copied', start, 60, { release: 'r-1', weight: 60 });
  await keep('copied', start, 20, { release: 'r-1.baseline-1a2b3c4d', weight: 20 });
  await keep('copied', start, 20, { weight: 20 });
  const { body } = await get(`${id}/traffic?target=eu-1`);
  expect(body.releases).toEqual([
    { release: 'r-2', role: 'candidate' },
    { release: 'r-1', role: 'stable' },
    { release: 'r-1.baseline-1a2b3c4d', role: 'baseline' },
  ]);
  expect(short(body, start)).toEqual([
    [0, 'r-2', 20, 20],
    [0, 'r-1', 60, 60],
    [0, 'r-1.baseline-1a2b3c4d', 20, 20],
  ]);
  const others = [
    { ...canary, fastTrack: true },
    { ...canary, strategy: { canary: { steps: [] } } },
    { ...canary, strategy: { progressive: { baseline: 'stable', steps: [] } } },
  ];
  for (const [n, plan] of others.entries()) {
    const other = await open(`uncopied${n}`, start, null, plan);
    expect((await get(`${other}/traffic`)).body.releases).toHaveLength(2);
  }
  const parts = { ...canary, strategy: { progressive: { baseline: 'fresh', steps: [] } } };
  const grown = await open('grown', start, null, parts);
  expect((await get(`${grown}/traffic`)).body.releases).toHaveLength(3);
});

test('few points are wide ones, and what follows a cursor keeps their width', async () => {
  const start = minutesAgo(13);
  const id = await open('wide', start);
  for (const at of [0, 20, 58, 60, 600]) await keep('wide', start + at * 1000, 10);
  const { body } = await get(`${id}/traffic?points=20`);
  expect(body.step).toBe(60);
  const candidate = short(body, start).filter(([, release]) => release === 'r-2');
  expect(candidate).toEqual([
    [0, 'r-2', 5, 30],
    [60, 'r-2', 5, 10],
    [600, 'r-2', 5, 10],
  ]);
  const after = (await get(`${id}/traffic?after=60.${start + 60_000}`)).body;
  expect(after.step).toBe(60);
  expect(short(after, start).map(([at, , weight]) => [at, weight])).toEqual([
    ...[
      [60, 5],
      [60, 100],
    ],
    ...[
      [600, 5],
      [600, 100],
    ],
  ]);
  expect((await get(`${id}/traffic?after=${body.cursor}`)).body.points).toEqual([]);
});

test('what is not there, and what is none, is refused; a stream too, before it begins', async () => {
  const id = await open('plain', minutesAgo(1));
  for (const end of ['traffic', 'traffic/stream']) {
    expect(await get(`ro-none/${end}`)).toMatchObject({ status: 404, body: { code: 'TG1301' } });
    for (const query of ['target=ap-1', 'after=x', 'points=1', 'points=100000']) {
      const refused = await get(`${id}/${end}?${query}`);
      expect([query, refused.status]).toEqual([query, 400]);
    }
  }
  const { body } = await get(`${id}/traffic`);
  expect([body.points, body.marks]).toEqual([[], []]);
});

const followed = (
  path: string,
  holds: (text: string) => boolean,
  headers: { readonly [name: string]: string } = {},
): Promise<string> => follow(`${world.url}/api/v1/rollouts/${path}`, holds, headers);
const eventsOf = (text: string): readonly Traffic[] =>
  [...text.matchAll(/^event: traffic\ndata: (.*)$/gm)].map(([, data = '']) => JSON.parse(data));
const requestsOf = (events: readonly Traffic[]) =>
  events.map(({ points }) => points.map(({ requests }) => requests));

test('a stream sends what there is, then what is new or grew, and ends a minute after the rollout', async () => {
  const start = minutesAgo(3);
  const id = await open('live', start);
  await keep('live', start, 10);
  const path = `${id}/traffic/stream`;
  const isOver = (text: string) => text.includes('event: end');
  const seen = { text: '' };
  const until = (part: string) => expect.poll(() => seen.text, { timeout: 10_000 }).toContain(part);
  const reading = followed(path, (text) => {
    seen.text = text;
    return isOver(text);
  });
  await until('"requests":10,');
  const now = Date.now() - (Date.now() % 2_000);
  await keep('live', now, 20);
  await until('"requests":20,');
  await sql(`update traffic set requests = 21 where application = 'live' and at = $1`, [
    new Date(now),
  ]);
  await until('"requests":21,');
  await tell(`rollout/${id}`, 'rollout.succeeded', 'It is through.', Date.now());
  await until('It is through.');
  await until(': heartbeat');
  await sql(
    `update rollouts set terminal = true, ended_at = now() - interval '61 seconds' where id = $1`,
    [id],
  );
  const events = eventsOf(await reading);
  expect(requestsOf(events)[0]).toEqual([10, 0]);
  const sent = requestsOf(events)
    .flat()
    .filter((count) => count > 0);
  expect(sent.filter((count) => count === 10)).toHaveLength(1);
  expect(sent.at(-1)).toBe(21);
  expect(events.flatMap(({ marks }) => marks.map(({ label }) => label))).toEqual(['succeeded']);
  const last = events.at(-1)?.cursor ?? '';
  const resumed = eventsOf(await followed(path, isOver, { 'last-event-id': last }));
  expect(requestsOf(resumed).flat()).not.toContain(10);
  const whole = eventsOf(await followed(path, isOver, { 'last-event-id': 'none of ours' }));
  expect(
    requestsOf(whole)
      .flat()
      .filter((count) => count > 0),
  ).toEqual([10, 21]);
});

test('there are only so many streams at once, and one that went makes room', async () => {
  const path = `${world.url}/api/v1/rollouts/${await open('full', minutesAgo(1))}/traffic/stream`;
  const gone = [new AbortController(), new AbortController()];
  const held = await Promise.all(gone.map(({ signal }) => fetch(path, { signal })));
  expect(held.map(({ status }) => status)).toEqual([200, 200]);
  expect(await (await fetch(path)).json()).toMatchObject({ code: 'TG1608' });
  for (const one of gone) one.abort();
  const again = async () => {
    const left = new AbortController();
    const { status } = await fetch(path, { signal: left.signal });
    left.abort();
    return status;
  };
  await expect.poll(again, { timeout: 5_000 }).toBe(200);
});
