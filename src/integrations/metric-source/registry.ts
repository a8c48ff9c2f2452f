import type { ReadSecret } from '../../platform/secrets/types.ts';
import { cloudwatchSource } from './cloudwatch/cloudwatch.ts';
import { datadogSource } from './datadog/datadog.ts';
import { graphiteSource } from './graphite/graphite.ts';
import { influxdbSource } from './influxdb/influxdb.ts';
import { lokiSource } from './loki/loki.ts';
import { newrelicSource } from './newrelic/newrelic.ts';
import type { MetricSource } from './port.ts';
import { prometheusSource } from './prometheus/prometheus.ts';
import { type RouterSourceDeps, routerSource } from './router/router.ts';
import { webSource } from './web/web.ts';
import { type RateLimit, type WrapOptions, wrapped } from './wrapped.ts';

export type MetricSourceDeps = RouterSourceDeps &
  Pick<WrapOptions, 'sleep' | 'random'> & {
    /** Reads what a document names by reference: keys and tokens of vendors. */
    readonly secret: ReadSecret;
  };

/** Null: it is not asked over the network, and remembers; so nothing is wrapped around it. */
type Adapter = {
  readonly make: (deps: MetricSourceDeps) => MetricSource;
  readonly limit: RateLimit | null;
};

/** One that runs in the house has no limit that anybody published: far above what analyses ask, below what hurts. */
const inHouse: RateLimit = { perSecond: 100, burst: 200 };

/** Every adapter, by the provider key that it serves; the folders beside this file have the same names. */
const adapters: Readonly<Record<string, Adapter>> = {
  // 50 transactions per second. https://repost.aws/knowledge-center/cloudwatch-getmetricdata-api
  cloudwatch: { make: cloudwatchSource, limit: { perSecond: 50, burst: 50 } },
  // Said to be 1,600 timeseries queries an hour, extended on demand; what is valid stands in the headers of a 429.
  // https://docs.datadoghq.com/api/latest/rate-limits/
  datadog: { make: datadogSource, limit: { perSecond: 1_600 / 3_600, burst: 100 } },
  graphite: { make: graphiteSource, limit: inHouse },
  influxdb: { make: influxdbSource, limit: inHouse },
  loki: { make: lokiSource, limit: inHouse },
  // 3,000 queries a minute of an account, 25 requests at a time of a user.
  // https://docs.newrelic.com/docs/nrql/using-nrql/rate-limits-nrql-queries/
  // https://docs.newrelic.com/docs/apis/nerdgraph/nerdgraph-usage-limits/
  newrelic: { make: newrelicSource, limit: { perSecond: 50, burst: 25 } },
  prometheus: { make: prometheusSource, limit: inHouse },
  router: { make: routerSource, limit: null },
  web: { make: webSource, limit: inHouse },
};

export const metricSourceNames: readonly string[] = Object.keys(adapters);

/** The sources of this process, each made once; null for a name that none serves. */
export function metricSources(deps: MetricSourceDeps): (name: string) => MetricSource | null {
  const sources = new Map(
    Object.entries(adapters).map(([name, { make, limit }]) => {
      const source = make(deps);
      return [name, limit === null ? source : wrapped(source, { ...deps, limit })] as const;
    }),
  );
  return (name) => sources.get(name) ?? null;
}
