import type { Histogram } from '../../contract/counters.ts';
import type { Growth } from '../fleet/types.ts';

/** What the traffic of a rollout is read by. `now` is the database's. */
export type Subject = {
  readonly application: string;
  readonly environment: string;
  readonly candidate: string;
  readonly stable: string | null;
  /** Its commit, when it compares with a fresh copy of the stable release; else null. */
  readonly copyFor: string | null;
  readonly terminal: boolean;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly now: Date;
  readonly targets: readonly string[];
  /** Keys of its analyses. */
  readonly analyses: readonly string[];
};

export type Role = 'candidate' | 'stable' | 'baseline';

/** A stretch of time in cells of `step` seconds, which begin at whole multiples of it. Milliseconds since the epoch. */
export type Range = { readonly from: number; readonly to: number; readonly step: number };

/** Where a reader is; milliseconds since the epoch. */
export type Cursor = { readonly step: number; readonly at: number };

/** Growth of one release in one cell, over all targets asked. */
export type Cell = Pick<Growth, 'release' | 'requests' | 'errors' | 'latency'> & {
  readonly at: Date;
};

/** From `at` on a target gives a release this share of its traffic, in percent. */
export type Share = Pick<Growth, 'target' | 'release' | 'weight'> & { readonly at: Date };

/** An event that a chart shows. */
export type MarkedEvent = {
  readonly id: number;
  readonly at: Date;
  readonly type: string;
  readonly because: string;
  readonly after: unknown;
};

export type Quantile = (histogram: Histogram, share: number) => number | null;
