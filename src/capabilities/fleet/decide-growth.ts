import { countedSince } from '../../contract/counters.ts';
import type { Counters, Growth, Status, VersionStatus } from './types.ts';

/** Far beyond what a router counts between two reports; keeps the sums of a bucket within what PostgreSQL adds. */
const mostAtOnce = 1e12;

type Counted = Pick<Growth, 'requests' | 'errors' | 'latency'>;

/**
 * What a target served since its report before, one row for each release whose counters grew or whose weight is another
 * one. Without a report before all that was counted is growth. A release that is no longer served has weight 0.
 */
export function decideGrowth(before: Status | undefined, after: Status): readonly Growth[] {
  const old = byRelease(before);
  const current = byRelease(after);
  const { application, environment, target } = after;
  const rows: Growth[] = [];
  for (const [release, { counters, weight, ready, replicas }] of current) {
    const last = old.get(release);
    const grown = growthOf(last?.counters, counters);
    const isSame = grown.requests === 0 && grown.errors === 0 && (last?.weight ?? 0) === weight;
    if (isSame) continue;
    rows.push({ application, environment, target, release, ...grown, weight, ready, replicas });
  }
  for (const [release, { weight }] of old) {
    if (weight === 0 || current.has(release)) continue;
    const nothing = { requests: 0, errors: 0, latency: {}, weight: 0, ready: 0, replicas: 0 };
    rows.push({ application, environment, target, release, ...nothing });
  }
  return rows;
}

/** An agent may say the same release twice; what it says last counts. */
const byRelease = (status: Status | undefined): ReadonlyMap<string, VersionStatus> =>
  new Map(status?.versions.map((one) => [one.release, one]));

function growthOf(last: Counters | undefined, now: Counters): Counted {
  const { requests, errors, counts } = countedSince(last && countsOf(last), countsOf(now));
  return {
    requests: Math.min(requests, mostAtOnce),
    errors: Math.min(errors, mostAtOnce),
    latency: sparse(now.latency.le, counts),
  };
}

const countsOf = ({ latency, ...counters }: Counters) => ({ ...counters, counts: latency.counts });

/** Of cumulative counts; see Growth for what the zeros are for. */
function sparse(le: readonly number[], counts: readonly number[]): Growth['latency'] {
  const nameOf = (index: number): string => (index < le.length ? String(le[index]) : '+Inf');
  const latency: Record<string, number> = {};
  for (const [index, count] of counts.slice(0, le.length + 1).entries()) {
    const own = Math.min(count - (counts[index - 1] ?? 0), mostAtOnce);
    if (own <= 0) continue;
    if (index > 0) latency[nameOf(index - 1)] ??= 0;
    latency[nameOf(index)] = own;
  }
  return latency;
}
