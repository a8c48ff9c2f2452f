import type { Intent, Status } from '../../capabilities/fleet/types.ts';

/**
 * A runtime that can serve intents: plain processes, Docker, Swarm, Kubernetes. It measures and applies; it
 * never judges. Every method is idempotent and safe to repeat after a crash of the agent at any point.
 */
export type Driver = {
  /** Called once at the start of an agent: takes over what an earlier one left running, ends orphans, reports the applications found. */
  adopt(): Promise<readonly string[]>;
  /**
   * Moves the world towards the newest intent of an application and returns at once; calling it again with the
   * same generation changes nothing. An older generation than the one known is ignored.
   */
  apply(intent: Intent): void;
  /** What is served now, for every application known; cheap, no I/O. */
  statuses(): readonly Status[];
  /** Calls back when a status changed in more than its counters. */
  onChange(listener: (application: string) => void): void;
  /** Newest lines of a replica's log, oldest first, bounded; empty when there is none. */
  logs(application: string, release: string, lines: number): Promise<readonly string[]>;
  /** Stops serving. `keep` leaves workloads running for the next agent to adopt; `end` ends them all. */
  close(workloads: 'keep' | 'end'): Promise<void>;
};

export type DriverOptions = {
  readonly target: string;
  /** The driver's own directory: bundles, logs, what it must remember over a restart. */
  readonly directory: string;
};
