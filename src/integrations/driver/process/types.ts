import type { Intent } from '../../../capabilities/fleet/types.ts';
import type { HealthContract } from '../../../capabilities/releases/types.ts';

/**
 * Where one replica stands. `starting` has never passed readiness, `unready` did once; `draining` gets no new
 * requests; `stopping` was told to end; `down` has no process and waits for its next start.
 */
export type ReplicaState = 'starting' | 'ready' | 'unready' | 'draining' | 'stopping' | 'down';

/** One replica as observed. Times are milliseconds since the epoch on the agent's clock. */
export type Replica = {
  readonly release: string;
  /** Counts from 1; free again when the replica is gone. */
  readonly index: number;
  readonly state: ReplicaState;
  /** When `state` was entered. */
  readonly since: number;
  /** When its process was started. */
  readonly startedAt: number;
  readonly inFlight: number;
  readonly health: HealthContract;
  /** Failures in a row: exits, start timeouts and lost liveness. */
  readonly failures: number;
  /** The last failure in words, without the replica's name: "exited with code 1"; empty when there was none. */
  readonly reason: string;
  readonly alive: boolean;
  /** It ends because it failed, and keeps its number: it is started again after its backoff. */
  readonly again: boolean;
  /** SIGKILL was sent. */
  readonly killed: boolean;
};

export type BundleState =
  | { readonly phase: 'missing' }
  | { readonly phase: 'fetching' }
  | { readonly phase: 'ready' }
  | {
      readonly phase: 'failed';
      readonly reason: string;
      /** Null when another try would fail the same. */
      readonly retryAt: number | null;
    };

export type ProcessSnapshot = {
  readonly intent: Intent;
  readonly replicas: readonly Replica[];
  /** By release; absent is missing. */
  readonly bundles: { readonly [release: string]: BundleState };
};

export type ReplicaAction = {
  readonly type: 'start' | 'drain' | 'terminate' | 'kill' | 'forget';
  readonly release: string;
  readonly index: number;
};

export type Action =
  | ReplicaAction
  | { readonly type: 'fetch'; readonly release: string }
  /** Ends the replica as failed, so that it is started again with backoff. */
  | {
      readonly type: 'fail';
      readonly release: string;
      readonly index: number;
      readonly reason: string;
    };

export type VersionOutcome = {
  readonly release: string;
  readonly replicas: number;
  readonly ready: number;
  readonly weight: number;
  readonly message: string;
};

/** What to do now. `weights` are served before any action is carried out, so that nothing is stopped under traffic. */
export type ProcessDecision = {
  readonly weights: { readonly [release: string]: number };
  readonly actions: readonly Action[];
  readonly versions: readonly VersionOutcome[];
  readonly converged: boolean;
  readonly message: string;
  /** When to decide again if nothing happens before; null when only news can change anything. */
  readonly wakeAt: number | null;
};
