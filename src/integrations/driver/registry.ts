import type { Artifact } from '../../capabilities/releases/types.ts';
import type { Target } from '../../contract/kinds/target.ts';
import type { Log } from '../../platform/log/log.ts';
import type { Driver, DriverOptions } from './port.ts';
import { createProcessDriver } from './process/process.ts';
import { createSimulatedDriver } from './simulated/simulated.ts';

/** What drivers need of the program that runs them. */
export type DriverDeps = {
  /** Writes a bundle's tree into an empty directory; rejects with a message for people. */
  readonly fetchBundle: (artifact: Artifact, directory: string) => Promise<void>;
};

export type OpenDriverOptions = DriverOptions & {
  /** The Target as it is declared now. */
  readonly spec: () => Target['spec'];
  readonly log: Log;
};

/** Adapters by the name of their folder, which is what a Target's `spec.driver` says. */
export const driverAdapters = {
  process: ({ spec, ...options }: OpenDriverOptions, { fetchBundle }: DriverDeps): Driver =>
    createProcessDriver({ ...options, fetchBundle, settings: () => spec().process ?? null }),
  simulated: ({ target }: OpenDriverOptions): Driver => createSimulatedDriver({ target }),
} as const satisfies Record<Target['spec']['driver'], unknown>;

/** Opens the driver that a Target names. */
export function driverFactory(
  deps: DriverDeps,
): (options: OpenDriverOptions & { readonly kind: Target['spec']['driver'] }) => Driver {
  return ({ kind, ...options }) => driverAdapters[kind](options, deps);
}
