import { createServer } from 'node:http';
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
import { portSource } from './ports.ts';
import { readProcess } from './proc.ts';

async function pidOf(url: string): Promise<number> {
  return JSON.parse((await fetchOnce(`${url}/facts`)).body).pid;
}

test('a removed version answers what it has begun before it ends', async () => {
  const { driver, end } = await openDriver();
  const next = intentMaker();
  try {
    driver.apply(next([fixtureVersion('r-1', 1, 100)]));
    const url = await converged(driver, 1);
    const slow = fetchOnce(`${url}/slow?ms=1500`);
    driver.apply(next([fixtureVersion('r-2', 1, 100)]));
    const told = () =>
      statusOf(driver)?.versions.some(({ message }) => message === 'replica 1 drains 1 requests');
    await until('the drain to be told', told);
    expect((await fetchOnce(url)).body).toBe('r-2');
    expect(await slow).toMatchObject({ status: 200, body: 'slow' });
    await converged(driver, 2);
  } finally {
    await end();
  }
});

test('a request that outlasts the drain is cut, so that removal ends', async () => {
  const { driver, end } = await openDriver();
  const next = intentMaker();
  try {
    driver.apply(next([fixtureVersion('r-1', 1, 100, { health: { drain: 200 } })]));
    const url = await converged(driver, 1);
    const pid = await pidOf(url);
    const cut = fetchOnce(`${url}/slow?ms=60000`);
    await fetchOnce(url);
    driver.apply(next([]));
    await until('the end', () => readProcess(pid) === null, 20_000);
    expect((await cut).status).toBe(502);
    await until('removal', () => statusOf(driver)?.converged);
  } finally {
    await end();
  }
}, 40_000);

test('versions scale up and down without a gap', async () => {
  const { driver, end } = await openDriver();
  const next = intentMaker();
  try {
    driver.apply(next([fixtureVersion('r-1', 1, 100)]));
    const url = await converged(driver, 1);
    const pid = await pidOf(url);
    driver.apply(next([fixtureVersion('r-1', 3, 100)]));
    await converged(driver, 2);
    driver.apply(next([fixtureVersion('r-1', 1, 100)]));
    await converged(driver, 3);
    expect(await pidOf(url)).toBe(pid);
    expect(statusOf(driver)?.versions[0]).toMatchObject({ replicas: 1, ready: 1 });
  } finally {
    await end();
  }
});

test('a fixed port that is taken is told, and had when it is free; a preview has its own', async () => {
  const port = await portSource()();
  const squatter = createServer().listen(port, '127.0.0.1');
  const ports = { from: port, to: port };
  const settings = { host: '127.0.0.1', ports, listen: { shop: port } };
  const { driver, end } = await openDriver({ settings: () => settings });
  const next = intentMaker();
  try {
    driver.apply(next([fixtureVersion('r-1', 1, 100)]));
    await until('the message', () =>
      statusOf(driver)?.message.includes(`port ${port}: EADDRINUSE`),
    );
    expect(statusOf(driver)?.converged).toBe(false);
    await new Promise((resolve) => squatter.close(resolve));
    expect(await converged(driver, 1)).toBe(`http://127.0.0.1:${port}`);

    driver.apply(next([fixtureVersion('r-1', 1, 100)], { preview: 'r-1' }));
    await until('the range to be used up', () => statusOf(driver)?.message.startsWith('TG1504'));
    driver.apply(next([fixtureVersion('r-1', 1, 100)]));
    await converged(driver, 3);
    expect(statusOf(driver)?.previewEndpoint).toBeNull();
  } finally {
    squatter.close();
    await end();
  }
});

test('a preview is served on a port of its own while it is asked for', async () => {
  const { driver, end } = await openDriver();
  const next = intentMaker();
  try {
    const versions = [fixtureVersion('r-1', 1, 100), fixtureVersion('r-2', 1, 0)];
    driver.apply(next(versions, { preview: 'r-2' }));
    const url = await converged(driver, 1);
    const preview = statusOf(driver)?.previewEndpoint ?? '';
    expect((await fetchOnce(preview)).body).toBe('r-2');
    expect((await fetchOnce(url)).body).toBe('r-1');
    driver.apply(next(versions));
    await converged(driver, 2);
    await expect(fetchOnce(preview)).rejects.toThrow('ECONNREFUSED');
  } finally {
    await end();
  }
});
