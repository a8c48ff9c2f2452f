import type { Histogram } from '../../../contract/counters.ts';
import type { Json } from '../../../platform/ids/types.ts';
import { quantile, sumHistograms } from './histogram.ts';

/** Requests of one release over some time; without a histogram nothing is known of their latencies. */
export type Counted = {
  readonly requests: number;
  readonly errors: number;
  readonly latency: Histogram | null;
};

/**
 * What conditions and judges are given of one release: the sum of what was counted, in this many seconds where that is
 * known. Null without a request.
 */
export function figures(counted: readonly Counted[], seconds: number | null): Json {
  const requests = counted.reduce((sum, one) => sum + one.requests, 0);
  if (requests <= 0) return null;
  const errors = counted.reduce((sum, one) => sum + one.errors, 0);
  const served = counted.filter((one) => one.requests > 0).map(({ latency }) => latency);
  const known = served.filter((latency) => latency !== null);
  const latency = known.length === served.length ? sumHistograms(known) : null;
  const percentile = (share: number) => (latency ? quantile(latency, share) : null);
  return {
    requests,
    errors,
    errorRate: errors / requests,
    rps: seconds !== null && seconds > 0 ? requests / seconds : null,
    p50: percentile(0.5),
    p95: percentile(0.95),
    p99: percentile(0.99),
    latency: latency && { le: [...latency.le], counts: [...latency.counts] },
  };
}
