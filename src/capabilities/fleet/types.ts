import type { Artifact, ReleaseConfig } from '../releases/types.ts';

/** One version that a target shall run. `weight` is its share of the traffic in percent. */
export type IntentVersion = {
  readonly release: string;
  /** Source commit of the release, for the workload to show. */
  readonly commit?: string;
  readonly artifact: Artifact;
  readonly config: ReleaseConfig;
  readonly replicas: number;
  readonly weight: number;
};

/** Requests that match go to `release` whatever the weights are; first match wins. */
export type Route = {
  readonly release: string;
  readonly match:
    | {
        readonly header: {
          readonly name: string;
          readonly exact?: string;
          readonly prefix?: string;
          readonly regex?: string;
        };
      }
    | {
        readonly cookie: {
          readonly name: string;
          readonly exact?: string;
          readonly prefix?: string;
          readonly regex?: string;
        };
      };
};

/** Keeps a client on the version it first met, by a cookie that the router sets. Seconds. */
export type Sticky = { readonly cookie: string; readonly ttlSeconds: number };

/** What an intent says; weights of `versions` sum to 100, or `versions` is empty (remove the application). */
export type IntentSpec = {
  readonly versions: readonly IntentVersion[];
  readonly routes: readonly Route[];
  readonly sticky: Sticky | null;
  /** A release shown on a port of its own beside the main one (blue/green preview); null for none. */
  readonly preview: string | null;
};

/** What one target shall serve for one application. */
export type Intent = {
  readonly target: string;
  readonly application: string;
  readonly environment: string;
  readonly generation: number;
  readonly revision: number;
  readonly spec: IntentSpec;
  readonly because: string;
};

/**
 * Requests since the agent started (`epoch`), counted by the router; only ever grow within an epoch.
 * `latency.le` are upper bounds in seconds, `latency.counts` cumulative counts per bound, the last is +Inf.
 */
export type Counters = {
  readonly epoch: string;
  readonly requests: number;
  /** Responses with status 500–599, and requests that got no response. */
  readonly errors: number;
  readonly latency: {
    readonly le: readonly number[];
    readonly counts: readonly number[];
    readonly sumSeconds: number;
  };
};

export type VersionStatus = {
  readonly release: string;
  readonly replicas: number;
  /** Replicas that pass readiness now. */
  readonly ready: number;
  /** Share of new requests that the router gives it now, in percent; what is served, not what was asked. */
  readonly weight: number;
  /** Why it is not as asked, in words: "replica 1 exited with code 1 (3 times)", "waiting for /readyz". */
  readonly message: string;
  readonly counters: Counters;
};

/** What one target serves, as its agent last saw it, for the intent of `generation`. */
export type Status = {
  readonly target: string;
  readonly application: string;
  readonly environment: string;
  readonly generation: number;
  /** Everything that the intent asks is so: replicas ready, weights and routes served, removed versions gone. */
  readonly converged: boolean;
  readonly versions: readonly VersionStatus[];
  /** Where the application answers on this target; null until the router listens. */
  readonly endpoint: string | null;
  readonly previewEndpoint: string | null;
  readonly message: string;
  /** Agent's clock; informative only. */
  readonly at: string;
};

/** Status as stored: with the control plane's clock. */
export type StoredStatus = Status & { readonly reportedAt: Date };

/**
 * What a target's router counted of one release since the report before, and what it gave the release at the end of it.
 * `latency` holds requests by upper bound in seconds, `+Inf` beyond the last; each request is in one of them. The bound
 * below one with requests is there too, if need be with 0, so that quantiles come out as they do of the whole histogram.
 */
export type Growth = {
  readonly application: string;
  readonly environment: string;
  readonly target: string;
  readonly release: string;
  readonly requests: number;
  readonly errors: number;
  readonly latency: { readonly [upperBound: string]: number };
  readonly weight: number;
  readonly ready: number;
  readonly replicas: number;
};

/**
 * Seconds of one bucket of kept growth, by the age of the rollout in seconds: the longer it takes, the wider they are,
 * so that what is kept of one rollout stays bounded. Each width divides the next.
 */
export const trafficWidth = (age: number): number => (age < 3_600 ? 2 : age < 86_400 ? 20 : 120);

/** Something that a target serves otherwise than it was asked to; both sides in words. */
export type Drift = {
  readonly path: string;
  readonly asked: string;
  readonly served: string;
};

/** What one target is asked to serve of one application, and what it last said it serves. */
export type TargetApplication = {
  readonly application: string;
  readonly environment: string;
  readonly generation: number;
  readonly because: string;
  readonly updatedAt: Date;
  readonly spec: IntentSpec;
  readonly status: StoredStatus | null;
};
