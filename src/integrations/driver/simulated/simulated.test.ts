import { pino } from 'pino';
import { expect, test } from 'vitest';
import {
  fixtureVersion,
  intentMaker,
  until,
} from '../../../../test/support/fixture-service/harness.ts';
import { driverFactory } from '../registry.ts';
import { createSimulatedDriver } from './simulated.ts';
import type { Behaviour } from './world.ts';

function openAt(start: number) {
  const clock = { now: start };
  const driver = createSimulatedDriver({ target: 'eu-1', now: () => clock.now, readyAfter: 100 });
  return {
    driver,
    pass: (ms: number) => {
      clock.now += ms;
      driver.tick();
    },
    versions: () => driver.statuses()[0]?.versions ?? [],
  };
}

test('time is given: ready at the moment it is due, and not before', () => {
  const { driver, pass, versions } = openAt(0);
  driver.apply(intentMaker()([fixtureVersion('r-1', 2, 100)]));
  pass(99);
  expect(versions()[0]).toMatchObject({ ready: 0, weight: 0 });
  pass(1);
  expect(versions()[0]).toMatchObject({ ready: 2, weight: 100 });
  expect(driver.statuses()[0]?.at).toBe('1970-01-01T00:00:00.100Z');
});

test.each<[Behaviour, number, string]>([
  ['crash', 0, 'replica 1 exited with code 1 (3 times)'],
  ['unready', 0, '0 of 3 replicas ready'],
  ['partial', 1, '1 of 3 replicas ready'],
  ['normal', 3, ''],
])('a release that is told to be %s', (behaviour, ready, message) => {
  const { driver, pass, versions } = openAt(0);
  driver.behave('r-1', behaviour);
  driver.apply(intentMaker()([fixtureVersion('r-1', 3, 100)]));
  pass(1000);
  expect(versions()[0]).toMatchObject({ ready, message });
  expect(driver.statuses()[0]?.converged).toBe(ready === 3);
});

test('a version that fails later loses its share to the one that is ready', () => {
  const { driver, pass, versions } = openAt(0);
  driver.apply(intentMaker()([fixtureVersion('r-1', 1, 60), fixtureVersion('r-2', 1, 40)]));
  pass(100);
  driver.behave('r-2', 'crash');
  expect(versions().map(({ weight }) => weight)).toEqual([100, 0]);
});

test('traffic is counted as it is told, in no change that is called', () => {
  const { driver, pass, versions } = openAt(0);
  driver.apply(intentMaker()([fixtureVersion('r-1', 1, 100)]));
  pass(100);
  const changes: string[] = [];
  driver.onChange((application) => changes.push(application));
  driver.traffic('shop', 'r-1', { requests: 10, errors: 2, seconds: 0.03 });
  driver.traffic('shop', 'r-1', { requests: 1, errors: 0, seconds: 9 });
  driver.traffic('shop', 'r-9', { requests: 1, errors: 0, seconds: 9 });
  const { requests, errors, latency } = versions()[0]?.counters ?? { latency: null };
  expect([requests, errors]).toEqual([11, 2]);
  expect(latency?.counts).toEqual([0, 10, 10, 10, 10, 10, 11]);
  expect(latency?.sumSeconds).toBeCloseTo(9.3, 9);
  expect(changes).toEqual([]);
});

test('without a given time it goes by the clock', async () => {
  const open = driverFactory({ fetchBundle: () => Promise.reject(new Error('not asked')) });
  const driver = open({
    kind: 'simulated',
    target: 'eu-1',
    directory: '/nowhere',
    spec: () => ({ driver: 'simulated', labels: {} }),
    log: pino({ level: 'silent' }),
  });
  driver.apply(intentMaker()([fixtureVersion('r-1', 1, 100)]));
  await until('convergence', () => driver.statuses()[0]?.converged);
  await driver.close('end');
});
