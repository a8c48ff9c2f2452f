import { createHmac } from 'node:crypto';
import { HTTP } from 'cloudevents';
import { expect, test } from 'vitest';
import { cdeventsOf } from '../../../contract/cdevents/cdevents.ts';
import { notifierContract } from '../contract.ts';
import {
  contextWith,
  deliveryOf,
  event,
  type Reply,
  type Request,
  receive,
} from '../notice.fixture.ts';
import type { Notice } from '../port.ts';
import { isGenuine, signatureOf } from './signature.ts';
import { webhookNotifier } from './webhook.ts';

/** A receiver as the guide tells people to write one: it checks the signature itself, and drops repeats by their id. */
async function webhookServer() {
  const state = { limit: false, broken: false, status: 0, headers: {} as Record<string, string> };
  const taken = new Map<string, Request>();
  const server = await receive((request): Reply | null => {
    if (state.broken) return { status: 502 };
    if (state.limit) return { status: 429, headers: { 'retry-after': '3' } };
    if (state.status > 0) return { status: state.status, headers: state.headers };
    const header = (name: string) => String(request.headers[name] ?? '');
    const timestamp = header('x-tidegate-timestamp');
    const hmac = createHmac('sha256', 'key').update(`${timestamp}.`).update(request.body);
    const isSigned = header('x-tidegate-signature') === `sha256=${hmac.digest('hex')}`;
    if (!isSigned || Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return { status: 401 };
    if (Buffer.byteLength(request.body) > 25 * 1024 * 1024) return { status: 413 };
    taken.set(header('x-tidegate-delivery'), request);
    return { status: 204 };
  });
  return { ...server, state, taken };
}

const secret = { env: 'TIDEGATE_SECRET_HOOK' };

notifierContract('webhook', async () => {
  const server = await webhookServer();
  return {
    notifier: webhookNotifier(),
    receiver: { url: `${server.url}/in`, secret, format: 'tidegate' },
    secrets: { TIDEGATE_SECRET_HOOK: 'key' },
    silent: { receiver: { url: 'http://127.0.0.1:9/in', secret, format: 'tidegate' } },
    limit: () => {
      server.state.limit = true;
    },
    break: () => {
      server.state.broken = true;
    },
    taken: () => server.taken.size,
    end: server.stop,
  };
});

const send = (url: string | { env: string }, signal?: AbortSignal) =>
  webhookNotifier().deliver(
    { url, secret, format: 'tidegate' },
    deliveryOf(),
    contextWith(async ({ env }) => (env === 'TIDEGATE_SECRET_URL' ? 'ftp://x' : 'key'), signal),
  );

test('a repeat has the same id and the same body, and the notice is all there', async () => {
  const server = await webhookServer();
  await send(server.url);
  await send(server.url);
  expect([...server.taken.keys()]).toEqual(['payments.k1.7.0']);
  const [one, other] = server.requests;
  expect(one?.body).toBe(other?.body);
  expect(one?.json).toMatchObject({
    delivery: 'payments.k1.7.0',
    notices: [
      {
        subject: 'rollout/ro-1',
        standing: 'open',
        events: [{ type: 'rollout.step' }, { id: 2 }],
      },
    ],
  });
  await server.stop();
});

test.each([
  [400, 'message', 'TG1953'],
  [422, 'message', 'TG1953'],
  [401, 'receiver', 'TG1953'],
  [404, 'receiver', 'TG1953'],
  [302, 'receiver', 'TG1953'],
  [408, 'receiver', 'TG1951'],
])('status %i blames the %s', async (status, blame, code) => {
  const server = await webhookServer();
  server.state.status = status;
  // A redirect is not followed: the other server would take it.
  const other = await webhookServer();
  server.state.headers = { location: other.url };
  expect(await send(server.url)).toMatchObject({ ok: false, blame, problem: { code } });
  expect(other.requests).toEqual([]);
  await Promise.all([server.stop(), other.stop()]);
});

test('Retry-After is heeded, and who never answers is left when the signal ends', async () => {
  const server = await webhookServer();
  server.state.limit = true;
  expect(await send(server.url)).toMatchObject({ ok: false, retryAfter: 3_000 });
  await server.stop();
  const mute = await receive(() => null);
  const answer = await send(mute.url, AbortSignal.timeout(200));
  expect(answer).toMatchObject({ ok: false, problem: { code: 'TG1951' } });
  await mute.stop();
  expect(await send({ env: 'TIDEGATE_SECRET_URL' })).toMatchObject({
    ok: false,
    blame: 'receiver',
  });
});

test('a signature is of its time stamp, its body and its key', () => {
  const signature = signatureOf('key', '1700000000', '{}');
  const ask = { secret: 'key', timestamp: '1700000000', body: '{}', signature };
  const now = 1_700_000_100_000;
  expect(isGenuine(ask, now)).toBe(true);
  expect(isGenuine({ ...ask, body: '{ }' }, now)).toBe(false);
  expect(isGenuine({ ...ask, timestamp: '1700000001' }, now)).toBe(false);
  expect(isGenuine({ ...ask, secret: 'other' }, now)).toBe(false);
  expect(isGenuine({ ...ask, signature: '' }, now)).toBe(false);
  expect(isGenuine(ask, now + 300_000)).toBe(false);
});

test('CDEvents go as CloudEvents that their own library reads: one in structured mode, several as a batch', async () => {
  const server = await webhookServer();
  const audit = (id: number, type: string) => ({
    ...event(id),
    type,
    before: { phase: 'completing', release: 'r-old' },
    after: { phase: 'succeeded', release: 'r-new' },
  });
  const line = (id: number, type: string) => ({
    ...event(id),
    type,
    cdevents: cdeventsOf(audit(id, type)),
  });
  const send = async (id: string, events: Notice['events']) =>
    await webhookNotifier().deliver(
      { url: `${server.url}/in`, secret, format: 'cdevents' },
      deliveryOf('post', null, { events }, id),
      contextWith(async () => 'key'),
    );
  expect(await send('none', [event(1)])).toEqual({ ok: true, ref: null });
  expect(await send('one', [line(2, 'rollout.succeeded')])).toEqual({ ok: true, ref: null });
  await send('two', [line(3, 'rollout.succeeded'), line(4, 'rollout.aborted')]);
  expect([...server.taken.keys()]).toEqual(['one', 'two']);
  const read = (id: string) => {
    const { headers, body } = server.taken.get(id) ?? { headers: {}, body: '' };
    return HTTP.toEvent({ headers: headers as Record<string, string>, body });
  };
  expect(read('one')).toMatchObject({ id: '2', type: 'dev.cdevents.service.upgraded.0.3.0' });
  expect(read('two')).toMatchObject([{ id: '3' }, { id: '4', specversion: '1.0' }]);
  await server.stop();
});
