import type { EffectOutcome } from '../../engine/types.ts';

/**
 * What is deployed: an image by digest, or (process driver) a directory of a repository at a commit, by tree
 * hash. Both are immutable.
 */
export type Artifact =
  | { readonly image: string }
  | {
      readonly bundle: {
        /** Address of the repository that holds the tree. */
        readonly repository: string;
        /** Directory inside it; `.` is the whole repository. */
        readonly path: string;
        /** Git tree id of that directory: 40 or 64 hex digits. */
        readonly tree: string;
      };
    };

/** Rendered configuration: part of the release, and goes back with it. `env` values are literal. */
export type ReleaseConfig = {
  readonly command: readonly string[];
  readonly env: { readonly [name: string]: string };
  readonly health: HealthContract;
};

/** All durations in milliseconds. */
export type Probe = {
  readonly path: string;
  readonly interval: number;
  readonly timeout: number;
  /** Failures in a row before it counts as not ready or not alive. */
  readonly failureThreshold: number;
};

/** When a replica may get traffic, when it must be restarted, and how it is let go. */
export type HealthContract = {
  readonly readiness: Probe;
  readonly liveness: Probe | null;
  /** Milliseconds after its start by which a replica must have been ready, or it is restarted. */
  readonly startTimeout: number;
  /** Milliseconds: longest wait for requests in flight before a removed replica is stopped. */
  readonly drain: number;
};

/** What could run: the content that is hashed into the id. */
export type ReleaseContent = {
  readonly application: string;
  readonly commit: string;
  readonly artifact: Artifact;
  readonly config: ReleaseConfig;
};

export type Release = {
  /** `r-` and the first 12 hex digits of the SHA-256 of the canonical JSON of the content. */
  readonly id: string;
  readonly digest: string;
  readonly content: ReleaseContent;
  readonly subject: string;
  readonly author: string;
  readonly committedAt: Date | null;
  readonly createdAt: Date;
  readonly createdBy: string;
};

/** A release that failed in an environment: never a rollback target, never retried by itself. */
export type Quarantine = {
  readonly application: string;
  readonly environment: string;
  readonly release: string;
  readonly rollout: string;
  readonly because: string;
  readonly at: Date;
};

/**
 * A promotion brings a release into an environment by one commit, and nothing else; a rollback is a promotion
 * of an earlier release. The rollout that follows belongs to whoever reads the commit.
 */
/** `requested` until its commit has been asked for, `waiting` while Git moved on under it. */
export type PromotionPhase = 'requested' | 'committing' | 'waiting' | 'committed' | 'failed';

export type PromotionState = {
  readonly application: string;
  readonly environment: string;
  readonly release: string;
  readonly kind: 'promotion' | 'rollback';
  readonly actor: string;
  readonly because: string;
  readonly fastTrack: boolean;
  readonly retry: boolean;
  readonly requestId: string | null;
  readonly phase: PromotionPhase;
  /** How often Git had moved on under the commit. */
  readonly overtaken: number;
  readonly commit: string | null;
  readonly startedAt: string;
  /** The run whose step asked for it: it is woken at the end. */
  readonly run?: string;
};

/** The desired release's file as last read from Git; null when there is none yet. */
export type DesiredFile = {
  readonly path: string;
  readonly blob: string;
  /** Release that it declares; null when the file cannot be read. */
  readonly release: string | null;
  /** Other documents in the same file: it cannot be rewritten then. */
  readonly shared: boolean;
};

export type PromotionSnapshot = {
  readonly id: string;
  readonly state: PromotionState;
  readonly release: Release;
  /** Text of the file that declares the release, as it will be committed. */
  readonly text: string;
  readonly repository: string;
  readonly branch: string;
  readonly file: DesiredFile | null;
  readonly effects: readonly EffectOutcome[];
};
