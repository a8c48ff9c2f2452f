import { pino } from 'pino';
import type { Driver } from '../../../src/integrations/driver/port.ts';
import {
  createProcessDriver,
  type ProcessDriverOptions,
} from '../../../src/integrations/driver/process/process.ts';
import { fetchFixture, temporary, until } from './harness.ts';

export const silent = pino({ level: 'silent' });

/** A process driver; `end` ends its replicas and removes its directory, unless that was given. */
export async function openDriver(more: Partial<ProcessDriverOptions> = {}) {
  const { path, remove } = more.directory
    ? { path: more.directory, remove: () => {} }
    : temporary();
  const options: ProcessDriverOptions = {
    target: 'eu-1',
    directory: path,
    fetchBundle: fetchFixture,
    settings: () => null,
    log: silent,
    ...more,
  };
  const driver = createProcessDriver(options);
  await driver.adopt();
  return {
    driver,
    directory: path,
    options,
    end: async (): Promise<void> => {
      await driver.close('end');
      remove();
    },
  };
}

export function statusOf(driver: Driver, application = 'shop') {
  return driver.statuses().find((status) => status.application === application);
}

/** Waits until the driver says that all is as the intent of this generation asks, and gives the router's address. */
export async function converged(driver: Driver, generation: number, application = 'shop') {
  return until(
    `generation ${generation} of ${application} to converge`,
    () => {
      const status = statusOf(driver, application);
      return status?.generation === generation && status.converged
        ? (status.endpoint ?? 'gone')
        : undefined;
    },
    20_000,
  );
}
