import { type Backoff, effectBackoff, reconcileBackoff } from './backoff.ts';

/** Durations are milliseconds. The defaults are for a worker beside its database, and are right for most others. */
export type LoopTuning = {
  /** Most objects per claim. */
  readonly batch: number;
  /** Most objects in hand at once. */
  readonly inHand: number;
  /** Most objects per transaction. */
  readonly writeBatch: number;
  /** Transactions at once. */
  readonly writers: number;
  /** After this long without a sign of life a worker's objects are due again. */
  readonly lease: number;
  /** Longest time between two looks for something due. */
  readonly poll: number;
  /** Longest time that one load may take. */
  readonly longestLoad: number;
  /** Longest wait, at stopping, for what is in hand. */
  readonly drain: number;
  readonly backoff: Backoff;
};

export type OutboxTuning = {
  /** Most effects run at once. */
  readonly concurrency: number;
  /** Longest time that one effect may run; it is then aborted and tried again. */
  readonly longestRun: number;
  readonly lease: number;
  /** Between two signs of life, which also tell what shall stop. */
  readonly heartbeat: number;
  readonly poll: number;
  readonly drain: number;
  /** Longest wait, after that, for what was aborted to end. */
  readonly grace: number;
  readonly backoff: Backoff;
};

export const loopTuning: LoopTuning = {
  batch: 64,
  inHand: 160,
  writeBatch: 128,
  writers: 4,
  lease: 3_500,
  poll: 1_000,
  longestLoad: 60_000,
  drain: 10_000,
  backoff: reconcileBackoff,
};

export const outboxTuning: OutboxTuning = {
  concurrency: 8,
  longestRun: 600_000,
  lease: 3_500,
  heartbeat: 1_100,
  poll: 1_000,
  drain: 10_000,
  grace: 0,
  backoff: effectBackoff,
};

/**
 * Of effects that may take hours. What they did is worth more, so a database that is away for a few seconds costs none
 * of it; and they would not end while a worker drains, so it gives them the time to clear up instead.
 */
export const longOutboxTuning: OutboxTuning = {
  concurrency: 16,
  longestRun: 86_400_000,
  lease: 10_000,
  heartbeat: 1_100,
  poll: 1_000,
  drain: 1_000,
  grace: 8_000,
  backoff: effectBackoff,
};
