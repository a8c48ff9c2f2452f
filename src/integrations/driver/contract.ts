import { describe, expect, test } from 'vitest';
import type { Intent, IntentVersion, Status } from '../../capabilities/fleet/types.ts';
import type { Driver } from './port.ts';

/** One adapter made ready for the contract. */
export type DriverHarness = {
  readonly driver: Driver;
  /** A version whose replicas become ready, or never do. */
  readonly version: (
    release: string,
    replicas: number,
    weight: number,
    fate: 'ready' | 'never',
  ) => IntentVersion;
  /** Lets time pass until the answer is true; rejects after a while. */
  readonly until: (what: string, ask: () => boolean) => Promise<void>;
  /** Closes the driver, keeping its workloads, and opens another on the same world. */
  readonly reopen: () => Promise<Driver>;
  readonly end: () => Promise<void>;
};

type Open = () => Promise<DriverHarness>;

const application = 'shop';

function intent(generation: number, versions: readonly IntentVersion[]): Intent {
  const spec = { versions, routes: [], sticky: null, preview: null };
  const of = { target: 'eu-1', application, environment: 'test' };
  return { ...of, generation, revision: generation, spec, because: 'contract' };
}

const read = (driver: Driver): Status | undefined =>
  driver.statuses().find((status) => status.application === application);

const isConverged = (driver: Driver, generation: number) => (): boolean => {
  const status = read(driver);
  return status?.generation === generation && status.converged;
};

function contractTest(open: Open, name: string, run: (harness: DriverHarness) => Promise<void>) {
  test(name, async () => {
    const harness = await open();
    try {
      await run(harness);
    } finally {
      await harness.end();
    }
  });
}

async function converges({ driver, version, until }: DriverHarness): Promise<void> {
  driver.apply(intent(1, [version('r-1', 2, 90, 'ready'), version('r-2', 1, 10, 'ready')]));
  await until('convergence', isConverged(driver, 1));
  const status = read(driver);
  expect(status).toMatchObject({ target: 'eu-1', environment: 'test', generation: 1 });
  expect(status?.versions.map((v) => [v.release, v.replicas, v.ready, v.weight])).toEqual([
    ['r-1', 2, 2, 90],
    ['r-2', 1, 1, 10],
  ]);
  expect(status?.endpoint).toMatch(/^http:\/\//);
}

async function ignoresOld({ driver, version, until }: DriverHarness): Promise<void> {
  driver.apply(intent(5, [version('r-2', 1, 100, 'ready')]));
  driver.apply(intent(4, [version('r-1', 1, 100, 'ready')]));
  driver.apply(intent(5, [version('r-2', 1, 100, 'ready')]));
  await until('convergence', isConverged(driver, 5));
  expect(read(driver)?.versions.map(({ release }) => release)).toEqual(['r-2']);
}

async function protectsTraffic({ driver, version, until }: DriverHarness): Promise<void> {
  driver.apply(intent(1, [version('r-1', 1, 100, 'ready')]));
  await until('convergence', isConverged(driver, 1));
  const low: number[] = [];
  driver.onChange(() => {
    const shares =
      read(driver)?.versions.map(({ weight, ready }) => [weight, ready] as const) ?? [];
    if (shares.some(([weight, ready]) => weight > 0 && ready === 0)) low.push(1);
  });
  const both = [version('r-1', 1, 50, 'ready'), version('r-2', 1, 50, 'never')];
  driver.apply(intent(2, both));
  await until('the new generation', () => read(driver)?.generation === 2);
  const [old, fresh] = read(driver)?.versions ?? [];
  expect(old).toMatchObject({ release: 'r-1', ready: 1, weight: 100 });
  expect(fresh).toMatchObject({ release: 'r-2', ready: 0, weight: 0 });
  expect(fresh?.message).not.toBe('');
  expect(read(driver)?.converged).toBe(false);
  expect(low).toEqual([]);
}

async function removes({ driver, version, until }: DriverHarness): Promise<void> {
  driver.apply(intent(1, [version('r-1', 1, 100, 'ready')]));
  await until('convergence', isConverged(driver, 1));
  driver.apply(intent(2, []));
  await until('removal', isConverged(driver, 2));
  expect(read(driver)?.versions).toEqual([]);
  await until('its address to go', () => read(driver)?.endpoint === null);
}

async function tells({ driver, version, until }: DriverHarness): Promise<void> {
  const told: (number | undefined)[] = [];
  driver.onChange((name) => {
    expect(name).toBe(application);
    told.push(read(driver)?.versions[0]?.ready);
  });
  driver.apply(intent(1, [version('r-1', 1, 100, 'ready')]));
  await until('convergence', isConverged(driver, 1));
  expect(told).toContain(0);
  expect(told.at(-1)).toBe(1);
}

async function survives({ driver, version, until, reopen }: DriverHarness): Promise<void> {
  const wanted = intent(1, [version('r-1', 2, 100, 'ready')]);
  driver.apply(wanted);
  await until('convergence', isConverged(driver, 1));
  const next = await reopen();
  expect(next.statuses()).toEqual([]);
  next.apply(wanted);
  await until('convergence after the restart', isConverged(next, 1));
  expect(read(next)?.versions.map(({ ready }) => ready)).toEqual([2]);
}

async function keepsLogs({ driver, version, until }: DriverHarness): Promise<void> {
  driver.apply(intent(1, [version('r-1', 1, 100, 'ready')]));
  await until('convergence', isConverged(driver, 1));
  expect((await driver.logs(application, 'r-1', 1)).length).toBe(1);
  expect(await driver.logs(application, 'r-0', 10)).toEqual([]);
}

/** What every driver must do, whatever it runs on. */
export function driverContract(name: string, open: Open): void {
  describe(`driver contract: ${name}`, () => {
    contractTest(open, 'an intent becomes so, and the status says it', converges);
    contractTest(open, 'an older generation, and the same one again, change nothing', ignoresOld);
    contractTest(open, 'no traffic goes to what is not ready while something is', protectsTraffic);
    contractTest(open, 'an empty intent removes the application', removes);
    contractTest(open, 'changes are told', tells);
    contractTest(open, 'workloads that are kept are taken over', survives);
    contractTest(open, 'logs are there for what ran, and bounded', keepsLogs);
  });
}
