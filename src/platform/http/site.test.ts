import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as rawRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fail } from '../errors/problem.ts';
import { createLog } from '../log/log.ts';
import { createHttpServer } from './server.ts';
import { siteRoutes } from './site.ts';
import type { HttpApp } from './types.ts';

const own: { app?: HttpApp; folder: string; url: string } = { folder: '', url: '' };
const app = (): HttpApp => own.app as HttpApp;

const open = (folder: string): Promise<HttpApp> =>
  createHttpServer({
    log: createLog({ name: 'test', level: 'silent' }),
    version: '1.2.3',
    routes: [siteRoutes({ folder, pages: ['/', '/rollouts/*'] })],
    authenticate: async (_request, access) =>
      access === 'public' ? null : fail('TG1601', { detail: 'No bearer token was sent.' }),
  });

const script = 'console.log("tide");\n'.repeat(50);
const html = `<!doctype html><meta property="csp-nonce" nonce="TIDEGATE_NONCE">
<script type="module" nonce="TIDEGATE_NONCE" src="/assets/main-1.js"></script>`;

beforeAll(async () => {
  own.folder = await mkdtemp(join(tmpdir(), 'tidegate-site-'));
  const dist = join(own.folder, 'dist');
  await mkdir(join(dist, 'assets'), { recursive: true });
  await writeFile(join(own.folder, 'secret.txt'), 'the password is hunter2');
  await writeFile(join(dist, '.sources'), 'not for others');
  await writeFile(join(dist, 'index.html'), html);
  await writeFile(join(dist, 'icon.svg'), '<svg/>');
  await writeFile(join(dist, 'assets', 'main-1.js'), script);
  await writeFile(join(dist, 'assets', 'main-1.js.br'), brotliCompressSync(script));
  own.app = await open(dist);
  own.url = await own.app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await own.app?.close();
  await rm(own.folder, { recursive: true, force: true });
});

test.each(['/', '/rollouts/ro-1', '/rollouts/a/b?x=1'])(
  '%s is the page, without a token',
  async (url) => {
    const answer = await app().inject({ url });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toContain('<script type="module"');
  },
);

test('each answer has a nonce of its own, the same in its header and its page', async () => {
  const nonces = await Promise.all(
    [1, 2, 3].map(async () => {
      const { headers, body } = await app().inject({ url: '/' });
      const inPage = [...body.matchAll(/nonce="([^"]+)"/g)].map(([, nonce]) => nonce);
      const inHeader = [
        ...String(headers['content-security-policy']).matchAll(/'nonce-([^']+)'/g),
      ].map(([, nonce]) => nonce);
      expect(new Set([...inPage, ...inHeader]).size).toBe(1);
      expect([inPage.length, inHeader.length]).toEqual([2, 2]);
      return inPage[0];
    }),
  );
  expect(new Set(nonces).size).toBe(3);
  for (const nonce of nonces) expect(nonce).toMatch(/^[\w-]{22}$/);
});

test('the policy lets nothing in that this server does not serve', async () => {
  const { headers } = await app().inject({ url: '/' });
  const policy = String(headers['content-security-policy']);
  const rules = new Map(
    policy.split('; ').map((rule) => {
      const [name = '', ...sources] = rule.split(' ');
      return [name, sources.filter((source) => !source.startsWith(`'nonce-`))];
    }),
  );
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
  for (const name of ['default-src', 'base-uri', 'form-action', 'frame-ancestors']) {
    expect(rules.get(name)).toEqual([`'none'`]);
  }
  for (const name of ['script-src', 'style-src', 'connect-src', 'font-src']) {
    expect(rules.get(name)).toEqual([`'self'`]);
  }
  // A picture in a style sheet can tell nobody anything.
  expect(rules.get('img-src')).toEqual([`'self'`, 'data:']);
  expect(headers).toMatchObject({
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
  });
});

test('assets are for ever, and compressed for whoever takes that', async () => {
  const url = '/assets/main-1.js';
  const plain = await app().inject({ url });
  expect([plain.statusCode, plain.body]).toEqual([200, script]);
  expect(plain.headers['content-encoding']).toBeUndefined();
  const small = await app().inject({ url, headers: { 'accept-encoding': 'gzip, br' } });
  expect(small.headers['content-encoding']).toBe('br');
  expect(brotliDecompressSync(small.rawPayload).toString()).toBe(script);
  for (const { headers } of [plain, small]) {
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(headers['content-type']).toMatch(/^(text|application)\/javascript/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers.vary ?? 'accept-encoding').toMatch(/accept-encoding/i);
  }
});

/** As it is written: fetch and inject mend a path before they send it. */
async function askRaw(path: string): Promise<{ status: number | undefined; body: string }> {
  const asked = rawRequest(own.url, { path });
  asked.end();
  const [answer] = await once(asked, 'response');
  return { status: answer.statusCode, body: await text(answer) };
}

test.each([
  '/assets/../secret.txt',
  '/assets/../../secret.txt',
  '/assets/..%2f..%2fsecret.txt',
  '/assets/%2e%2e/%2e%2e/secret.txt',
  '/assets/..%5c..%5csecret.txt',
  '/assets/%252e%252e%252fsecret.txt',
  '/assets/%00',
  '/assets//etc/passwd',
  '/assets/%2fetc%2fpasswd',
  '/assets/',
  '/assets',
  '/assets/nothing.js',
  '/assets/../.sources',
  '/.sources',
  '/index.html',
  '//etc/passwd',
])('%s is refused with a problem, and nothing of a file', async (path) => {
  const { status, body } = await askRaw(path);
  expect([400, 403, 404]).toContain(status);
  expect(JSON.parse(body)).toMatchObject({ status, code: expect.stringMatching(/^TG16\d\d$/) });
  expect(body).not.toMatch(/hunter2|root:|not for others|<script/);
});

test.each(['/api/v1/nothing', '/nowhere', '/rollouts'])('%s is not the page', async (url) => {
  const answer = await app().inject({ url, headers: { accept: 'text/html' } });
  expect(answer.statusCode).toBe(404);
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.json()).toMatchObject({ code: 'TG1602' });
});

test('nothing is taken by the page', async () => {
  const answer = await app().inject({ url: '/', method: 'POST', payload: {} });
  expect(answer.statusCode).toBe(404);
});

test('what is not built says how it is', async () => {
  const unbuilt = await open(join(own.folder, 'nowhere'));
  const answer = await unbuilt.inject({ url: '/' });
  expect(answer.statusCode).toBe(404);
  expect(answer.json()).toMatchObject({
    ...{ code: 'TG1602', detail: 'The dashboard is not built.' },
    hint: expect.stringContaining('npm run build:web'),
  });
  const missing = await unbuilt.inject({ url: '/assets/main-1.js' });
  expect(missing.statusCode).toBe(404);
  await unbuilt.close();
});
