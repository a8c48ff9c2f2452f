import { setTimeout as sleep } from 'node:timers/promises';
import {
  fixtureVersion,
  until as untilReal,
} from '../../../test/support/fixture-service/harness.ts';
import { openDriver } from '../../../test/support/fixture-service/open-driver.ts';
import { type DriverHarness, driverContract } from './contract.ts';
import { createProcessDriver } from './process/process.ts';
import { createSimulatedDriver } from './simulated/simulated.ts';
import type { SimulatedWorld } from './simulated/world.ts';

async function openProcess(): Promise<DriverHarness> {
  const { driver, options, directory, end } = await openDriver();
  const all = [driver];
  return {
    driver,
    version: (release, replicas, weight, fate) =>
      fixtureVersion(
        release,
        replicas,
        weight,
        fate === 'never' ? { env: { FIXTURE: 'unready' } } : {},
      ),
    until: async (what, ask) => {
      await untilReal(what, ask);
    },
    reopen: async () => {
      await driver.close('keep');
      const next = createProcessDriver({ ...options, directory });
      all.push(next);
      await next.adopt();
      return next;
    },
    end: async () => {
      await all.at(-1)?.close('end');
      await end();
    },
  };
}

async function openSimulated(): Promise<DriverHarness> {
  const world: SimulatedWorld = { running: new Map(), behaviours: new Map() };
  const clock = { now: 0 };
  const options = { target: 'eu-1', world, now: () => clock.now, readyAfter: 100 };
  const first = createSimulatedDriver(options);
  let current = first;
  return {
    driver: first,
    version: (release, replicas, weight, fate) => {
      world.behaviours.set(release, fate === 'never' ? 'unready' : 'normal');
      return fixtureVersion(release, replicas, weight);
    },
    until: async (what, ask) => {
      for (let i = 0; i < 100 && !ask(); i += 1) {
        clock.now += 10;
        current.tick();
        await sleep(0);
      }
      if (!ask()) throw new Error(`waited for ${what}`);
    },
    reopen: async () => {
      await first.close('keep');
      current = createSimulatedDriver(options);
      await current.adopt();
      return current;
    },
    end: () => current.close('end'),
  };
}

driverContract('process', openProcess);
driverContract('simulated', openSimulated);
