// @vitest-environment node
import type { IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Answer, type OpenServer, openServer } from '../server.fixture.ts';
import { ProblemError } from './problem.ts';
import { keepToken } from './session.ts';
import { follow, type StreamOptions } from './stream.ts';

const own = {
  server: null as OpenServer | null,
  /** What the server does at each opening; the last one is repeated. */
  answers: [] as Answer[],
  asked: [] as IncomingMessage[],
};

/** Node's own fetch, which streams and breaks as a browser's does; a page adds its origin, its storage and its events. */
const real = fetch;
const kept = new Map<string, string>();
const page = new EventTarget();
vi.stubGlobal('fetch', (path: string, init: RequestInit) =>
  real(new URL(path, own.server?.url), init),
);
vi.stubGlobal('localStorage', {
  getItem: (name: string) => kept.get(name) ?? null,
  setItem: (name: string, value: string) => void kept.set(name, value),
  removeItem: (name: string) => void kept.delete(name),
});
vi.stubGlobal('dispatchEvent', (told: Event) => page.dispatchEvent(told));
afterAll(() => vi.unstubAllGlobals());

beforeEach(async () => {
  own.asked = [];
  kept.clear();
  own.server = await openServer((request, response) => {
    const answer = own.answers[Math.min(own.asked.length, own.answers.length - 1)];
    own.asked.push(request);
    answer?.(request, response);
  });
});
afterEach(() => own.server?.close());

const event = (id: string, type: string, data: unknown) =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;

/** Says all this in one breath, and stays open. */
const says =
  (...parts: readonly string[]): Answer =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(parts.join(''));
  };
/** The same, and then the connection breaks once it was taken. */
const breaksAfter =
  (...parts: readonly string[]): Answer =>
  (request, response) => {
    says(...parts)(request, response);
    setTimeout(() => response.destroy(), 50);
  };
const refuses =
  (status: number): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ code: 'TG1', title: 'No.', detail: '', hint: '' }));
  };

type Followed = {
  readonly messages: unknown[];
  readonly states: string[];
  readonly errors: unknown[];
  readonly over: Promise<void>;
  end(): void;
};

function start(more: Partial<StreamOptions> = {}, silence = 5_000): Followed {
  const ending = new AbortController();
  const messages: unknown[] = [];
  const states: string[] = [];
  const errors: unknown[] = [];
  const over = follow(
    {
      path: '/changes/stream',
      signal: ending.signal,
      onMessage: ({ data }) => messages.push(JSON.parse(data)),
      onState: (state, error) => {
        states.push(state);
        if (error !== null) errors.push(error);
      },
      ...more,
    },
    { waits: [1, 10], silence },
  );
  return { messages, states, errors, over, end: () => ending.abort() };
}

test('a line that breaks is opened again where it was, with the token', async () => {
  keepToken('secret');
  own.answers = [breaksAfter(event('7', 'log', 1), event('8', 'log', 2)), says(event('9', 'x', 3))];
  const line = start({ query: { step: 'build', none: undefined } });
  await expect.poll(() => line.messages).toEqual([1, 2, 3]);
  line.end();
  await line.over;
  expect(own.asked.map(({ url }) => url)).toEqual(
    Array(2).fill('/api/v1/changes/stream?step=build'),
  );
  expect(own.asked.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '8']);
  expect(own.asked.map(({ headers }) => headers.authorization)).toEqual(
    Array(2).fill('Bearer secret'),
  );
  expect(line.states).toEqual(['connecting', 'live', 'lost', 'connecting', 'live']);
});

test('a message that is cut in two, also within a letter, is one', async () => {
  const bytes = Buffer.from(event('1', 'log', 'Grüße'));
  const at = bytes.indexOf(0xc3) + 1;
  own.answers = [
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(bytes.subarray(0, at));
      setTimeout(() => response.write(bytes.subarray(at)), 20);
    },
  ];
  const line = start();
  await expect.poll(() => line.messages).toEqual(['Grüße']);
  line.end();
  await line.over;
});

test('the message that ends it ends it', async () => {
  own.answers = [
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(event('1', 'log', 1) + event('2', 'end', {}));
    },
  ];
  const line = start({ endsWith: 'end' });
  await line.over;
  expect(own.asked).toHaveLength(1);
  expect(line.messages).toEqual([1, {}]);
});

test('a server that only ends the answer is asked again', async () => {
  own.answers = [
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(event('1', 'log', 1));
    },
    says(event('2', 'log', 2)),
  ];
  const line = start({ endsWith: 'end' });
  await expect.poll(() => line.messages).toEqual([1, 2]);
  line.end();
  await line.over;
});

test.each([400, 401, 403, 404])('a refusal with %i is final, and told', async (status) => {
  own.answers = [refuses(status)];
  const line = start();
  await line.over;
  expect(own.asked).toHaveLength(1);
  expect(line.states).toEqual(['connecting', 'lost']);
  expect(line.errors).toEqual([expect.any(ProblemError)]);
  expect((line.errors[0] as ProblemError).problem).toMatchObject({ status, title: 'No.' });
});

test.each([429, 500, 503])('after %i it comes back', async (status) => {
  own.answers = [refuses(status), refuses(status), says(event('1', 'log', 1))];
  const line = start();
  await expect.poll(() => line.messages).toEqual([1]);
  line.end();
  await line.over;
  expect(own.asked).toHaveLength(3);
});

test('a line on which nothing comes is opened again, and one with signs of life is not', async () => {
  own.answers = [
    says(event('1', 'log', 1)),
    (request, response) => {
      says(event('2', 'log', 2))(request, response);
      const beat = setInterval(() => response.write(': heartbeat\n\n'), 20);
      response.once('close', () => clearInterval(beat));
    },
  ];
  const line = start({}, 300);
  await expect.poll(() => line.messages, { timeout: 5_000 }).toEqual([1, 2]);
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(own.asked).toHaveLength(2);
  expect(line.states.at(-1)).toBe('live');
  line.end();
  await line.over;
});

test('a token that is not known any more is forgotten, and the page is told', async () => {
  keepToken('old');
  const told = new Promise((resolve) => page.addEventListener('tidegate:signed-out', resolve));
  own.answers = [refuses(401)];
  await Promise.all([start().over, told]);
  expect(kept.size).toBe(0);
});

test('whoever leaves is gone at once, also between two tries', async () => {
  own.answers = [says(event('1', 'log', 1)), refuses(503)];
  const closed = Promise.withResolvers<void>();
  const [first] = own.answers;
  own.answers[0] = (request, response) => {
    response.once('close', () => closed.resolve());
    first?.(request, response);
  };
  const line = start();
  await expect.poll(() => line.messages).toEqual([1]);
  line.end();
  await Promise.all([line.over, closed.promise]);
  own.asked = [];
  own.answers = [refuses(503)];
  const away = start();
  await expect.poll(() => own.asked.length).toBeGreaterThan(1);
  away.end();
  await away.over;
});
