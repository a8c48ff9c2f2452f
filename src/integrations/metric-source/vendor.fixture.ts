import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fail } from '../../platform/errors/problem.ts';
import type { ReadSecret } from '../../platform/secrets/types.ts';
import { metricSourceContract } from './contract.ts';
import type { SourceDeps } from './http.ts';
import type { MetricAnswer, MetricQuestion, MetricSource } from './port.ts';
import { questionOf } from './question.fixture.ts';
import { serve, type TestServer } from './server.fixture.ts';

/** What the other side was asked. */
export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

/** A page of the other side: the text that it answers with, or how it answers. */
type Page = string | ((answer: ServerResponse, request: IncomingMessage) => void);

export type VendorTest = {
  readonly name: string;
  readonly make: (deps: SourceDeps) => MetricSource;
  /** The provider's settings as they stand in a document, all secrets by reference. */
  readonly settings: { readonly [field: string]: unknown };
  /** Answers of the vendor by a name; `value` and `noData` must be there. */
  readonly pages: { readonly [name: string]: Page };
};

export const theSecret = 'sesame-0123456789/+==';
/** What a vendor says where it would be cut in the middle of the secret. */
export const telling = `${'x'.repeat(190)} ${theSecret}`;

type More = { readonly [field: string]: unknown };

/** When it is: 2023-11-14T22:13:20Z. */
export const now = 1_700_000_000_000;

const secrets: { readonly [name: string]: string } = {
  TIDEGATE_SECRET_KEY: `${theSecret}\n`,
  TIDEGATE_SECRET_LINES: 'one\r\nx-admin: yes',
};
const readSecret: ReadSecret = async ({ env = '' }) =>
  secrets[env] ?? fail('TG1911', { detail: `The variable ${env} is not set.` });

/** How things go wrong, whatever the vendor. */
const hostile: { readonly [name: string]: Page } = {
  denied: (answer) => answer.writeHead(401).end(`{"message":"no such key: ${theSecret}"}`),
  forbidden: (answer) => {
    const basic = Buffer.from(`anna:${theSecret}`).toString('base64');
    answer.writeHead(403).end(`${'x'.repeat(190)} ${basic} ${encodeURIComponent(theSecret)}`);
  },
  limited: (answer) => answer.writeHead(429, { 'retry-after': '2' }).end('slow down'),
  broken: (answer) => answer.writeHead(503).end('in maintenance'),
  large: (answer) => answer.end(`"${'x'.repeat(1_100_000)}"`),
  html: '<html>fine</html>',
  cut: (answer) => {
    answer.writeHead(200, { 'content-length': '100' }).write('{');
    setTimeout(() => answer.destroy(), 20);
  },
  never: () => {},
};

/**
 * The contract, and what every vendor's source has in common, against a local server that answers with the vendor's
 * documented pages. Gives what the tests of one vendor go on with.
 */
export function vendorTests({ name, make, settings, pages }: VendorTest) {
  const all = { ...hostile, ...pages };
  const asked: Asked[] = [];
  const elsewhere: string[] = [];
  const servers: TestServer[] = [];
  const answerWith = async (request: IncomingMessage, answer: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    const [, mode = '', ...path] = url.pathname.split('/');
    const { method = '', headers } = request;
    const body = await text(request);
    asked.push({ method, path: `/${path.join('/')}`, query: url.searchParams, headers, body });
    const page = mode === 'moved' ? moved : all[mode];
    if (typeof page === 'function') page(answer, request);
    else answer.end(page);
  };
  const moved: Page = (answer) =>
    answer.writeHead(307, { location: `${servers[1]?.url}/gone` }).end();
  beforeAll(async () => {
    servers.push(await serve((request, answer) => void answerWith(request, answer)));
    servers.push(
      await serve((request, answer) => {
        elsewhere.push(request.url ?? '');
        answer.end(pages.value as string);
      }),
    );
  });
  afterAll(async () => {
    for (const server of servers) await server.stop();
  });

  const source = make({ secret: readSecret, clock: () => now });
  const question = (mode: string, more: More = {}, args: MetricQuestion['args'] = {}) =>
    questionOf(
      { [name]: { ...settings, address: `${servers[0]?.url}/${mode}`, ...more } },
      { args },
    );
  const ask = (mode: string, more: More = {}, args: MetricQuestion['args'] = {}) =>
    source.measure(question(mode, more, args), AbortSignal.timeout(5_000));

  describe(`${name}, as every source`, () => {
    metricSourceContract(name, async () => ({
      source,
      value: question('value'),
      noData: question('noData'),
      silent: question('broken'),
      end: async () => {},
    }));
    hostileTests({ question, ask, source, asked, elsewhere, settings, pages });
  });
  return { ask, question, asked, source };
}

type Common = {
  readonly question: (mode: string, more?: More, args?: MetricQuestion['args']) => MetricQuestion;
  readonly ask: (mode: string, more?: More) => Promise<MetricAnswer>;
  readonly source: MetricSource;
  readonly asked: readonly Asked[];
  readonly elsewhere: readonly string[];
  readonly settings: More;
  readonly pages: More;
};

function hostileTests({ question, ask, source, asked, elsewhere, settings, pages }: Common): void {
  test.each([
    ['denied', 'TG1401', 'answered with status 401', undefined],
    ['forbidden', 'TG1401', 'answered with status 403', undefined],
    ['moved', 'TG1401', 'answered with status 307', undefined],
    ['limited', 'TG1401', 'status 429: slow down', { transient: true, retryAfter: 2000 }],
    ['broken', 'TG1401', 'status 503: in maint', { transient: true, retryAfter: null }],
    ['cut', 'TG1401', 'did not answer', { transient: true, retryAfter: null }],
    ['large', 'TG1402', 'more than 1 MiB', undefined],
    ['html', 'TG1402', '', undefined],
  ])('%s is %s', async (mode, code, detail, data) => {
    const answer = await ask(mode);
    expect(answer).toMatchObject({ ok: false, problem: { code } });
    expect(!answer.ok && answer.problem.detail).toContain(detail);
    expect(!answer.ok && answer.problem.data).toEqual(data);
    expect(answer.query).not.toBe('');
    const said = JSON.stringify(answer);
    for (const form of [theSecret, encodeURIComponent(theSecret), theSecret.slice(0, 8)]) {
      expect(said).not.toContain(form);
    }
    expect(said).not.toContain(Buffer.from(theSecret).toString('base64').slice(4, 12));
  });

  test('a redirect is not followed, so that no key goes elsewhere', () => {
    expect(elsewhere).toEqual([]);
  });

  if ('told' in pages) {
    test('what the vendor says in its answer shows no secret', async () => {
      const answer = await ask('told');
      expect(!answer.ok && answer.problem.detail).toContain('***');
      expect(JSON.stringify(answer)).not.toContain(theSecret.slice(0, 8));
    });
  }

  test('a refused key has a hint', async () => {
    const answer = await ask('denied');
    expect(!answer.ok && answer.problem.hint).toContain('secret');
  });

  test('who never answers is left when the signal ends, and not asked again', async () => {
    const answer = await source.measure(question('never'), AbortSignal.timeout(100));
    expect(!answer.ok && answer.problem.detail).toContain('it took too long');
    expect(!answer.ok && answer.problem.data).toBeUndefined();
  });

  test.each([
    ['TIDEGATE_SECRET_NONE', 'The variable TIDEGATE_SECRET_NONE is not set.'],
    ['TIDEGATE_SECRET_LINES', 'is not one line of printable'],
  ])('the secret %s is refused before anything is asked', async (env, detail) => {
    const before = asked.length;
    const answer = await ask('value', replaceSecrets(settings, { env }) as More);
    expect(answer).toMatchObject({ ok: false, problem: { code: 'TG1402' } });
    expect(!answer.ok && answer.problem.detail).toContain(detail);
    expect(asked).toHaveLength(before);
  });

  test('another kind of metric is refused', async () => {
    const answer = await source.measure(questionOf({ router: {} }), AbortSignal.timeout(1_000));
    expect(answer).toMatchObject({ ok: false, problem: { code: 'TG1402' } });
  });
}

function replaceSecrets(settings: unknown, ref: unknown): unknown {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) return settings;
  if ('env' in settings) return ref;
  return Object.fromEntries(
    Object.entries(settings).map(([name, one]) => [name, replaceSecrets(one, ref)]),
  );
}

/** How the secret is named in the settings of a test. */
export const key = { env: 'TIDEGATE_SECRET_KEY' } as const;
