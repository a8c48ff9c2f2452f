import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { type ProbeOptions, type RunningProbe, spawnProbe, startProbe } from './start-probe.ts';

const running: RunningProbe[] = [];
const start = async (options?: ProbeOptions): Promise<RunningProbe> => {
  const probe = await startProbe(options);
  running.push(probe);
  return probe;
};
const faults = (given: unknown) => ({ env: { PROBE_FAULTS: JSON.stringify(given) } });
const post = (probe: RunningProbe, given: unknown) =>
  fetch(`${probe.url}/faults`, { method: 'POST', body: JSON.stringify(given) });

afterEach(async () => {
  for (const probe of running.splice(0)) if (probe.child.exitCode === null) await probe.stop();
});

test('says who it is', async () => {
  const probe = await start({
    env: {
      TIDEGATE_COMMIT: 'c0ffee',
      TIDEGATE_ENVIRONMENT: 'production',
      TIDEGATE_RELEASE: 'r-1',
      TIDEGATE_TARGET: 'eu-1',
    },
  });
  const meta = await (await fetch(`${probe.url}/meta`)).json();
  expect(meta).toMatchObject({
    version: '1.0.0',
    builtAt: '2026-01-01T00:00:00.000Z',
    commit: 'c0ffee',
    environment: 'production',
    release: 'r-1',
    target: 'eu-1',
    ready: true,
  });
  expect((await fetch(`${probe.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${probe.url}/readyz`)).status).toBe(200);
  expect((await fetch(`${probe.url}/nothing`)).status).toBe(404);
});

test('errs at exactly the rate asked for', async () => {
  const probe = await start(faults({ errorRate: 0.05 }));
  const answers = await Promise.all(
    Array.from({ length: 200 }, async () => (await fetch(probe.url)).status),
  );
  expect(answers.filter((status) => status === 500)).toHaveLength(10);
  const metrics = await (await fetch(`${probe.url}/metrics`)).text();
  expect(metrics).toContain('probe_requests_total{status="500"} 10\n');
  expect(metrics).toContain('probe_request_duration_seconds_count 200\n');
  expect(metrics).toContain('version="1.0.0"');
});

test('slows down, and back, while it runs', async () => {
  const probe = await start();
  expect((await post(probe, { slowMs: 300 })).status).toBe(200);
  const began = performance.now();
  await (await fetch(probe.url)).text();
  expect(performance.now() - began).toBeGreaterThanOrEqual(295);
  await post(probe, { slowMs: 0 });
  expect(await (await fetch(`${probe.url}/faults`)).json()).toMatchObject({ slowMs: 0 });
});

test('crashes at start, or never becomes ready', async () => {
  const [code] = await once(spawnProbe(faults({ crashAtStart: true })), 'exit');
  expect(code).toBe(70);
  const probe = await start(faults({ neverReady: true }));
  expect((await fetch(`${probe.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${probe.url}/healthz`)).status).toBe(200);
});

test('fails after its time', async () => {
  const probe = await start(faults({ failAfterMinutes: 0.01 }));
  expect((await fetch(probe.url)).status).toBe(200);
  await sleep(700);
  expect((await fetch(probe.url)).status).toBe(500);
  expect((await fetch(`${probe.url}/healthz`)).status).toBe(503);
});

test('leaks memory that stays', async () => {
  const probe = await start(faults({ leakMegabytesPerMinute: 2400 }));
  const leaked = async () => {
    const text = await (await fetch(`${probe.url}/metrics`)).text();
    return Number(/^probe_leaked_bytes (\d+)$/m.exec(text)?.[1]);
  };
  await expect.poll(leaked, { timeout: 5_000 }).toBeGreaterThanOrEqual(20 * 1_048_576);
  await post(probe, { leakMegabytesPerMinute: 0 });
  expect(await leaked()).toBeGreaterThanOrEqual(20 * 1_048_576);
});

test.each([
  [{ errorRate: 1.5 }, 'errorRate must be a number from 0 to 1'],
  [{ errorRte: 0.5 }, 'unknown fault errorRte'],
  [{ __proto__: null, constructor: 1 }, 'unknown fault constructor'],
  [[], 'faults must be a JSON object'],
  ['x'.repeat(70_000), 'body is over 65536 bytes'],
])('refuses faults it does not know: %j', async (given, why) => {
  const probe = await start();
  const answer = await post(probe, given);
  expect(answer.status).toBe(400);
  expect(((await answer.json()) as { error: string }).error).toContain(why);
  expect((await fetch(probe.url)).status).toBe(200);
});

test('finishes what is in flight when told to stop, and takes nothing new', async () => {
  const probe = await start(faults({ slowMs: 500 }));
  const inFlight = fetch(probe.url);
  await sleep(150);
  const stopped = probe.stop();
  await sleep(100);
  await expect(fetch(probe.url)).rejects.toThrow();
  const answer = await inFlight;
  expect(answer.status).toBe(200);
  expect(answer.headers.get('connection')).toBe('close');
  expect(await stopped).toBe(0);
});

test.runIf(existsSync('/usr/bin/node') || existsSync('/usr/local/bin/node'))(
  "runs on the machine's own Node",
  async () => {
    const node = ['/usr/local/bin/node', '/usr/bin/node'].find((path) => existsSync(path)) ?? '';
    const probe = await start({ node });
    expect((await fetch(probe.url)).status).toBe(200);
    expect(await probe.stop()).toBe(0);
  },
);
