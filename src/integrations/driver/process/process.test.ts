import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  fetchOnce,
  fixtureVersion,
  intentMaker,
  startLoad,
  until,
} from '../../../../test/support/fixture-service/harness.ts';
import {
  converged,
  openDriver,
  statusOf,
} from '../../../../test/support/fixture-service/open-driver.ts';
import { readProcess } from './proc.ts';

test('an intent becomes replicas that answer, with a clean environment', async () => {
  process.env.SECRET_OF_THE_AGENT = 'do not leak';
  const { driver, directory, end } = await openDriver();
  try {
    const changes: string[] = [];
    driver.onChange((application) => changes.push(application));
    driver.apply(intentMaker()([fixtureVersion('r-1', 2, 100, { env: { COLOUR: 'blue' } })]));
    const url = await converged(driver, 1);

    const answers = await Promise.all([1, 2, 3, 4].map(() => fetchOnce(`${url}/facts`)));
    const facts = answers.map(({ body }) => JSON.parse(body));
    expect(new Set(facts.map(({ replica }) => replica))).toEqual(new Set(['1', '2']));
    expect(answers[0]?.headers['x-tidegate-release']).toBe('r-1');
    expect(facts[0].environment).toMatchObject({
      COLOUR: 'blue',
      TIDEGATE_APPLICATION: 'shop',
      TIDEGATE_ENVIRONMENT: 'test',
      TIDEGATE_TARGET: 'eu-1',
      TIDEGATE_RELEASE: 'r-1',
      TIDEGATE_COMMIT: 'c'.repeat(40),
    });
    expect(facts[0].environment).not.toHaveProperty('SECRET_OF_THE_AGENT');
    expect(facts[0].cwd).toBe(join(directory, 'bundles', 'a'.repeat(40)));
    expect(statusOf(driver)?.versions[0]?.counters.requests).toBe(4);
    expect(changes).toContain('shop');
  } finally {
    delete process.env.SECRET_OF_THE_AGENT;
    await end();
  }
});

test('no request is lost while weights move and a version is removed under load', async () => {
  const { driver, end } = await openDriver();
  const next = intentMaker();
  try {
    driver.apply(next([fixtureVersion('r-1', 2, 100)]));
    const url = await converged(driver, 1);
    const load = startLoad(url);
    for (const weight of [0, 10, 50, 100]) {
      const intent = next([
        fixtureVersion('r-1', 2, 100 - weight),
        fixtureVersion('r-2', 2, weight),
      ]);
      driver.apply(intent);
      await converged(driver, intent.generation);
      const before = load.sent();
      await until('requests at these weights', () => load.sent() >= before + 40);
    }
    const last = next([fixtureVersion('r-2', 2, 100)]);
    driver.apply(last);
    await converged(driver, last.generation);
    const before = load.sent();
    await until('requests after the removal', () => load.sent() >= before + 40);
    await load.stop();

    expect(load.failures).toEqual([]);
    expect([...load.releases.keys()].sort()).toEqual(['r-1', 'r-2']);
    expect(statusOf(driver)?.versions.map(({ release }) => release)).toEqual(['r-2']);
  } finally {
    await end();
  }
});

test('an empty intent removes everything, and the next one comes back on the same port', async () => {
  const { driver, directory, end } = await openDriver();
  const next = intentMaker();
  try {
    driver.apply(next([fixtureVersion('r-1', 1, 100)]));
    const url = await converged(driver, 1);
    const { pid } = JSON.parse((await fetchOnce(`${url}/facts`)).body);
    driver.apply(next([]));
    await until('the application to be gone', () => statusOf(driver)?.converged);
    await until('the router to be closed', () => statusOf(driver)?.endpoint === null);
    expect(readProcess(pid)).toBeNull();
    expect(readdirSync(join(directory, 'replicas'))).toEqual([]);
    await expect(fetchOnce(url)).rejects.toThrow('ECONNREFUSED');

    driver.apply(next([fixtureVersion('r-1', 1, 100)]));
    expect(await converged(driver, 3)).toBe(url);
  } finally {
    await end();
  }
});

test('an older generation changes nothing', async () => {
  const { driver, end } = await openDriver();
  const next = intentMaker();
  try {
    const [first, second] = [
      next([fixtureVersion('r-1', 1, 100)]),
      next([fixtureVersion('r-2', 1, 100)]),
    ];
    driver.apply(second);
    driver.apply(first);
    await converged(driver, 2);
    expect(statusOf(driver)?.versions.map(({ release }) => release)).toEqual(['r-2']);
  } finally {
    await end();
  }
});

test('a bundle is fetched once for all that need it, and again when it failed', async () => {
  let calls = 0;
  const { driver, directory, end } = await openDriver({
    fetchBundle: async () => {
      calls += 1;
      if (calls === 1) throw new Error('the repository is away');
    },
  });
  try {
    const command = ['node', '-e', 'setTimeout(() => {}, 60000)'];
    const versions = [
      fixtureVersion('r-1', 1, 50, { command }),
      fixtureVersion('r-2', 1, 50, { command }),
    ];
    driver.apply(intentMaker()(versions));
    const failed = () => statusOf(driver)?.versions[0]?.message.includes('the repository is away');
    await until('the failure to be told', failed);
    await until('the replicas', () =>
      statusOf(driver)?.versions.every(({ replicas }) => replicas === 1),
    );
    expect(calls).toBe(2);
    expect(readdirSync(join(directory, 'bundles'))).toEqual(['a'.repeat(40)]);
  } finally {
    await end();
  }
});

test('images are refused in words', async () => {
  const { driver, end } = await openDriver();
  try {
    const image = { image: `shop@sha256:${'0'.repeat(64)}` };
    driver.apply(intentMaker()([{ ...fixtureVersion('r-1', 1, 100), artifact: image }]));
    const message = await until('a message', () => statusOf(driver)?.versions[0]?.message);
    expect(message).toContain('the process driver runs bundles, not images');
  } finally {
    await end();
  }
});
