import { afterEach, expect, test } from 'vitest';
import { isRefusedAddress } from './addresses.ts';
import { type OutboundRequest, outbound } from './outbound.ts';
import { type Answer, type Heard, listen, type StepServer } from './server.fixture.ts';

const servers: StepServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});
async function serve(answer: (heard: Heard) => Answer | null): Promise<StepServer> {
  const server = await listen(answer);
  servers.push(server);
  return server;
}

const ask = (url: string, over: Partial<OutboundRequest> = {}): OutboundRequest => ({
  ...{ url, method: 'GET', headers: {}, confidential: {}, body: null, timeout: 5_000 },
  ...over,
});
const never = () => new AbortController().signal;
const send = outbound();

test.each([
  '169.254.169.254',
  '169.254.0.1',
  '[fe80::1]',
  'fe80::1%eth0',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[fd00:ec2::254]',
  '100.100.100.200',
  '168.63.129.16',
  '[64:ff9b::a9fe:a9fe]',
  '[2002:a9fe:a9fe::1]',
])('%s is an address that is not allowed', (address) => {
  expect(isRefusedAddress(address)).toBe(true);
});

test.each(['127.0.0.1', '[::1]', '10.0.0.1', '192.168.1.1', 'example.com', '93.184.216.34', ''])(
  '%s is allowed',
  (address) => {
    expect(isRefusedAddress(address)).toBe(false);
  },
);

test.each([
  'http://169.254.169.254/latest/meta-data/',
  'http://2852039166/',
  'http://0xA9FEA9FE/',
  'http://[fe80::1]/',
  'http://[::ffff:169.254.169.254]/',
])('%s is refused without a connection', async (url) => {
  const answer = await send(ask(url), never());
  expect(answer).toMatchObject({ ok: false, problem: { code: 'TG1922' } });
});

test.each([
  ['one answer', [{ address: '169.254.169.254', family: 4 }]],
  [
    'one of several',
    [
      { address: '127.0.0.1', family: 4 },
      { address: 'fe80::1', family: 6 },
    ],
  ],
])('a name that resolves to such an address is refused: %s', async (_what, addresses) => {
  const server = await serve(() => ({ status: 200 }));
  const lying = outbound((_host, options, callback) => {
    if (options.all) callback(null, addresses);
    else callback(null, addresses[0]?.address ?? '', 4);
  });
  const { port } = new URL(server.url);
  const answer = await lying(ask(`http://metadata.example:${port}/`), never());
  expect(answer).toMatchObject({ ok: false, problem: { code: 'TG1922' } });
  expect(server.heard).toEqual([]);
});

test('a redirect to such an address is refused', async () => {
  const headers = { location: 'http://169.254.169.254/latest' };
  const server = await serve(() => ({ status: 302, headers }));
  const answer = await send(ask(server.url), never());
  expect(answer).toMatchObject({ ok: false, problem: { code: 'TG1922' } });
});

test('redirects of GET are followed, and what is confidential stays with the declared host', async () => {
  const other = await serve(() => ({ status: 200, body: { here: true } }));
  const server = await serve(({ path }) =>
    path === '/a'
      ? { status: 307, headers: { location: '/b' } }
      : { status: 302, headers: { location: `${other.url}/c` } },
  );
  const address = server.url.replace('//', '//ada:pass@');
  const answer = await send(
    ask(`${address}/a`, { headers: { 'x-open': '1' }, confidential: { 'x-token': 's3cret' } }),
    never(),
  );
  expect(answer).toMatchObject({ ok: true, status: 200, text: '{"here":true}' });
  expect(server.heard.map((one) => one.headers['x-token'])).toEqual(['s3cret', 's3cret']);
  expect(server.heard[0]?.headers.authorization).toMatch(/^Basic /);
  expect(other.heard[0]?.headers).toMatchObject({ 'x-open': '1' });
  expect(other.heard[0]?.headers).not.toHaveProperty('x-token');
  expect(other.heard[0]?.headers).not.toHaveProperty('authorization');
});

test.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)(
  'a redirect of %s is an answer, not a way',
  async (method) => {
    const server = await serve(() => ({ status: 307, headers: { location: '/b' } }));
    const answer = await send(ask(server.url, { method, body: '{}' }), never());
    expect(answer).toMatchObject({ ok: true, status: 307 });
    expect(server.heard).toHaveLength(1);
  },
);

test('redirects in a circle come to an end', async () => {
  const server = await serve(() => ({ status: 302, headers: { location: '/again' } }));
  const answer = await send(ask(server.url), never());
  expect(answer).toMatchObject({ ok: false, problem: { code: 'TG1921' } });
  expect(server.heard).toHaveLength(6);
});

test('an answer of more than 1 MiB is not taken', async () => {
  const server = await serve(() => ({ status: 200, body: 'x'.repeat(1_048_577) }));
  expect(await send(ask(server.url), never())).toMatchObject({ problem: { code: 'TG1915' } });
});

test.each([
  ['no address', 'not an address', 'is not an http or https address'],
  ['a file', 'file:///etc/passwd', 'is not an http or https address'],
  ['nobody there', 'http://127.0.0.1:1/', 'did not answer'],
  ['a header that cannot be', 'http://127.0.0.1:1/\u0000', ''],
])('%s is no answer, and says why', async (_what, url, words) => {
  const answer = await send(ask(url), never());
  expect(answer).toMatchObject({ ok: false, problem: { code: 'TG1921' } });
  expect(!answer.ok && answer.problem.detail).toContain(words);
});

test('a password is not shown, and a header that breaks the line is not sent', async () => {
  const away = await send(ask('http://ada:pa55@127.0.0.1:1/'), never());
  expect(JSON.stringify(away)).not.toContain('pa55');
  const server = await serve(() => ({ status: 200 }));
  const split = { headers: { 'x-one': 'a\r\nx-two: b' } };
  expect(await send(ask(server.url, split), never())).toMatchObject({ ok: false });
  expect(server.heard).toEqual([]);
});

test('who takes too long has not answered; who is stopped throws', async () => {
  const server = await serve(() => null);
  const late = await send(ask(server.url, { timeout: 200 }), never());
  expect(late).toMatchObject({ ok: false, problem: { code: 'TG1921' } });
  expect(!late.ok && late.problem.detail).toContain('no answer within 200ms');
  const stop = new AbortController();
  const asked = send(ask(server.url), stop.signal);
  setTimeout(() => stop.abort(new Error('the worker stops')), 100);
  await expect(asked).rejects.toThrow('the worker stops');
});
