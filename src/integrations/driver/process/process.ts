import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Intent, Status } from '../../../capabilities/fleet/types.ts';
import type { Log } from '../../../platform/log/log.ts';
import type { Driver, DriverOptions } from '../port.ts';
import { type Bundles, type FetchBundle, openBundles, treeOf } from './bundles.ts';
import { createEntrance, type Entrance } from './entrance.ts';
import { defaultLogBytes, type Logs, openLogs } from './logs.ts';
import { endOrphans, takeDirectory } from './orphans.ts';
import { openPortBook, type PortBook, type ProcessSettings, portSource } from './ports.ts';
import { markerOf } from './proc.ts';
import { openRecords, type Records } from './records.ts';
import { createRouter, type Router, type RouterLimits } from './router/router.ts';
import type { Slot } from './slot.ts';
import { adoptReplica, spawnReplica } from './spawn.ts';
import { Supervisor, type Surroundings } from './supervisor.ts';

export type ProcessDriverOptions = DriverOptions & {
  /** Writes an artifact into an empty directory; rejects with a message for people. */
  readonly fetchBundle: FetchBundle;
  /** `spec.process` of the Target as it is declared now; null when it declares none. */
  readonly settings: () => ProcessSettings | null;
  readonly log: Log;
  readonly limits?: Partial<RouterLimits>;
  /** Bytes per replica's log file, and milliseconds between two looks at them. */
  readonly logBytes?: number;
  readonly logInterval?: number;
};

/** Milliseconds that a closing router waits for requests in flight. */
const closeGrace = 5_000;
/** Milliseconds that replicas have to end by themselves when all is ended. */
const endGrace = 5_000;
const keptBundles = 20;

type Application = {
  readonly supervisor: Supervisor;
  readonly router: Router;
  readonly entrance: Entrance;
};

type Parts = {
  readonly options: ProcessDriverOptions;
  readonly marker: string;
  readonly epoch: string;
  readonly records: Records;
  readonly bundles: Bundles;
  readonly logs: Logs;
  readonly ports: PortBook;
  readonly nextPort: () => Promise<number>;
  /** Set when the driver closes: from then on nothing is started. */
  closed: boolean;
};

function surroundings(
  parts: Parts,
  router: Router,
  entrance: Entrance,
  application: string,
  onChange: () => void,
): Surroundings {
  const { options, marker, records, bundles, logs } = parts;
  const { target } = options;
  return {
    target,
    router,
    entrance,
    bundle: ({ artifact }) => bundles.state(artifact),
    fetch: ({ artifact }) => bundles.fetch(artifact),
    start: async ({ environment }, version, index, onExit) => {
      const port = await parts.nextPort();
      if (parts.closed) throw new Error('the agent is stopping');
      const { release, artifact, config } = version;
      const directory = bundles.directoryOf(artifact);
      const output = logs.openFor(application, release, index);
      const where = { target, application, environment, index, port, directory, marker, output };
      const process = await spawnReplica({ ...where, version, onExit });
      const { pid, startTime } = process;
      const { health } = config;
      const startedAt = Date.now();
      const of = { application, environment, release, index };
      try {
        records.write({ ...of, pid, startTime, port, startedAt, health });
      } catch (error) {
        // Without a record nobody would know of it: neither this agent from now on, nor the next one.
        process.release();
        process.signal('SIGKILL');
        throw error;
      }
      options.log.info({ ...of, pid, port }, 'replica started');
      return { process, port };
    },
    adopt: ({ pid, startTime }, onExit) => adoptReplica(pid, startTime, marker, onExit),
    forget: (release, index) => records.remove({ application, release, index }),
    onChange,
  };
}

function openApplication(parts: Parts, application: string, onChange: () => void): Application {
  const { options, epoch, ports } = parts;
  const { log, settings } = options;
  const onNews = () => supervisor.news();
  const router = createRouter({
    epoch,
    limits: options.limits ?? {},
    onIdle: onNews,
    onRefused: ({ release, index }) => supervisor.refused(release, index),
  });
  const entrance = createEntrance({ application, router, ports, settings, log, onNews });
  const supervisor = new Supervisor(surroundings(parts, router, entrance, application, onChange));
  return { supervisor, router, entrance };
}

/** Ends replicas that are no longer routed to: SIGTERM, and SIGKILL for those that take too long. */
async function endAll(slots: readonly Slot[], isGone: () => boolean): Promise<void> {
  for (const slot of slots) slot.process?.signal('SIGTERM');
  const deadline = Date.now() + endGrace;
  while (!isGone() && Date.now() < deadline) await sleep(20);
  for (const slot of slots) slot.process?.signal('SIGKILL');
  while (!isGone()) await sleep(20);
}

class ProcessDriver implements Driver {
  readonly #parts: Parts;
  readonly #applications = new Map<string, Application>();
  readonly #listeners: ((application: string) => void)[] = [];
  readonly #chores: NodeJS.Timeout;
  #free: () => void = () => {};

  constructor(options: ProcessDriverOptions) {
    const directory = resolve(options.directory);
    mkdirSync(directory, { recursive: true });
    const onBundle = () => {
      for (const { supervisor } of this.#applications.values()) supervisor.news();
    };
    const logs = openLogs(join(directory, 'logs'), options.logBytes ?? defaultLogBytes);
    this.#parts = {
      options: { ...options, directory },
      marker: markerOf(directory),
      epoch: randomUUID(),
      records: openRecords(join(directory, 'replicas')),
      bundles: openBundles(join(directory, 'bundles'), options.fetchBundle, onBundle),
      logs,
      ports: openPortBook(join(directory, 'ports.json')),
      nextPort: portSource(),
      closed: false,
    };
    this.#chores = setInterval(() => void logs.bound(), options.logInterval ?? 5_000);
    this.#chores.unref();
  }

  async adopt(): Promise<readonly string[]> {
    const { options, marker, records } = this.#parts;
    this.#free = takeDirectory(options.directory);
    const adopted = new Set<number>();
    for (const record of records.readAll()) {
      const { supervisor } = this.#application(record.application);
      if (supervisor.adopt(record)) adopted.add(record.pid);
      else records.remove(record);
    }
    const ended = await endOrphans(marker, adopted);
    options.log.info({ adopted: adopted.size, ended }, 'took over what runs');
    return [...this.#applications.keys()];
  }

  apply(intent: Intent): void {
    this.#application(intent.application).supervisor.apply(intent);
    const inUse = [...this.#applications.values()].flatMap(
      ({ supervisor }) => supervisor.intent?.spec.versions.map((v) => treeOf(v.artifact)) ?? [],
    );
    this.#parts.bundles.prune(new Set(inUse.filter((tree) => tree !== null)), keptBundles);
  }

  statuses(): readonly Status[] {
    return [...this.#applications.values()]
      .map(({ supervisor }) => supervisor.status())
      .filter((status) => status !== null);
  }

  onChange(listener: (application: string) => void): void {
    this.#listeners.push(listener);
  }

  logs(application: string, release: string, lines: number): Promise<readonly string[]> {
    return this.#parts.logs.tail(application, release, lines);
  }

  async close(workloads: 'keep' | 'end'): Promise<void> {
    clearInterval(this.#chores);
    this.#parts.closed = true;
    const { marker, records } = this.#parts;
    const open = [...this.#applications.values()];
    for (const { entrance } of open) entrance.close();
    await Promise.all(open.map(({ router }) => router.close(closeGrace)));
    const running = open.flatMap(({ supervisor }) => supervisor.close());
    if (workloads === 'end') {
      const gone = () => running.every((slot) => slot.process?.isGone() ?? true);
      await endAll(running, gone);
      await endOrphans(marker, new Set());
      for (const record of records.readAll()) records.remove(record);
    }
    this.#free();
  }

  #application(name: string): Application {
    const known = this.#applications.get(name);
    if (known) return known;
    const fresh = openApplication(this.#parts, name, () => {
      for (const listener of this.#listeners) listener(name);
    });
    this.#applications.set(name, fresh);
    return fresh;
  }
}

/**
 * Runs each replica as a plain process on a loopback port of its own, behind a router in this process. Replicas
 * outlive it: a restarted agent takes them over with `adopt`.
 */
export function createProcessDriver(options: ProcessDriverOptions): Driver {
  return new ProcessDriver(options);
}
