import type { Counters } from '../../../capabilities/fleet/types.ts';

/** `crash` and `unready` never become ready; `partial` gets half of its replicas ready and no more. */
export type Behaviour = 'normal' | 'crash' | 'unready' | 'partial';

export type Traffic = {
  requests: number;
  errors: number;
  readonly latencies: { readonly seconds: number; readonly count: number }[];
};

type Running = {
  /** By release; `since` is when it was first asked for, in milliseconds. */
  readonly versions: { [release: string]: { readonly since: number; readonly traffic: Traffic } };
  weights: { readonly [release: string]: number };
};

/** What goes on while no driver is there. */
export type SimulatedWorld = {
  readonly running: Map<string, Running>;
  readonly behaviours: Map<string, Behaviour>;
};

const bounds = [0.01, 0.05, 0.1, 0.5, 1, 5] as const;

export const noTraffic = (): Traffic => ({ requests: 0, errors: 0, latencies: [] });

export function countersOf({ requests, errors, latencies }: Traffic): Counters {
  const within = (bound: number) =>
    latencies.reduce((sum, { seconds, count }) => sum + (seconds <= bound ? count : 0), 0);
  return {
    epoch: 'simulated',
    requests,
    errors,
    latency: {
      le: bounds,
      counts: [...bounds.map(within), requests],
      sumSeconds: latencies.reduce((sum, { seconds, count }) => sum + seconds * count, 0),
    },
  };
}
