import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Intent, Status } from '../capabilities/fleet/types.ts';
import type { Target } from '../contract/kinds/target.ts';
import type { Driver, DriverOptions } from '../integrations/driver/port.ts';
import type { Log } from '../platform/log/log.ts';
import { type Follower, type FollowerTuning, startFollower } from './follower.ts';
import type { Link } from './link.ts';
import { type Memory, readMemory, wentBack, writeMemory } from './memory.ts';
import { type ReporterTuning, startReporter } from './reporter.ts';
import type { Wire } from './wire.ts';

export type DriverFor = (
  options: DriverOptions & {
    readonly kind: Target['spec']['driver'];
    /** The Target as it is declared now. */
    readonly spec: () => Target['spec'];
    readonly log: Log;
  },
) => Driver;

export type TargetOptions = {
  readonly target: string;
  readonly agent: string;
  readonly version: string;
  readonly directory: string;
  readonly wire: Wire;
  readonly driverFor: DriverFor;
  readonly follower: FollowerTuning;
  readonly reporter: ReporterTuning;
  readonly link: Link;
  readonly log: Log;
};

export type RunningTarget = {
  readonly target: string;
  readonly statuses: () => readonly Status[];
  readonly logs: Driver['logs'];
  readonly stop: (workloads: 'keep' | 'end') => Promise<void>;
};

/**
 * One target of an agent: its driver, the follower that feeds it and the reporter that speaks for it. With
 * intents in memory it serves before the control plane has answered; the very first start waits for the Target.
 */
export async function runTarget(options: TargetOptions): Promise<RunningTarget> {
  const { target, log, wire, link } = options;
  const directory = join(options.directory, 'targets', target);
  const memoryDirectory = join(directory, 'intents');
  let memory: Memory = readMemory(memoryDirectory);
  let driver: Driver | null = null;
  const changed = (application: string) => reporter.changed(application);

  const ensureDriver = async (): Promise<void> => {
    const { spec } = memory;
    if (driver || !spec) return;
    const opened = options.driverFor({
      target,
      directory: join(directory, spec.driver),
      kind: spec.driver,
      spec: () => memory.spec ?? spec,
      log,
    });
    opened.onChange(changed);
    await opened.adopt();
    driver = opened;
  };
  /** A driver that was just opened is told everything, one that serves already only what is new. */
  const serve = async (changed: readonly Intent[]): Promise<void> => {
    const isNew = driver === null;
    await ensureDriver();
    for (const intent of isNew ? memory.intents : changed) driver?.apply(intent);
  };

  const reporter = startReporter({
    agent: options.agent,
    target,
    version: options.version,
    statuses: () => driver?.statuses() ?? [],
    send: (report, signal) => wire.report(target, report, signal),
    tuning: options.reporter,
    link,
  });
  try {
    await serve([]);
  } catch (error) {
    await reporter.stop();
    throw error;
  }

  const onNews = async (next: Memory, changed: readonly Intent[]): Promise<void> => {
    const isSame = next.revision === memory.revision && isDeepStrictEqual(next.spec, memory.spec);
    if (!isSame || changed.length > 0) writeMemory(memoryDirectory, next, changed);
    const isOlder = wentBack(memory, next);
    memory = next;
    if (isOlder && driver) {
      const former: Driver = driver;
      driver = null;
      await former.close('keep');
    }
    await serve(changed);
  };
  const tuning = options.follower;
  const follower: Follower = startFollower({
    ...{ target, wire, memory, onNews, tuning, link, log },
  });

  return {
    target,
    statuses: () => driver?.statuses() ?? [],
    logs: async (...args) => (await driver?.logs(...args)) ?? [],
    stop: async (workloads) => {
      await follower.stop();
      await reporter.stop();
      await driver?.close(workloads);
    },
  };
}
