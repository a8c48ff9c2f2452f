import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import type { Status, VersionStatus } from '../capabilities/fleet/types.ts';

/**
 * What routers count, for Prometheus. The figures are read from the statuses when somebody asks, so they are the
 * very ones that analysis sees, and a request costs nothing more.
 */
type Labels = {
  readonly application: string;
  readonly environment: string;
  readonly target: string;
  readonly release: string;
};

type Sample = {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly metricName?: string;
};

type Family = {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: (labels: Labels, version: VersionStatus) => readonly Sample[];
};

const latencyName = 'tidegate_router_request_duration_seconds';

const families: readonly Family[] = [
  {
    name: 'tidegate_router_requests_total',
    help: 'Requests that the router has answered.',
    type: 'counter',
    samples: (labels, { counters }) => [{ labels, value: counters.requests }],
  },
  {
    name: 'tidegate_router_errors_total',
    help: 'Responses with status 500-599, and requests that got no response.',
    type: 'counter',
    samples: (labels, { counters }) => [{ labels, value: counters.errors }],
  },
  {
    name: latencyName,
    help: 'From the arrival of a request to the end of its response.',
    type: 'histogram',
    samples: (labels, { counters: { requests, latency } }) => [
      ...latency.counts.map((value, i) => ({
        metricName: `${latencyName}_bucket`,
        labels: { ...labels, le: i < latency.le.length ? String(latency.le[i]) : '+Inf' },
        value,
      })),
      { metricName: `${latencyName}_sum`, labels, value: latency.sumSeconds },
      { metricName: `${latencyName}_count`, labels, value: requests },
    ],
  },
  {
    name: 'tidegate_replicas',
    help: 'Replicas that run.',
    type: 'gauge',
    samples: (labels, { replicas }) => [{ labels, value: replicas }],
  },
  {
    name: 'tidegate_replicas_ready',
    help: 'Replicas that pass readiness.',
    type: 'gauge',
    samples: (labels, { ready }) => [{ labels, value: ready }],
  },
  {
    name: 'tidegate_weight_percent',
    help: 'Share of new requests that a version gets.',
    type: 'gauge',
    samples: (labels, { weight }) => [{ labels, value: weight }],
  },
];

/** A registry over the statuses; one of its own, so that two agents in one process do not meet. */
export function openMetrics(statuses: () => readonly Status[]): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const { name, help, type, samples } of families) {
    const get = async () => ({
      name,
      help,
      type,
      aggregator: 'sum',
      values: statuses().flatMap(({ application, environment, target, versions }) =>
        versions.flatMap((version) =>
          samples({ application, environment, target, release: version.release }, version),
        ),
      ),
    });
    // The library takes any object that can be asked for its values, but its types know only its own classes.
    registry.registerMetric({ name, help, type, get, reset: () => {} } as unknown as Metric);
  }
  return registry;
}
