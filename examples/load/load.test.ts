import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, expect, test } from 'vitest';
import { runLoad } from './cli.ts';
import { startLoad } from './load.ts';
import type { LoadReport } from './tally.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const never = new AbortController().signal;
const cleanups: (() => unknown)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

async function serve(
  listener: RequestListener,
): Promise<{ url: string; connections: () => number }> {
  const seen = { connections: 0 };
  const server = createServer(listener).listen(0, '127.0.0.1');
  server.on('connection', () => {
    seen.connections += 1;
  });
  await once(server, 'listening');
  cleanups.push(
    () => server.close(),
    () => server.closeAllConnections(),
  );
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, connections: () => seen.connections };
}

test('keeps its rate and tells versions apart', async () => {
  const counter = { n: 0 };
  const { url, connections } = await serve((_, response) => {
    counter.n += 1;
    const bad = counter.n % 10 === 0;
    response.setHeader('x-tidegate-release', bad ? 'r-bad' : 'r-good');
    response.writeHead(bad ? 500 : 200).end('{}');
  });
  const load = startLoad({ urls: [url], rate: 200, connections: 4 });
  await sleep(1_000);
  const report = await load.stop();
  expect(report.requests).toBe(counter.n);
  expect(report.requests / report.seconds).toBeGreaterThan(150);
  expect(report.requests / report.seconds).toBeLessThan(210);
  expect(report.failed).toBe(Math.floor(counter.n / 10));
  expect(report.releases['r-bad']).toMatchObject({
    requests: report.failed,
    failed: report.failed,
  });
  expect(report.releases['r-good']?.failed).toBe(0);
  expect(report.byStatus['500']).toBe(report.failed);
  expect(report.urls[url]?.['r-good']?.requests).toBe(report.requests - report.failed);
  expect(connections()).toBeLessThanOrEqual(4);
  expect(report.inFlight).toBe(0);
});

test('a slow service slows none of its users down, and its slowness shows in full', async () => {
  const { url } = await serve((_, response) => void setTimeout(() => response.end(), 400));
  const load = startLoad({ urls: [url], rate: 100 });
  await sleep(350);
  expect(load.report().requests).toBe(0);
  expect(load.report().inFlight).toBeGreaterThanOrEqual(20);
  const report = await load.stop();
  expect(report.failed).toBe(0);
  expect(report.releases.none?.p50).toBeGreaterThanOrEqual(399);
});

test('counts requests that got no answer, or half of one, with the reason', async () => {
  const broken = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 10 });
    response.write('half');
    setTimeout(() => response.destroy(), 5);
  });
  const gone = await serve(() => {});
  const [close] = cleanups.slice(-2);
  close?.();
  const load = startLoad({ urls: [broken.url, gone.url], rate: 40 });
  await sleep(300);
  const report = await load.stop();
  expect(report.requests).toBeGreaterThanOrEqual(10);
  expect(report.failed).toBe(report.requests);
  expect(Object.keys(report.failures).join()).toContain('ECONNREFUSED');
  expect(Object.keys(report.failures).join()).toContain('UND_ERR_SOCKET');
  expect(report.byStatus).toEqual({});
});

test('gives up on a service that never answers', async () => {
  const { url } = await serve(() => {});
  const load = startLoad({ urls: [url], rate: 20, timeoutMs: 300 });
  await sleep(200);
  const report = await load.stop();
  expect(report.failed).toBe(report.requests);
  expect(report.requests).toBeGreaterThan(0);
});

test('as a program it prints one object', async () => {
  const { url } = await serve((_, response) => void response.end());
  const good = await execa(process.execPath, [
    main,
    url,
    '--rate',
    '50',
    '--seconds',
    '0.5',
    '--json',
  ]);
  expect(good.exitCode).toBe(0);
  const report = JSON.parse(good.stdout) as LoadReport;
  expect(report.requests).toBe(report.byStatus['200']);
});

test('its exit code says whether anything failed', async () => {
  const { url } = await serve((_, response) => void response.writeHead(503).end());
  const printed: string[] = [];
  const code = await runLoad([url, '-r', '50', '-s', '0.3'], (text) => printed.push(text), never);
  expect(code).toBe(1);
  expect(printed.join('\n')).toMatch(/^\d+ requests in 0\.\d s, (\d+) failed\nnone +\d+ requests/);
  const { url: gone } = await serve(() => {});
  cleanups.at(-2)?.();
  expect(await runLoad([gone, '-r', '50', '-s', '0.2'], (text) => printed.push(text), never)).toBe(
    1,
  );
  expect(printed.at(-1)).toContain('ECONNREFUSED');
});

test.each([[['ftp://nowhere']], [['http://127.0.0.1:9', '--rate', '0']], [[]]])(
  'refuses %j',
  async (argv) => {
    expect(await runLoad(argv, expect.unreachable, never)).toBe(1);
  },
);

test('Ctrl-C ends it early and still gives the report', async () => {
  const asked = Promise.withResolvers<void>();
  const { url } = await serve((_, response) => {
    asked.resolve();
    response.end();
  });
  const child = execa(process.execPath, [main, url, '--json']);
  await asked.promise;
  child.kill('SIGINT');
  const { stdout, exitCode } = await child;
  expect(exitCode).toBe(0);
  expect((JSON.parse(stdout) as LoadReport).requests).toBeGreaterThan(0);
});

test('ends when the process that started it over a channel is gone', async () => {
  const asked = Promise.withResolvers<void>();
  const { url } = await serve((_, response) => {
    asked.resolve();
    response.end();
  });
  const child = spawn(process.execPath, [main, url], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await asked.promise;
  child.disconnect();
  expect((await once(child, 'exit'))[0]).toBe(0);
});
