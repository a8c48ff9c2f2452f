/**
 * Upper bounds in seconds of the latencies that routers count, four to a doubling, from 1 ms to 27.6 s; the last count is
 * beyond all of them. Each is 19 % above the one before, so a release that is a tenth slower moves a part of its requests
 * over each of them, and there are no more of them than a report may carry.
 */
export const latencyBounds: readonly number[] = Array.from({ length: 60 }, (_, at) =>
  Number((0.001 * 2 ** (at / 4)).toPrecision(4)),
);

/** Cumulative counts per upper bound in seconds; the last count is that of +Inf, so there is one more than bounds. */
export type Histogram = { readonly le: readonly number[]; readonly counts: readonly number[] };

type Counted = {
  readonly requests: number;
  readonly errors: number;
  /** Cumulative, per bound. */
  readonly counts: readonly number[];
};

/** Growth since `last`. A new epoch, or a number that fell, is a router that began anew: all of it is growth. */
export function countedSince(
  last: (Counted & { readonly epoch: string }) | undefined,
  now: Counted & { readonly epoch: string },
): Counted {
  const { requests, errors, counts } = now;
  const restarted =
    !last ||
    last.epoch !== now.epoch ||
    last.requests > requests ||
    last.errors > errors ||
    last.counts.length !== counts.length ||
    counts.some((count, index) => count < (last.counts[index] ?? 0));
  if (restarted) return { requests, errors, counts };
  return {
    requests: requests - last.requests,
    errors: errors - last.errors,
    counts: counts.map((count, index) => count - (last.counts[index] ?? 0)),
  };
}
