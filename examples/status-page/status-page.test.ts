import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { type RunningProbe, startProbe } from '../probe/start-probe.ts';

const program = fileURLToPath(new URL('./server.mjs', import.meta.url));
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

type Seen = { readonly target: string; readonly health: string; readonly version: string | null };
type Page = { readonly url: string; stop(): Promise<number | null> };

async function startPage(places: string): Promise<Page> {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env.PATH, PORT: '0', STATUS_PLACES: places },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const stop = async (): Promise<number | null> => {
    child.kill('SIGTERM');
    return (await ended)[0] as number | null;
  };
  cleanups.push(stop);
  return { url: `http://127.0.0.1:${/port (\d+)/.exec(line)?.[1]}`, stop };
}

async function probe(version: Record<string, string>): Promise<RunningProbe> {
  const started = await startProbe({ env: version });
  cleanups.push(async () => started.child.exitCode === null && (await started.stop()));
  return started;
}

test('shows version, commit and health of every place', async () => {
  const good = await probe({ TIDEGATE_COMMIT: 'c0ffee' });
  const unready = await probe({ PROBE_FAULTS: '{"neverReady":true}' });
  const gone = await probe({});
  await gone.stop();
  const page = await startPage(
    `probe@staging/staging-1=${good.url} probe@production/eu-1=${unready.url},probe@production/us-1=${gone.url}/`,
  );
  const { places } = (await (await fetch(`${page.url}/status.json`)).json()) as { places: Seen[] };
  expect(places).toMatchObject([
    { target: 'staging-1', health: 'ok', version: '1.0.0', commit: 'c0ffee' },
    { target: 'eu-1', health: 'failing', because: 'it says that it is not ready' },
    { target: 'us-1', health: 'unreachable', because: 'nothing listens there', version: null },
  ]);
});

test('a service that answers nonsense, too much or an error is shown as unreachable with the reason', async () => {
  const answers: Record<string, [number, string]> = {
    '/a/meta': [200, '<html>'],
    '/b/meta': [200, `"${'x'.repeat(70_000)}"`],
    '/c/meta': [500, '{}'],
    '/d/meta': [200, 'null'],
  };
  const server = createServer((request, response) => {
    const [status, body] = answers[request.url ?? ''] ?? [404, ''];
    response.writeHead(status).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(async () => server.close());
  const { port } = server.address() as AddressInfo;
  const page = await startPage(
    ['a', 'b', 'c', 'd'].map((one) => `x@y/${one}=http://127.0.0.1:${port}/${one}`).join(','),
  );
  const { places } = (await (await fetch(`${page.url}/status.json`)).json()) as { places: Seen[] };
  expect(places).toMatchObject([
    { health: 'unreachable', because: 'its answer is not JSON' },
    { health: 'unreachable', because: 'it answers with more than 64 KiB' },
    { health: 'unreachable', because: 'it answers 500' },
    { health: 'unreachable', because: 'its answer is not a JSON object' },
  ]);
});

test('serves its own page and nothing else, read-only', async () => {
  const page = await startPage('');
  const home = await fetch(page.url);
  expect(home.headers.get('content-security-policy')).toContain("default-src 'self'");
  expect(await home.text()).toContain('<h1>What runs where</h1>');
  for (const path of ['/page.js', '/style.css', '/icon.svg', '/meta', '/healthz', '/readyz']) {
    expect((await fetch(page.url + path)).status).toBe(200);
  }
  expect((await fetch(`${page.url}/..%2fserver.mjs`)).status).toBe(404);
  expect((await fetch(`${page.url}/constructor`)).status).toBe(404);
  expect((await fetch(page.url, { method: 'POST' })).status).toBe(405);
  expect(await page.stop()).toBe(0);
});

test('refuses a place that it cannot read, and quotes it', async () => {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env.PATH, PORT: '0', STATUS_PLACES: 'probe=http://127.0.0.1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said = text(child.stderr);
  expect((await once(child, 'exit'))[0]).toBe(1);
  expect(await said).toContain('probe=http://127.0.0.1 is not APPLICATION@ENVIRONMENT/TARGET');
});
