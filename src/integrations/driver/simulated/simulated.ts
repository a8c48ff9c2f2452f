import { isDeepStrictEqual } from 'node:util';
import type { Intent, Status, VersionStatus } from '../../../capabilities/fleet/types.ts';
import type { Driver } from '../port.ts';
import { type Behaviour, countersOf, noTraffic, type SimulatedWorld } from './world.ts';

export type SimulatedOptions = {
  readonly target: string;
  /** What outlives the driver, as processes outlive an agent. */
  readonly world?: SimulatedWorld;
  /** Milliseconds; without it the driver goes by the clock and moves on by itself. */
  readonly now?: () => number;
  /** Milliseconds from the first wish for a version until it is ready. */
  readonly readyAfter?: number;
};

export type SimulatedDriver = Driver & {
  /** Looks at the time and moves on. */
  readonly tick: () => void;
  /** How a release will fare from now on. */
  readonly behave: (release: string, behaviour: Behaviour) => void;
  /** Adds requests to what a version has counted. `seconds` is the latency of each. */
  readonly traffic: (
    application: string,
    release: string,
    of: { readonly requests: number; readonly errors: number; readonly seconds: number },
  ) => void;
};

const tickInterval = 10;

function readyCount(wanted: number, behaviour: Behaviour, isDue: boolean): number {
  if (!isDue || behaviour === 'crash' || behaviour === 'unready') return 0;
  return behaviour === 'partial' ? Math.floor(wanted / 2) : wanted;
}

function messageOf(behaviour: Behaviour, ready: number, wanted: number): string {
  if (ready === wanted) return '';
  if (behaviour === 'crash') return 'replica 1 exited with code 1 (3 times)';
  return `${ready} of ${wanted} replicas ready`;
}

type Share = { readonly release: string; readonly ready: number; readonly weight: number };

/** As asked when all that shall have traffic are ready; else what is ready shares it, or `kept` goes on serving. */
function serve(asked: readonly Share[], kept: Readonly<Record<string, number>>) {
  const able = asked.filter(({ ready, weight }) => ready > 0 && weight > 0);
  const sum = able.reduce((total, { weight }) => total + weight, 0);
  if (sum === 0) return kept;
  return Object.fromEntries(able.map(({ release, weight }) => [release, (weight * 100) / sum]));
}

class Simulated implements SimulatedDriver {
  readonly #options: SimulatedOptions;
  readonly #world: SimulatedWorld;
  readonly #intents = new Map<string, Intent>();
  /** Applications whose state still depends on the time; the others cost nothing per tick. */
  readonly #moving = new Set<string>();
  readonly #statuses = new Map<string, Status>();
  readonly #listeners: ((application: string) => void)[] = [];
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(options: SimulatedOptions) {
    this.#options = options;
    this.#world = options.world ?? { running: new Map(), behaviours: new Map() };
    if (!options.now) this.#timer = setInterval(() => this.tick(), tickInterval).unref();
  }

  async adopt(): Promise<readonly string[]> {
    return [...this.#world.running.keys()];
  }

  apply(intent: Intent): void {
    const known = this.#intents.get(intent.application);
    if (known && intent.generation <= known.generation) return;
    this.#intents.set(intent.application, intent);
    const now = this.#now();
    const running = this.#world.running.get(intent.application) ?? { versions: {}, weights: {} };
    for (const { release } of intent.spec.versions)
      running.versions[release] ??= { since: now, traffic: noTraffic() };
    this.#world.running.set(intent.application, running);
    this.#move(intent);
  }

  tick(): void {
    for (const application of [...this.#moving]) {
      const intent = this.#intents.get(application);
      if (intent) this.#move(intent);
    }
  }

  behave(release: string, behaviour: Behaviour): void {
    this.#world.behaviours.set(release, behaviour);
    for (const intent of this.#intents.values()) this.#move(intent);
  }

  traffic(
    application: string,
    release: string,
    of: { readonly requests: number; readonly errors: number; readonly seconds: number },
  ): void {
    const traffic = this.#world.running.get(application)?.versions[release]?.traffic;
    if (!traffic) return;
    traffic.requests += of.requests;
    traffic.errors += of.errors;
    traffic.latencies.push({ seconds: of.seconds, count: of.requests });
    const intent = this.#intents.get(application);
    if (intent) this.#move(intent);
  }

  statuses(): readonly Status[] {
    return [...this.#statuses.values()];
  }

  onChange(listener: (application: string) => void): void {
    this.#listeners.push(listener);
  }

  async logs(application: string, release: string, lines: number): Promise<readonly string[]> {
    const known = this.#world.running.get(application)?.versions[release];
    return known ? [`[1] ${release} started`].slice(0, lines) : [];
  }

  async close(workloads: 'keep' | 'end'): Promise<void> {
    clearInterval(this.#timer);
    if (workloads === 'end') this.#world.running.clear();
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  #move(intent: Intent): void {
    const { target, readyAfter = 50 } = this.#options;
    const { application, environment, generation, spec } = intent;
    const running = this.#world.running.get(application);
    if (!running) return;
    const now = this.#now();
    this.#moving.delete(application);
    const asked = spec.versions.map(({ release, replicas, weight }) => {
      const behaviour = this.#world.behaviours.get(release) ?? 'normal';
      const isDue = now - (running.versions[release]?.since ?? now) >= readyAfter;
      if (!isDue) this.#moving.add(application);
      const ready = readyCount(replicas, behaviour, isDue);
      return { release, replicas, weight, ready, message: messageOf(behaviour, ready, replicas) };
    });
    const gone = asked.length === 0;
    running.weights = gone ? {} : serve(asked, running.weights);
    const kept = new Set([
      ...asked.map(({ release }) => release),
      ...Object.keys(running.weights).filter((release) => (running.weights[release] ?? 0) > 0),
    ]);
    for (const release of Object.keys(running.versions))
      if (!kept.has(release)) delete running.versions[release];
    const versions: VersionStatus[] = asked.map((version) => ({
      ...version,
      weight: running.weights[version.release] ?? 0,
      counters: countersOf(running.versions[version.release]?.traffic ?? noTraffic()),
    }));
    const converged =
      asked.every((v, i) => v.ready === v.replicas && versions[i]?.weight === v.weight) &&
      kept.size === asked.length;
    this.#tell({
      ...{ target, application, environment, generation, converged, versions },
      endpoint: gone ? null : `http://${application}.${target}.simulated`,
      previewEndpoint: spec.preview && `http://preview.${application}.${target}.simulated`,
      message: versions.find(({ message }) => message !== '')?.message ?? '',
      at: new Date(now).toISOString(),
    });
  }

  #tell(status: Status): void {
    const { application } = status;
    const before = this.#statuses.get(application);
    this.#statuses.set(application, status);
    if (before && isDeepStrictEqual(withoutCounters(before), withoutCounters(status))) return;
    for (const listener of this.#listeners) listener(application);
  }
}

const withoutCounters = ({ at: _, versions, ...rest }: Status) => ({
  ...rest,
  versions: versions.map(({ counters: __, ...version }) => version),
});

/** A target without a runtime: for tests of the control plane, and for trying out a configuration. */
export function createSimulatedDriver(options: SimulatedOptions): SimulatedDriver {
  return new Simulated(options);
}
