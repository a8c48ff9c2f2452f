import { request as rawRequest } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { fail } from '../errors/problem.ts';
import { createLog } from '../log/log.ts';
import { createHttpServer } from './server.ts';
import type { HttpApp, Routes } from './types.ts';

const log = createLog({ name: 'test', level: 'silent' });

const routes: Routes = (app) => {
  app.post(
    '/api/v1/echo/:name',
    {
      config: { access: 'public' },
      schema: {
        params: z.object({ name: z.string().max(5) }),
        body: z.strictObject({ count: z.int().min(1) }),
        response: { 200: z.object({ count: z.int(), name: z.string() }) },
      },
    },
    async ({ body, params }) => ({ count: body.count, name: params.name }),
  );
  app.get('/api/v1/expected', { config: { access: 'public' } }, async () =>
    fail('TG1301', { detail: 'No rollout ro-x.', data: { id: 'ro-x' } }),
  );
  app.get('/api/v1/unforeseen', { config: { access: 'public' } }, async () => {
    throw new Error('the password is hunter2');
  });
  app.get('/api/v1/away', { config: { access: 'public' } }, async () => {
    throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  });
  app.get('/api/v1/held', { config: { access: 'public' } }, async () => {
    await new Promise<void>((resolve) =>
      app.closing.addEventListener('abort', () => resolve(), { once: true }),
    );
    return { ended: true };
  });
  app.get('/api/v1/stuck', { config: { access: 'public' } }, () => new Promise(() => undefined));
  app.get('/api/v1/who', async ({ caller }) => ({ name: caller?.name }));
};

const open = (closeGrace = 5000): Promise<HttpApp> =>
  createHttpServer({
    log,
    version: '1.2.3',
    routes: [routes],
    hosts: ['tidegate.example'],
    bodyLimit: 2000,
    closeGrace,
    authenticate: async (_request, access) =>
      access === 'public' ? null : fail('TG1601', { detail: 'No bearer token was sent.' }),
  });

const own: { app?: HttpApp } = {};
const app = (): HttpApp => own.app as HttpApp;
beforeAll(async () => {
  own.app = await open();
});
afterAll(() => app().close());

test('a good request is answered, with its id', async () => {
  const answer = await app().inject({
    method: 'POST',
    url: '/api/v1/echo/a',
    payload: { count: 2 },
    headers: { 'x-request-id': 'mine-1' },
  });
  expect(answer.json()).toEqual({ count: 2, name: 'a' });
  expect(answer.headers['x-request-id']).toBe('mine-1');
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
});

test('a request id that could harm a log line is replaced', async () => {
  const headers = { 'x-request-id': 'a b\tc' };
  const answer = await app().inject({ url: '/api/v1/expected', headers });
  expect(answer.headers['x-request-id']).toMatch(/^req-[0-9a-z]+$/);
});

test.each([
  ['a wrong field', { count: 0 }, '/count'],
  ['an unknown field', { count: 1, more: true }, '/'],
  ['no object', [1], '/'],
])('%s is TG1603 with a pointer', async (_name, payload, pointer) => {
  const answer = await app().inject({ method: 'POST', url: '/api/v1/echo/a', payload });
  expect(answer.statusCode).toBe(400);
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.json()).toMatchObject({
    type: 'urn:tidegate:TG1603',
    code: 'TG1603',
    status: 400,
    instance: '/api/v1/echo/a',
    where: { pointer },
    requestId: answer.headers['x-request-id'],
  });
});

test.each([
  ['broken JSON', '{"count":', 'application/json', 400, 'TG1603'],
  ['an empty body', '', 'application/json', 400, 'TG1603'],
  ['another media type', 'a=1', 'text/csv', 400, 'TG1603'],
  ['a prototype', '{"__proto__":{"x":1},"count":1}', 'application/json', 400, 'TG1603'],
  [
    'an oversized body',
    JSON.stringify({ count: 1, x: 'x'.repeat(3000) }),
    'application/json',
    413,
    'TG1605',
  ],
])('%s is refused and the next request is served', async (_name, payload, type, status, code) => {
  const headers = { 'content-type': type };
  const bad = await app().inject({ method: 'POST', url: '/api/v1/echo/a', payload, headers });
  expect([bad.statusCode, bad.json().code]).toEqual([status, code]);
  const good = await app().inject({ method: 'POST', url: '/api/v1/echo/a', payload: { count: 1 } });
  expect(good.statusCode).toBe(200);
});

test.each([
  ['/api/v1/expected', 404, 'TG1301'],
  ['/api/v1/unforeseen', 500, 'TG1604'],
  ['/api/v1/away', 503, 'TG1701'],
  ['/api/v1/nowhere?token=x', 404, 'TG1602'],
  ['/api/v1/who', 401, 'TG1601'],
  ['/api/v1/%zz', 400, 'TG1603'],
])('%s answers %i %s with a hint and no secret', async (url, status, code) => {
  const answer = await app().inject({ url });
  expect(answer.statusCode).toBe(status);
  expect(answer.json()).toMatchObject({ code, status, hint: expect.stringMatching(/\w/) });
  expect(answer.body).not.toContain('hunter2');
  expect(answer.body).not.toContain('token=x');
});

test.each([
  ['localhost:7070', 404],
  ['127.0.0.1', 404],
  ['[::1]:7070', 404],
  ['tidegate.example', 404],
  ['evil.example:7070', 421],
  ['localhost.evil.example', 421],
])('as host %s the status is %i', async (host, status) => {
  const answer = await app().inject({ url: '/api/v1/expected', headers: { host } });
  expect(answer.statusCode).toBe(status);
});

test('OpenAPI 3.1 is served to those with a token only, and describes the routes', async () => {
  expect((await app().inject({ url: '/api/v1/openapi.json' })).statusCode).toBe(401);
  const document = app().swagger() as { openapi: string; paths: Record<string, object> };
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths)).toContain('/api/v1/echo/{name}');
});

test('closing ends held requests with an answer, and cuts those that do not end', async () => {
  const server = await open(200);
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  const held = fetch(`${url}/api/v1/held`).then((answer) => answer.json());
  const stuck = fetch(`${url}/api/v1/stuck`).then(
    () => 'answered',
    () => 'cut',
  );
  await fetch(`${url}/api/v1/expected`);
  const started = Date.now();
  await server.close();
  expect(await held).toEqual({ ended: true });
  expect(await stuck).toBe('cut');
  expect(Date.now() - started).toBeLessThan(3000);
});

test('a chunked body that grows too large is refused over a real socket', async () => {
  const server = await open();
  const { port } = new URL(await server.listen({ port: 0, host: '127.0.0.1' }));
  const status = await new Promise<number>((resolve, reject) => {
    const sent = rawRequest(
      {
        port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/api/v1/echo/a',
        headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
      },
      (answer) => resolve(answer.statusCode ?? 0),
    );
    sent.on('error', reject);
    sent.end(`{"x":"${'x'.repeat(5000)}"}`);
  });
  expect(status).toBe(413);
  await server.close();
});
