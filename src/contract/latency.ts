/**
 * Upper bounds in seconds of the latencies that routers count, four to a doubling, from 1 ms to 27.6 s; the last count is
 * beyond all of them. Each is 19 % above the one before, so a release that is a tenth slower moves a part of its requests
 * over each of them, and there are no more of them than a report may carry.
 */
export const latencyBounds: readonly number[] = Array.from({ length: 60 }, (_, at) =>
  Number((0.001 * 2 ** (at / 4)).toPrecision(4)),
);
