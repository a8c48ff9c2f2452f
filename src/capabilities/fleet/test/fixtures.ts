import type { IntentSpec, Status } from '../types.ts';

/** An intent that gives these releases these weights. */
export function specOf(weights: Readonly<Record<string, number>>): IntentSpec {
  const probe = { path: '/readyz', interval: 1000, timeout: 1000, failureThreshold: 3 };
  const health = { readiness: probe, liveness: null, startTimeout: 60_000, drain: 30_000 };
  return {
    versions: Object.entries(weights).map(([release, weight]) => ({
      release,
      artifact: { bundle: { repository: '/tmp/none', path: '.', tree: 'a'.repeat(40) } },
      config: { command: ['node', 'server.js'], env: { GREETING: 'hello' }, health },
      replicas: 1,
      weight,
    })),
    routes: [],
    sticky: null,
    preview: null,
  };
}

export function statusOf(
  target: string,
  generation: number,
  change: Partial<Status> & { readonly requests?: number } = {},
): Status {
  const { requests = 0, ...rest } = change;
  return {
    target,
    application: 'shop',
    environment: 'production',
    generation,
    converged: true,
    versions: [
      {
        release: 'r-1',
        replicas: 1,
        ready: 1,
        weight: 100,
        message: '',
        counters: {
          epoch: 'e',
          requests,
          errors: 0,
          latency: { le: [1], counts: [requests, requests], sumSeconds: 0 },
        },
      },
    ],
    endpoint: 'http://127.0.0.1:4000',
    previewEndpoint: null,
    message: '',
    at: '2026-01-01T00:00:00.000Z',
    ...rest,
  };
}
