import type { MetricSource } from './port.ts';
import { prometheusSource } from './prometheus/prometheus.ts';
import { type RouterSourceDeps, routerSource } from './router/router.ts';
import { webSource } from './web/web.ts';

/** Every adapter, by the provider key that it serves; the folders beside this file have the same names. */
const adapters: Readonly<Record<string, (deps: RouterSourceDeps) => MetricSource>> = {
  prometheus: prometheusSource,
  router: routerSource,
  web: webSource,
};

export const metricSourceNames: readonly string[] = Object.keys(adapters);

/** The sources of this process, each made once; null for a name that none serves. */
export function metricSources(deps: RouterSourceDeps): (name: string) => MetricSource | null {
  const sources = new Map(
    Object.entries(adapters).map(([name, adapter]) => [name, adapter(deps)] as const),
  );
  return (name) => sources.get(name) ?? null;
}
