import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  fetchOnce,
  fixtureVersion,
  intentMaker,
  until,
} from '../../../../test/support/fixture-service/harness.ts';
import {
  converged,
  openDriver,
  statusOf,
} from '../../../../test/support/fixture-service/open-driver.ts';
import { readProcess, signal } from './proc.ts';

const version = (of: ReturnType<typeof statusOf>, index = 0) => of?.versions[index];

async function factsOf(url: string) {
  const { body } = await fetchOnce(`${url}/facts`);
  return JSON.parse(body) as { pid: number; replica: string };
}

test('a replica that crashes at its start is told with its count and never gets traffic', async () => {
  const { driver, end } = await openDriver();
  const next = intentMaker();
  try {
    driver.apply(next([fixtureVersion('r-1', 1, 100)]));
    const url = await converged(driver, 1);
    const bad = fixtureVersion('r-2', 1, 50, { env: { FIXTURE: 'crash' } });
    driver.apply(next([fixtureVersion('r-1', 1, 50), bad]));
    const told = 'replica 1 exited with code 1 (3 times)';
    await until('three crashes', () => version(statusOf(driver), 1)?.message.includes(told));
    expect(version(statusOf(driver), 1)).toMatchObject({ ready: 0, weight: 0 });
    expect(version(statusOf(driver), 0)).toMatchObject({ ready: 1, weight: 100 });
    for (let i = 0; i < 10; i += 1) expect((await fetchOnce(url)).body).toBe('r-1');
    expect((await driver.logs('shop', 'r-2', 10)).length).toBe(0);
  } finally {
    await end();
  }
});

test('a killed replica is started again while the other one serves', async () => {
  const { driver, end } = await openDriver();
  try {
    driver.apply(intentMaker()([fixtureVersion('r-1', 2, 100)]));
    const url = await converged(driver, 1);
    const { pid } = await factsOf(url);
    signal(pid, 'SIGKILL');
    for (let i = 0; i < 20; i += 1) expect((await fetchOnce(url)).status).toBe(200);
    await until('the loss', () => !statusOf(driver)?.converged);
    await converged(driver, 1);
    expect(readProcess(pid)).toBeNull();
    expect(statusOf(driver)?.versions[0]?.counters.errors).toBe(0);
  } finally {
    await end();
  }
});

test('a replica that refuses connections gets none until its probe says otherwise', async () => {
  const readiness = { path: '/readyz', interval: 60_000, timeout: 1_000, failureThreshold: 3 };
  const { driver, end } = await openDriver();
  try {
    const health = { readiness, liveness: null };
    driver.apply(intentMaker()([fixtureVersion('r-1', 2, 100, { health })]));
    const url = await converged(driver, 1);
    await fetchOnce(`${url}/deaf`);
    for (let i = 0; i < 10; i += 1) expect((await fetchOnce(url)).status).toBe(200);
    await until('the loss to be told', () => version(statusOf(driver))?.ready === 1);
    expect(version(statusOf(driver))?.message).toContain('does not pass /readyz');
    expect(version(statusOf(driver))?.counters).toMatchObject({ requests: 11, errors: 0 });
  } finally {
    await end();
  }
});

test('a replica that fails liveness is restarted, one that only fails readiness is not', async () => {
  const { driver, end } = await openDriver();
  try {
    driver.apply(intentMaker()([fixtureVersion('r-1', 1, 100)]));
    const url = await converged(driver, 1);
    const first = await factsOf(url);
    await fetchOnce(`${url}/set?ready=0`);
    await until('not ready', () => version(statusOf(driver))?.ready === 0);
    expect(version(statusOf(driver))?.message).toContain('replica 1 does not pass /readyz');
    expect((await fetchOnce(url)).status).toBe(503);
    expect(readProcess(first.pid)).not.toBeNull();

    const port = await until('its port', () => portOf(first.pid));
    await fetchOnce(`http://127.0.0.1:${port}/set?ready=1`);
    await converged(driver, 1);
    expect((await factsOf(url)).pid).toBe(first.pid);

    await fetchOnce(`${url}/set?alive=0`);
    await until('the restart', () =>
      version(statusOf(driver))?.message.includes('replica 1 failed /healthz'),
    );
    await converged(driver, 1);
    expect((await factsOf(url)).pid).not.toBe(first.pid);
    expect(readProcess(first.pid)).toBeNull();
  } finally {
    await end();
  }
});

function portOf(pid: number): number {
  const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return Number(environment.find((entry) => entry.startsWith('PORT='))?.slice(5));
}

test('a replica that is not ready in time is started anew, and told', async () => {
  const { driver, end } = await openDriver();
  const slow = { env: { FIXTURE: 'unready' }, health: { startTimeout: 400 } };
  try {
    driver.apply(intentMaker()([fixtureVersion('r-1', 1, 100, slow)]));
    const told = 'replica 1 was not ready 400 ms after its start (2 times)';
    await until('the second try', () => version(statusOf(driver))?.message.includes(told));
  } finally {
    await end();
  }
});

test('a program that cannot be started is told in words', async () => {
  const { driver, end } = await openDriver();
  const next = intentMaker();
  try {
    driver.apply(next([fixtureVersion('r-1', 1, 100, { command: ['no-such-program'] })]));
    await until('the reason', () => version(statusOf(driver))?.message.includes('ENOENT'));
    expect(version(statusOf(driver))?.message).toContain('replica 1 could not be started');
    driver.apply(next([fixtureVersion('r-2', 1, 100, { command: [] })]));
    const message = 'replica 1 the release has no command';
    await until('the reason', () => version(statusOf(driver))?.message.includes(message));
  } finally {
    await end();
  }
});

test('what a replica has started ends with it', async () => {
  const { driver, end } = await openDriver();
  const next = intentMaker();
  const parent = { env: { FIXTURE: 'parent' } };
  try {
    driver.apply(next([fixtureVersion('r-1', 1, 100, parent)]));
    const url = await converged(driver, 1);
    const { pid } = await factsOf(url);
    const [line = ''] = await driver.logs('shop', 'r-1', 10);
    const child = Number(line.split(' ').at(-1));
    expect(line).toBe(`[1] child ${child}`);
    expect(readProcess(child)?.session).toBe(pid);
    signal(pid, 'SIGKILL');
    await until('the child to end', () => readProcess(child) === null);
  } finally {
    await end();
  }
});

test('a record that no process answers to is removed, and a torn one too', async () => {
  const { driver, directory, end } = await openDriver();
  try {
    driver.apply(intentMaker()([fixtureVersion('r-1', 1, 100)]));
    await converged(driver, 1);
    await driver.close('end');
    const folder = join(directory, 'replicas');
    writeFileSync(join(folder, 'torn.json'), '{"pid":');
    const second = await openDriver({ directory });
    expect(second.driver.statuses()).toEqual([]);
    await second.end();
    expect(() => readFileSync(join(folder, 'torn.json'))).toThrow('ENOENT');
  } finally {
    await end();
    rmSync(directory, { recursive: true, force: true });
  }
});
