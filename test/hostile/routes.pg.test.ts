import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogue } from '../../src/platform/errors/catalogue.ts';
import { openService, type Service } from './service.ts';

const own: { service?: Service } = {};
const service = (): Service => own.service as Service;
beforeAll(async () => {
  own.service = await openService();
});
afterAll(async () => {
  await service().stillGood();
  await service().close();
});

type Operation = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  readonly path: string;
  readonly query: readonly string[];
  readonly fields: readonly string[];
};

type Described = {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: {
    readonly content: {
      readonly 'application/json'?: { readonly schema: { readonly $ref?: string } };
    };
  };
};

/** Every route that the product says it has, read from its own description. */
function operations(): readonly Operation[] {
  const document = service().app.swagger() as unknown as {
    readonly paths: Record<string, Record<string, Described>>;
    readonly components: {
      readonly schemas: Record<string, { readonly properties?: Record<string, unknown> }>;
    };
  };
  const named = document.components.schemas;
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => {
      const schema = described.requestBody?.content['application/json']?.schema ?? {};
      const name = schema.$ref?.split('/').at(-1) ?? '';
      const properties =
        named[name]?.properties ?? (schema as { properties?: Record<string, unknown> }).properties;
      return {
        method: method.toUpperCase() as Operation['method'],
        path,
        query: (described.parameters ?? []).filter((one) => one.in === 'query').map((o) => o.name),
        fields: Object.keys(properties ?? {}),
      };
    }),
  );
}

/** What has broken a service somewhere: what no database keeps, what a shell, a path, SQL or a prototype would act on. */
const hostileTexts = [
  ...['', '\u0000', 'a\u0000b', '\ud800', '\udfff\ud800', '\ufeff', '\u202e', 'é'.repeat(300)],
  ...['../../etc/passwd', '..', '/', '%2e%2e%2f', '--upload-pack=touch /tmp/x', '-x', '@{-1}'],
  ...["' or 1=1 --", '$(id)', '`id`', ';id', '{{x}}', '%', '_', '\\', '"', '\r\nx: y', '*'],
  ...['__proto__', 'constructor', 'toString', 'null', 'NaN', '-1', '1e999', '9'.repeat(40)],
  ...['x'.repeat(5_000), 'MTox', Buffer.from('9999999999999999999.1').toString('base64url')],
  ...['18446744073709551616', '2147483648', '1.5', 'true', 'eu-1', 'shop', 'ro-1', 'pr-1', '🌊'],
] as const;
const hostileText = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const hostileValue = fc.oneof(
  { weight: 4, arbitrary: hostileText },
  fc.constantFrom(null, -1, 1.5, 2 ** 53, 1e308, true, [], {}, [null], { a: { b: ['\u0000'] } }),
  fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }),
);

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

function requestOf(operation: Operation): fc.Arbitrary<InjectOptions> {
  const parts = operation.path
    .split('/')
    .map((part) =>
      part.startsWith('{') ? hostileText.map((text) => encoded(text) || '%00') : fc.constant(part),
    );
  const queries = fc.array(
    fc.tuple(fc.constantFrom(...operation.query, '__proto__', 'x'), hostileText),
    { maxLength: 4 },
  );
  const body = fc.oneof(
    fc.dictionary(fc.constantFrom(...operation.fields, 'x', 'constructor'), hostileValue),
    hostileValue,
  );
  return fc.record({
    method: fc.constant(operation.method),
    url: fc
      .tuple(fc.tuple(...parts), queries)
      .map(
        ([path, some]) =>
          `${path.join('/')}?${some.map((one) => one.map(encoded).join('=')).join('&')}`,
      ),
    payload: operation.method === 'GET' ? fc.constant('') : body.map((one) => JSON.stringify(one)),
  });
}

const tokenFor = (path: string): string =>
  service().tokens[path.startsWith('/api/v1/agent/') ? 'agent' : 'admin'];
/** What holds its answer open is asked in a test of its own. */
const isHeld = (path: string): boolean => /\/(stream|intents|changes)$/.test(path);

/** What asks for no token. */
const isOpen = (path: string): boolean =>
  /^(\/api\/v1\/(health|public\/status)|\/hooks\/.*)$/.test(path);

describe('every route', () => {
  test('refuses or takes whatever it is sent, and never fails', async () => {
    const all = operations().filter((one) => !isHeld(one.path));
    expect(all.length).toBeGreaterThan(18);
    for (const operation of all) {
      await fc.assert(
        fc.asyncProperty(requestOf(operation), async (request) => {
          const { method, payload } = request;
          const answer = await service().app.inject({
            ...request,
            headers: {
              authorization: `Bearer ${tokenFor(operation.path)}`,
              ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
            },
          });
          const said = `${method} ${request.url} ${payload}: ${answer.body}`;
          expect(answer.statusCode, said).toBeLessThan(500);
          if (answer.statusCode >= 400) {
            const { code, status } = answer.json();
            expect(Object.hasOwn(catalogue, code), said).toBe(true);
            expect(status).toBe(answer.statusCode);
          }
        }),
        { numRuns: 120 },
      );
    }
    await service().stillGood();
  }, 120_000);

  test.each([
    ['a NUL in a path', '/api/v1/rollouts/ro-%00', 'TG1603'],
    ['a NUL in a query', '/api/v1/events?type=%00', 'TG1603'],
    ['a NUL in a cursor', '/api/v1/status?cursor=%00', 'TG1603'],
    ['a cursor of nobody', '/api/v1/events?after=AAAA', 'TG1603'],
    ['a cursor beyond all', '/api/v1/events?after=OTk5OTk5OTk5OTk5OTk5OTk5OTkuMQ', 'TG1603'],
    ['a page of no size', '/api/v1/rollouts?limit=0', 'TG1603'],
    ['a page too large', '/api/v1/rollouts?limit=501', 'TG1603'],
    ['a page of 1e999', '/api/v1/rollouts?limit=1e999', 'TG1603'],
    ['a path that is no UTF-8', '/api/v1/rollouts/%ff%fe', 'TG1603'],
    ['a parameter too long', `/api/v1/rollouts/${'a'.repeat(301)}`, 'TG1603'],
    ['a field twice', '/api/v1/events?type=a&type=b', 'TG1603'],
  ])('%s is refused', async (_name, url, code) => {
    const headers = { authorization: `Bearer ${service().tokens.viewer}` };
    const answer = await service().app.inject({ url, headers });
    expect([answer.json().code, answer.statusCode < 500]).toEqual([code, true]);
  });

  test.each([
    ['', 'TG1601'],
    ['Bearer', 'TG1601'],
    ['Bearer  ', 'TG1601'],
    [`Bearer ${'x'.repeat(257)}`, 'TG1601'],
    [`Bearer tg_token_${'é'.repeat(43)}`, 'TG1601'],
    ['Basic YTpi', 'TG1601'],
    ["Bearer ' or true --", 'TG1601'],
    ['Bearer a b', 'TG1601'],
  ])('the credentials "%s" are refused', async (authorization, code) => {
    const answer = await service().app.inject({
      url: '/api/v1/status',
      headers: authorization === '' ? {} : { authorization },
    });
    expect([answer.statusCode, answer.json().code]).toEqual([401, code]);
  });

  test('an agent and a viewer may do nothing that is not theirs', async () => {
    const { tokens, app } = service();
    for (const { method, path } of operations().filter((one) => !isHeld(one.path))) {
      if (isOpen(path)) continue;
      const url = path.replaceAll(/\{\w+\}/g, 'eu-1');
      const ask = async (token: string): Promise<number> =>
        (await app.inject({ method, url, headers: { authorization: `Bearer ${token}` } }))
          .statusCode;
      if (!path.startsWith('/api/v1/agent/'))
        expect([method, url, await ask(tokens.agent)]).toEqual([method, url, 403]);
      else expect([url, await ask(tokens.admin)]).toEqual([url, 403]);
      if (method !== 'GET' && path !== '/api/v1/validate')
        expect([method, url, await ask(tokens.viewer)]).toEqual([method, url, 403]);
    }
  });
});
