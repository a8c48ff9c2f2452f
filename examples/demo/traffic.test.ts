import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { startTraffic } from './traffic.ts';
import { freePorts } from './world.ts';

const cleanups: (() => unknown)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

test('tells what the bad version lost from what the delivery lost', async () => {
  const counter = { n: 0, bad: true };
  const server = createServer((_, response) => {
    counter.n += 1;
    const toBad = counter.bad && counter.n % 4 === 0;
    const lost = counter.n === 5;
    if (!lost) response.setHeader('x-tidegate-release', toBad ? 'r-bad' : 'r-good');
    response.writeHead(toBad || lost ? 502 : 200).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const traffic = startTraffic([url], 100);
  await sleep(600);
  const during = traffic.recent(url);
  expect(during.shares['r-bad']).toBeCloseTo(0.25, 1);
  expect(during.failed).toBeGreaterThan(5);
  expect(traffic.lastAnswerOf('r-never')).toBeNull();
  counter.bad = false;
  await sleep(1_300);
  expect(traffic.recent(url).shares).toEqual({ 'r-good': 1 });
  expect(traffic.recent(url).perSecond).toBeGreaterThan(80);
  const report = await traffic.stop();
  expect(traffic.failedOutside('r-bad')).toBe(1);
  expect(report.failed).toBe((report.releases['r-bad']?.failed ?? 0) + 1);
  const first = traffic.firstFailureOf('r-bad') ?? Number.NaN;
  expect(traffic.lastAnswerOf('r-bad')).toBeGreaterThan(first);
  expect(traffic.firstFailureOf('r-good')).toBeNull();
  expect(await traffic.stop()).toEqual(report);
});

test('finds neighbouring ports that can really be listened on', async () => {
  const first = await freePorts(3);
  for (const port of [first, first + 1, first + 2]) {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => server.close());
  }
  const next = await freePorts(1);
  expect([first, first + 1, first + 2]).not.toContain(next);
});
