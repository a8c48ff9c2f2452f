import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { metricSourceContract } from '../contract.ts';
import type { MetricQuestion } from '../port.ts';
import { questionOf } from '../question.fixture.ts';
import { serve, type TestServer } from '../server.fixture.ts';
import { webSource } from './web.ts';

const pages: Readonly<Record<string, (request: IncomingMessage, answer: ServerResponse) => void>> =
  {
    '/ok': (_, answer) => answer.end('{"data":{"rate":0.25,"none":null},"list":[1,2]}'),
    '/gone': (_, answer) => answer.writeHead(503).end('{"rate": 0}\n  in maintenance'),
    '/moved': (_, answer) => answer.writeHead(302, { location: '/ok' }).end(),
    '/html': (_, answer) => answer.end('<html>fine</html>'),
    '/empty': (_, answer) => answer.end(),
    '/large': (_, answer) => answer.end(`"${'x'.repeat(1_100_000)}"`),
    '/deep': (_, answer) => answer.end('['.repeat(100_000) + ']'.repeat(100_000)),
    '/cut': (_, answer) => {
      answer.writeHead(200, { 'content-length': '100' }).write('{"rate":');
      setTimeout(() => answer.destroy(), 20);
    },
    '/echo': async (request, answer) => {
      const { method, headers } = request;
      const body = await text(request);
      answer.end(JSON.stringify({ method, headers, body }));
    },
  };

const servers: TestServer[] = [];
beforeAll(async () => {
  servers.push(
    await serve((request, answer) => {
      const page = pages[request.url?.split('?')[0] ?? ''];
      // What no page is for never answers.
      page?.(request, answer);
    }),
  );
});
afterAll(async () => {
  for (const server of servers) await server.stop();
});

type Web = { readonly [field: string]: unknown };
const question = (path: string, web: Web = {}, args: MetricQuestion['args'] = {}) =>
  questionOf({ web: { url: `${servers[0]?.url}${path}`, ...web } }, { args });
const ask = (given: MetricQuestion, ms = 5000) =>
  webSource().measure(given, AbortSignal.timeout(ms));

metricSourceContract('web', async () => ({
  source: webSource(),
  value: question('/{{args.page}}', { jsonPath: '$.data.rate' }, { page: 'ok' }),
  noData: question('/ok', { jsonPath: '$.data.none' }),
  silent: question('/gone'),
  end: async () => {},
}));

test('the value at the path is the result, and the query says what was asked', async () => {
  const answer = await ask(question('/ok', { jsonPath: '$.list[1]' }));
  const query = `GET ${servers[0]?.url}/ok $.list[1]`;
  expect(answer).toEqual({ ok: true, value: { result: 2 }, query, baseline: null });
});

test.each([
  ['/gone', 'TG1401', 'answered with status 503: {"rate": 0} in maintenance'],
  ['/moved', 'TG1401', 'answered with status 302'],
  ['/cut', 'TG1401', 'did not answer'],
  ['/html', 'TG1402', 'what is not JSON: <html>fine</html>'],
  ['/empty', 'TG1402', 'what is not JSON'],
  ['/large', 'TG1402', 'more than 1 MiB'],
  ['/deep', 'TG1402', 'too deep JSON'],
])('%s is %s', async (path, code, detail) => {
  const answer = await ask(question(path));
  expect(!answer.ok && answer.problem.code).toBe(code);
  expect(!answer.ok && answer.problem.detail).toContain(detail);
});

test('who never answers is left when the signal ends', async () => {
  const answer = await ask(question('/never'), 100);
  expect(!answer.ok && answer.problem.detail).toContain('it took too long');
});

test('method, headers and body are sent with their arguments, and a password is not kept', async () => {
  const url = `${servers[0]?.url.replace('://', '://anna:geheim@')}/echo`;
  const given = question(
    '',
    {
      url,
      method: 'POST',
      headers: [{ name: 'X-Team', value: '{{args.team}}' }],
      body: '{"app":"{{application}}"}',
    },
    { team: 'shop' },
  );
  const answer = await ask(given);
  expect(answer).toMatchObject({
    ok: true,
    value: {
      result: {
        method: 'POST',
        body: '{"app":"checkout"}',
        headers: {
          'x-team': 'shop',
          'content-type': 'application/json',
          authorization: `Basic ${Buffer.from('anna:geheim').toString('base64')}`,
        },
      },
    },
  });
  expect(answer.query).not.toContain('geheim');
});

test.each<[string, Web, MetricQuestion['args']]>([
  ['a scheme that is not http', { url: '{{args.url}}' }, { url: 'file:///etc/passwd' }],
  ['no address at all', { url: '{{args.url}}' }, { url: 'localhost' }],
  ['an argument without a value', { url: 'http://127.0.0.1/{{args.x}}' }, {}],
  ['a path of many values', { jsonPath: '$.list[*]' }, {}],
  ['a header of two lines', { headers: [{ name: 'a', value: '{{args.x}}' }] }, { x: 'a\nb: c' }],
  ['a body without its argument', { method: 'POST', body: '{{args.y}}' }, {}],
])('%s is refused before anything is asked', async (_name, web, args) => {
  const answer = await ask(question('/never', web, args));
  expect(!answer.ok && answer.problem.code).toBe('TG1402');
});

test('another kind of metric is refused', async () => {
  expect((await ask(questionOf({ router: {} }))).ok).toBe(false);
});
