import { afterEach, expect, test } from 'vitest';
import type { Json } from '../../../platform/ids/types.ts';
import { contextOf } from '../context.fixture.ts';
import { lookOf, stepContract } from '../contract.ts';
import { outbound } from '../outbound.ts';
import type { StepMove } from '../port.ts';
import { type Answer, type Heard, listen, type StepServer } from '../server.fixture.ts';
import { httpStep } from './http.ts';

const now = new Date('2026-03-02T10:00:00Z');
const adapter = httpStep({ outbound: outbound() });
const servers: StepServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});
async function serve(answer: (heard: Heard) => Answer | null): Promise<StepServer> {
  const server = await listen(answer);
  servers.push(server);
  return server;
}

/** The whole step: asks for its effect, carries it out, and ends with what came of it. */
async function perform(settings: Json, context = contextOf()): Promise<StepMove> {
  const asked = adapter.decide(lookOf({ settings }), now);
  if (asked.is === 'end') return asked;
  const value = (await adapter.run?.(asked.effect ?? null, context)) ?? null;
  return adapter.decide(
    lookOf({ settings, memory: asked.memory, outcome: { ok: true, value } }),
    now,
  );
}

stepContract('http', () => ({
  adapter,
  settings: [
    { url: 'http://127.0.0.1:1/' },
    { url: 'http://127.0.0.1:1/', method: 'POST', body: { a: 1 } },
  ],
  values: [
    { is: 'succeeded', because: 'answered', outputs: { status: 200 } },
    { is: 'failed', because: 'answered', outputs: {} },
  ],
  twice: async () => {
    // A host that keeps to the key has one effect: the draft of the HTTP API group, "The Idempotency-Key HTTP Header".
    const done = new Set<string>();
    const server = await serve(({ headers }) => {
      done.add(String(headers['idempotency-key']));
      return { status: 200 };
    });
    const effect = { url: server.url, method: 'POST', body: 'go' };
    await adapter.run?.(effect, contextOf());
    await adapter.run?.(effect, contextOf());
    expect([...done]).toEqual([contextOf().key]);
    return done.size;
  },
}));

test('a request is as declared, and its outputs are expressions over the response', async () => {
  const server = await serve(() => ({
    status: 201,
    headers: { 'x-build': '42' },
    body: { id: 7, state: 'queued' },
  }));
  const move = await perform(
    {
      url: `${server.url}/builds?ref=1`,
      method: 'POST',
      headers: { 'X-Plain': 'one', 'X-Token': { secret: 'token' } },
      body: { ref: 'main' },
      expect: { status: [201], condition: 'response.body.state == "queued"' },
      outputs: { id: 'response.body.id', build: 'response.headers["x-build"]' },
    },
    contextOf({ secrets: { token: 's3cret' } }),
  );
  expect(move).toMatchObject({ status: 'succeeded', outputs: { status: 201, id: 7, build: '42' } });
  expect(server.heard).toHaveLength(1);
  expect(server.heard[0]).toMatchObject({
    ...{ method: 'POST', path: '/builds', body: '{"ref":"main"}' },
    headers: {
      ...{ 'x-plain': 'one', 'x-token': 's3cret', 'content-type': 'application/json' },
      'idempotency-key': 'run/run-1/4/0',
    },
  });
});

test('a text is sent as it is; GET has neither a body nor a key', async () => {
  const server = await serve(() => ({ status: 200 }));
  await perform({ url: server.url, method: 'PUT', body: 'plain' });
  await perform({ url: server.url, body: 'plain' });
  const [put, get] = server.heard;
  expect(put).toMatchObject({
    body: 'plain',
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  });
  expect(get?.body).toBe('');
  expect(get?.headers).not.toHaveProperty('idempotency-key');
});

test.each<readonly [string, Answer, Json, string, string]>([
  [
    'another status',
    { status: 503, body: 'busy' },
    {},
    'failed',
    'answered with status 503 (busy); expected 2xx',
  ],
  [
    'a status that is not listed',
    { status: 200 },
    { expect: { status: [202, 204] } },
    'failed',
    'expected 202, 204',
  ],
  [
    'a redirect of a POST',
    { status: 307, headers: { location: '/x' } },
    { method: 'POST' },
    'failed',
    'status 307',
  ],
  [
    'a condition that is false',
    { status: 200, body: { ok: false } },
    { expect: { condition: 'response.body.ok' } },
    'failed',
    'response.body.ok is false',
  ],
  [
    'a condition without a value',
    { status: 200, body: {} },
    { expect: { condition: 'response.body.ok' } },
    'errored',
    'has no value',
  ],
  [
    'a condition that is no truth',
    { status: 200, body: { ok: 1 } },
    { expect: { condition: 'response.body.ok' } },
    'errored',
    'neither true nor false',
  ],
  [
    'an output without a value',
    { status: 200, body: {} },
    { outputs: { id: 'response.body.id' } },
    'errored',
    'output id has no value',
  ],
  ['an answer too large', { status: 200, body: 'x'.repeat(1_100_000) }, {}, 'errored', 'TG1915'],
  [
    'outputs too large',
    { status: 200, body: 'x'.repeat(20_000) },
    { outputs: { all: 'response.body' } },
    'errored',
    'TG1915',
  ],
])('%s ends it', async (_what, answer, over, status, words) => {
  const server = await serve(() => answer);
  const move = await perform({ url: server.url, ...(over as object) });
  expect(move).toMatchObject({ is: 'end', status });
  expect(move.because).toContain(words);
});

test.each([
  ['nobody there', 'http://127.0.0.1:1/', 'TG1921'],
  ['an address that is not allowed', 'http://169.254.169.254/latest/meta-data', 'TG1922'],
  ['what is no address', 'example', 'TG1921'],
])('%s is no answer', async (_what, url, code) => {
  const move = await perform({ url });
  expect(move).toMatchObject({ status: 'errored' });
  expect(move.because).toContain(code);
});

test('it says where it asks, without what may be secret in the address', () => {
  const move = adapter.decide(
    lookOf({ settings: { url: 'https://ada:pw@example.com/a?key=k' } }),
    now,
  );
  expect(move.because).toBe('asking GET https://example.com/a');
});

test('it keeps to its time, and is stopped when the step is', async () => {
  const server = await serve(() => null);
  expect(await perform({ url: server.url, timeout: 150 })).toMatchObject({ status: 'errored' });
  const stop = AbortSignal.abort(new Error('stopped'));
  const asked = adapter.run?.({ url: server.url }, contextOf({ signal: stop }));
  await expect(asked).rejects.toThrow('stopped');
});
