import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestServer, type TestServer } from '../../../test/integration/api/server.ts';
import { eventually } from '../../engine/engine.fixture.ts';
import { writeEvents } from '../../engine/store.ts';
import type { NewEvent } from '../../engine/types.ts';
import { type AuditWorld, openAudit } from './audit.fixture.ts';

const own: { server?: TestServer } = {};
const server = (): TestServer => own.server as TestServer;
beforeAll(async () => {
  own.server = await openTestServer();
  await writeEvents(server().db, [
    event('rollout.opened', { actor: 'user:ada', because: 'Ship it, "now"', application: 'shop' }),
    event('rollout.ended', { because: '=HYPERLINK("http://evil")', application: 'shop' }),
    event('release.created', {
      actor: 'user:bo',
      because: 'From https://bo:hunter2@git.example/shop.git',
      after: { config: { env: { TOKEN: 'hunter2' } }, repository: 'https://hunter2@host/a' },
    }),
    event('rollout.opened', { actor: 'user:ada', because: 'two\nlines', environment: 'staging' }),
  ]);
  await eventually(async () => (await found('?type=r*')).length === 4);
});
afterAll(() => server().close());

const event = (type: string, more: Partial<NewEvent>): NewEvent => ({
  type,
  actor: 'tidegate',
  because: 'a test',
  outcome: 'done',
  ...more,
});

type Item = { readonly type: string; readonly because: string; readonly cursor: string };
const found = async (query: string): Promise<readonly Item[]> => {
  const { status, body } = await server().call('viewer', 'GET', `/events${query}`);
  expect(status).toBe(200);
  return body.items as Item[];
};
const download = async (query: string, as: 'viewer' | 'agent' = 'viewer') => {
  const headers = { authorization: `Bearer ${server().tokens[as]}` };
  const answer = await fetch(`${server().url}/api/v1/events/export${query}`, { headers });
  return { answer, text: await answer.text() };
};

test.each([
  ['?type=rollout.*', 3],
  ['?type=rollout.opened', 2],
  ['?type=rollout.*&actor=user:ada', 2],
  ['?type=r*&q=SHIP%20rollout', 1],
  ['?type=r*&q=%20%20', 4],
  ['?type=r*&since=2020-01-01T00:00:00Z', 4],
  ['?type=r*&since=2020-01-01T01:00:00%2B02:00&until=2020-01-02T00:00:00Z', 0],
  ['?type=r*&until=0000-01-01T00:00:00Z', 0],
  ['?type=r*&since=9999-12-31T23:59:59Z', 0],
])('the list with %s has %i', async (query, count) => {
  expect(await found(query)).toHaveLength(count);
});

test.each([
  ['a * that is not at the end', 'type=*.opened'],
  ['a time that is none', 'since=yesterday'],
  ['a day that there is not', 'until=2026-02-30T00:00:00Z'],
  ['a search that is too long', `q=${'x'.repeat(201)}`],
  ['too many words', 'q=a+b+c+d+e+f+g+h+i'],
  ['an actor that is too long', `actor=${'x'.repeat(201)}`],
])('%s is refused by the list, the stream and the export', async (_name, query) => {
  for (const path of ['/events', '/stream', '/events/export'])
    expect(await server().call('viewer', 'GET', `${path}?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'TG1603' },
    });
});

test('no variable and no credential of an event is shown', async () => {
  const [item] = await found('?type=release.created');
  expect(item).toMatchObject({
    because: 'From https://***@git.example/shop.git',
    after: { config: { env: { TOKEN: '***' } }, repository: 'https://***@host/a' },
  });
  for (const format of ['csv', 'ndjson'])
    expect((await download(`?format=${format}`)).text).not.toContain('hunter2');
});

describe('an export', () => {
  test('in NDJSON holds what the list holds, oldest first', async () => {
    const { answer, text } = await download('?format=ndjson&type=r*');
    const lines = text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual((await found('?type=r*')).toReversed());
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
    expect(answer.headers.get('content-disposition')).toBe(
      'attachment; filename="tidegate-events.ndjson"',
    );
  });

  test('in CSV is quoted, and holds no formula', async () => {
    const { answer, text } = await download('?type=rollout.*&actor=*&format=csv');
    const [head, first, second, ...rest] = text.split('\r\n');
    expect(head).toMatch(/^at,type,actor,object,application,environment,outcome,because,/);
    expect(first).toContain(',rollout.opened,user:ada,,shop,,done,"Ship it, ""now""",');
    expect(second).toContain(`,"'=HYPERLINK(""http://evil"")",`);
    expect(rest.join('\r\n')).toContain('"two\nlines"');
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toContain('tidegate-events.csv');
  });

  test('of nothing is a head, or nothing at all', async () => {
    expect((await download('?q=nowhere')).text.split('\r\n')).toHaveLength(2);
    expect((await download('?q=nowhere&format=ndjson')).text).toBe('');
  });

  test('is for people only, and not of a format that there is not', async () => {
    expect((await download('', 'agent')).answer.status).toBe(403);
    expect((await download('?format=xlsx')).answer.status).toBe(400);
    expect((await download('?after=garbage')).answer.status).toBe(400);
  });
});

describe('bounds', () => {
  const small = {} as { world: AuditWorld };
  beforeAll(async () => {
    small.world = await openAudit(2_600, { mostExported: 2_500 });
  });
  afterAll(() => small.world.close());
  const path = (query: string): string => `/api/v1/events/export?format=ndjson${query}`;
  const get = async (query: string): Promise<readonly Item[]> => {
    const { body } = await small.world.app.inject(path(query));
    return body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Item);
  };

  test('an export that is cut says so, and where to go on', async () => {
    const items = await get('');
    const last = items.at(-1);
    expect(items).toHaveLength(2_501);
    expect(last).toMatchObject({ type: 'export.truncated', cursor: items.at(-2)?.cursor });
    const all = [...items.slice(0, -1), ...(await get(`&after=${last?.cursor}`))];
    expect(all.map((one) => one.type)).toEqual(
      Array.from({ length: 2_600 }, (_none, at) => `n.${at + 1}`),
    );
    const { body } = await small.world.app.inject('/api/v1/events/export');
    expect(body.trimEnd().split('\r\n').at(-1)).toMatch(
      new RegExp(`^,export.truncated,.*,${last?.cursor}$`),
    );
  });

  test('an export of just as many as may be is whole', async () => {
    const [first] = (await get('')).slice(99);
    const rest = await get(`&after=${first?.cursor}`);
    expect([rest.length, rest.at(-1)?.type]).toEqual([2_500, 'n.2600']);
  });
});
