import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/support/postgres.ts';
import { openObject, writeEvents } from '../../engine/store.ts';
import { rolloutEvent } from './notifications.fixture.ts';
import {
  listChannels,
  readChannelEvents,
  readFigures,
  readRolloutFacts,
  readRunFacts,
} from './reads.ts';

const own: { world?: FreshDatabase } = {};
const db = () => (own.world as FreshDatabase).db;
beforeAll(async () => {
  own.world = await freshDatabase();
});
afterAll(() => own.world?.drop());

const everything = { limit: 100, applications: [], environments: [], types: [] };

test('events are read after the cursor, filtered, and the cursor goes past what is left out', async () => {
  const start = await readChannelEvents(db(), { ...everything, after: null });
  expect(start.events).toEqual([]);
  await writeEvents(db(), [
    rolloutEvent('ro-1', 'opened'),
    rolloutEvent('ro-2', 'opened', { application: 'other' }),
    rolloutEvent('ro-1', 'succeeded', { after: { phase: 'succeeded' } }),
    { ...rolloutEvent('x', 'y'), type: 'rolloutXopened' },
    { type: 'source.unreachable', actor: 'tidegate', because: 'No.', outcome: 'failed' },
  ]);
  const ask = async (over: object) => {
    const read = await readChannelEvents(db(), { ...everything, after: start.cursor, ...over });
    return read.events.map((one) => `${one.type} ${one.object ?? ''}`.trim());
  };
  expect(await ask({})).toHaveLength(5);
  expect(await ask({ applications: ['other'] })).toEqual(['rollout.opened rollout/ro-2']);
  expect(await ask({ environments: ['staging'] })).toEqual([]);
  expect(await ask({ types: ['rollout.*'] })).toHaveLength(3);
  expect(await ask({ types: ['rollout.opened'] })).toHaveLength(2);
  const one = await readChannelEvents(db(), { ...everything, limit: 1, after: start.cursor });
  expect([one.more, one.events.length]).toEqual([true, 1]);
  const rest = await readChannelEvents(db(), { ...everything, after: one.cursor });
  expect(rest.events.map((event) => event.type)).toEqual([
    'rollout.opened',
    'rollout.succeeded',
    'rolloutXopened',
    'source.unreachable',
  ]);
  expect(rest.events[1]).toMatchObject({ object: 'rollout/ro-1', after: { phase: 'succeeded' } });
  expect(rest.events[1]?.at).toMatch(/^\d{4}-.*Z$/);
  const none = await readChannelEvents(db(), {
    ...everything,
    applications: ['none'],
    after: start.cursor,
  });
  const after = await readChannelEvents(db(), { ...everything, after: none.cursor });
  expect(after.events).toEqual([]);
});

test('a cursor never goes back by itself', async () => {
  const far = { tx: '9000000000000000000', id: 3 };
  expect((await readChannelEvents(db(), { ...everything, after: far })).cursor).toEqual(far);
});

test('what an older transaction holds up is unsettled, and is not passed over', async () => {
  const start = await readChannelEvents(db(), { ...everything, after: null });
  const held = await db().transaction(async (tx) => {
    await tx.query('select pg_current_xact_id()');
    await writeEvents(db(), [rolloutEvent('ro-9', 'opened')]);
    return await readChannelEvents(db(), { ...everything, after: start.cursor });
  });
  expect([held.events.length, held.unsettled]).toEqual([0, true]);
  const then = await readChannelEvents(db(), { ...everything, after: held.cursor });
  expect(then.events.map((one) => one.object)).toEqual(['rollout/ro-9']);
});

test('facts of rollouts, with the commit of their release; figures of their analyses', async () => {
  await db().query(
    `insert into releases (id, digest, application, commit, content, subject, author, created_by)
     values ('r-2', 'd', 'checkout', 'c0ffee', '{}', 'Sort the basket', 'Ada', 'x')`,
  );
  await db().query(
    `insert into rollouts (id, application, environment, release, stable, strategy, phase, because, weight, started_at, updated_at)
     values ('ro-1', 'checkout', 'production', 'r-2', 'r-1', 'canary', 'progressing', 'Going.', 20, now(), now()),
            ('ro-2', 'checkout', 'staging', 'r-9', null, 'canary', 'pending', 'Soon.', 0, now(), now())`,
  );
  const [one, other] = await readRolloutFacts(db(), ['ro-1', 'ro-2', 'ro-3']);
  expect(one).toMatchObject({
    ...{ is: 'rollout', id: 'ro-1', release: 'r-2', stable: 'r-1', weight: 20, terminal: false },
    ...{ commit: 'c0ffee', message: 'Sort the basket', author: 'Ada' },
  });
  expect(other).toMatchObject({ id: 'ro-2', commit: null });
  expect(await readRolloutFacts(db(), [])).toEqual([]);
  const metric = {
    metric: { name: 'errors' },
    phase: 'failed',
    successes: 1,
    failures: 3,
    recent: [{ because: '0.02' }, { because: '0.12 > 0.01' }],
  };
  const object = (kind: string, key: string, state: object) =>
    openObject(db(), { kind, key, phase: 'x', state: state as never });
  await object('analysis', 'a-1', { metrics: [metric] });
  await object('rollout', 'ro-1', { analyses: [{ key: 'a-1' }, { key: 'gone' }] });
  await object('rollout', 'ro-2', {});
  expect(await readFigures(db(), ['ro-1', 'ro-2'])).toEqual({
    'rollout/ro-1': ['errors: failed, 3 failures, 1 successes; last: 0.12 > 0.01'],
  });
  expect(await readFigures(db(), [])).toEqual({});
});

test('facts of runs', async () => {
  await db().query(`insert into pipeline_specs (digest, spec) values ('d', '{}')`);
  await db().query(
    `insert into runs (id, pipeline, spec, application, trigger, actor, phase, because, awaiting, done, steps, opened_at, updated_at)
     values ('run-1', 'deliver', 'd', null, 'push', 'user:ada', 'running', 'Waiting.', '{go}', 2, 5, now(), now())`,
  );
  expect(await readRunFacts(db(), ['run-1'])).toMatchObject([
    { is: 'run', pipeline: 'deliver', application: null, awaiting: ['go'], done: 2, steps: 5 },
  ]);
  expect(await readRunFacts(db(), [])).toEqual([]);
});

test('declared channels: the last good version of those that are not gone', async () => {
  await db().query(
    `insert into documents (repository, path, kind, name, blob, newest_blob, commit, spec, deleted)
     values ('a', 'x', 'Channel', 'one', 'b', 'b', 'c', '{"spec": {"topics": []}}', false),
            ('b', 'x', 'Channel', 'one', 'b', 'b', 'c', '{"spec": {"topics": ["runs"]}}', false),
            ('a', 'y', 'Channel', 'gone', 'b', 'b', 'c', '{"spec": {}}', true),
            ('a', 'z', 'Channel', 'never', 'b', 'b', 'c', null, false),
            ('a', 'w', 'Target', 'other', 'b', 'b', 'c', '{"spec": {}}', false)`,
  );
  expect(await listChannels(db())).toEqual([{ name: 'one', spec: { topics: [] } }]);
});
