import { createParser } from 'eventsource-parser';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeEvent } from '../../../src/engine/store.ts';
import { openTestServer, type TestServer } from './server.ts';

const own: { server?: TestServer } = {};
const server = (): TestServer => own.server as TestServer;
beforeEach(async () => {
  own.server = await openTestServer({ tuning: { heartbeat: 300, page: 10 }, maxStreams: 3 });
});
afterEach(() => own.server?.close());

const note = (because: string, application = 'shop') =>
  writeEvent(server().db, {
    type: 'test.noted',
    actor: 'test',
    because,
    outcome: 'done',
    application,
  });

type Heard = { id: string; type: string; because: string; at: number };

/** Reads a stream until `enough`, or until it ends. */
async function listen(
  query: string,
  lastId: string | null,
  enough: (heard: readonly Heard[]) => boolean,
  onReady: () => unknown = () => undefined,
): Promise<{ heard: readonly Heard[]; comments: number; ready: string }> {
  const abort = new AbortController();
  const answer = await fetch(`${server().url}/api/v1/stream${query}`, {
    headers: {
      authorization: `Bearer ${server().tokens.viewer}`,
      ...(lastId === null ? {} : { 'last-event-id': lastId }),
    },
    signal: abort.signal,
  });
  expect(answer.status).toBe(200);
  const state = { heard: [] as Heard[], comments: 0, ready: '' };
  const parser = createParser({
    onComment: () => {
      state.comments += 1;
    },
    onEvent: ({ id = '', event = '', data }) => {
      if (event === 'ready') {
        state.ready = id;
        onReady();
      } else {
        const { because } = JSON.parse(data) as { because: string };
        state.heard.push({ id, type: event, because, at: performance.now() });
      }
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
    if (enough(state.heard)) break;
  }
  abort.abort();
  return state;
}

test('news arrives within 250 ms, filtered, and the line lives between', async () => {
  await note('before the stream');
  const written = { at: 0 };
  const { heard, comments } = await listen(
    '?application=shop',
    null,
    (all) => all.length === 2,
    () => {
      setTimeout(async () => {
        await note('not for us', 'cart');
        written.at = performance.now();
        await note('one');
      }, 50);
      setTimeout(() => note('two'), 2600);
    },
  );
  expect(heard.map((one) => one.because)).toEqual(['one', 'two']);
  expect((heard[0]?.at ?? 0) - written.at).toBeLessThan(250);
  expect(comments).toBeGreaterThan(0);
});

test('a stream resumes after its last event: none is missed, none comes twice', async () => {
  const first = await listen(
    '',
    null,
    (all) => all.length === 1,
    () => note('one'),
  );
  for (let n = 2; n <= 25; n += 1) await note(`${n}`);
  const last = first.heard.at(-1)?.id ?? '';
  const second = await listen('', last, (all) => all.length === 24);
  expect(second.heard.map((one) => one.because)).toEqual(
    Array.from({ length: 24 }, (_, n) => String(n + 2)),
  );
  const again = await listen(`?after=${first.ready}`, null, (all) => all.length === 25);
  expect(again.heard).toHaveLength(25);
});

test('an event of a transaction that commits late is not passed over', async () => {
  const committed = Promise.withResolvers<void>();
  const listening = listen(
    '',
    null,
    (all) => all.length === 2,
    async () => {
      const slow = server().db.transaction(async (tx) => {
        await writeEvent(tx, { type: 'test.noted', actor: 't', because: 'slow', outcome: 'done' });
        await committed.promise;
      });
      await note('fast');
      setTimeout(() => committed.resolve(), 400);
      await slow;
    },
  );
  const { heard } = await listening;
  expect(heard.map((one) => one.because).sort()).toEqual(['fast', 'slow']);
});

test('streams are bounded, end with the server, and a wrong cursor is refused', async () => {
  const held = [1, 2, 3].map(() => listen('', null, () => false));
  await new Promise((resolve) => setTimeout(resolve, 200));
  const over = await server().call('viewer', 'GET', '/stream');
  expect(over).toMatchObject({ status: 503, body: { code: 'TG1608' } });
  await server().stop();
  for (const stream of await Promise.all(held)) expect(stream.ready).not.toBe('');
});

test('a cursor that is none of ours is refused with a problem document', async () => {
  const answer = await server().call('viewer', 'GET', '/stream?after=what');
  expect(answer).toMatchObject({ status: 400, body: { code: 'TG1603' } });
});

test('the list reads newest first back into the past, and oldest first onwards', async () => {
  for (const name of ['a', 'b', 'c']) await note(name);
  const get = async (query: string) => {
    const path = `/events?type=test.noted&limit=2${query}`;
    const { body } = await server().call('viewer', 'GET', path);
    const items = body.items as { because: string }[];
    return { cursor: body.cursor as string, names: items.map((one) => one.because) };
  };
  const newest = await get('');
  expect(newest.names).toEqual(['c', 'b']);
  expect((await get(`&before=${newest.cursor}`)).names).toEqual(['a']);
  const oldest = await get('&order=oldest');
  expect(oldest.names).toEqual(['a', 'b']);
  expect((await get(`&after=${oldest.cursor}`)).names).toEqual(['c']);
});
