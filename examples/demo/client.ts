import { setTimeout as sleep } from 'node:timers/promises';
import type { EventView } from '../../src/contract/api/events.ts';
import type { TargetSummary } from '../../src/contract/api/fleet.ts';
import type { PromotionView, ReleaseView } from '../../src/contract/api/releases.ts';
import type { RolloutRowView, RolloutView } from '../../src/contract/api/rollouts.ts';

export type PromoteWish = {
  readonly environment: string;
  readonly release?: string;
  readonly because?: string;
};

/** The few routes of the API that the story needs. An answer that refuses becomes an Error with its detail. */
export type Client = ReturnType<typeof createClient>;

const patienceMs = 30_000;

/**
 * Reads are asked again while the control plane is away, since this story kills it. Writes go out once: one
 * that may have arrived is not for a program to repeat.
 */
export function createClient(server: { readonly url: string; readonly token: string }) {
  const headers = {
    authorization: `Bearer ${server.token}`,
    'content-type': 'application/json',
    connection: 'close',
  };
  const ask = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
    const answer = await fetch(server.url + path, {
      ...init,
      headers,
      signal: AbortSignal.timeout(10_000),
    });
    const body = (await answer.json()) as { detail?: string; code?: string };
    if (answer.ok) return body as T;
    throw new Error(`${path}: ${body.code ?? answer.status} ${body.detail ?? ''}`);
  };
  const get = async <T>(path: string): Promise<T> => {
    const since = performance.now();
    for (;;) {
      try {
        return await ask<T>(path);
      } catch (error) {
        if (performance.now() - since > patienceMs) throw error;
        await sleep(100);
      }
    }
  };
  const post = <T>(path: string, body: object): Promise<T> =>
    ask<T>(path, { method: 'POST', body: JSON.stringify(body) });
  return {
    health: () => ask<{ status: string }>('/api/v1/health'),
    targets: async () => (await get<{ items: TargetSummary[] }>('/api/v1/targets')).items,
    createRelease: async (application: string) =>
      (await post<{ release: ReleaseView }>(`/api/v1/applications/${application}/releases`, {}))
        .release,
    promote: (application: string, wish: PromoteWish) =>
      post<PromotionView>(`/api/v1/applications/${application}/promotions`, wish),
    rollouts: async (application: string, environment: string) => {
      const path = `/api/v1/rollouts?application=${application}&environment=${environment}`;
      return (await get<{ items: RolloutRowView[] }>(path)).items;
    },
    rollout: (id: string) => get<RolloutView>(`/api/v1/rollouts/${id}`),
    isDeclared: async (application: string) => {
      const path = `/api/v1/status?application=${application}`;
      return (await get<{ items: readonly object[] }>(path)).items.length > 0;
    },
    addSource: (name: string, address: string) =>
      post<object>('/api/v1/sources', { name, address, pollInterval: 1_000 }),
    /** Gives the agent's token. */
    addAgent: async (name: string, targets: readonly string[]) =>
      (await post<{ token: string }>('/api/v1/agents', { name, targets })).token,
    countEvents: async (): Promise<number> => {
      const seen = { count: 0, cursor: '' };
      for (;;) {
        const after = seen.cursor ? `&after=${encodeURIComponent(seen.cursor)}` : '';
        const page = await get<{ items: EventView[]; cursor: string | null }>(
          `/api/v1/events?order=oldest&limit=500${after}`,
        );
        seen.count += page.items.length;
        if (page.items.length < 500 || page.cursor === null) return seen.count;
        seen.cursor = page.cursor;
      }
    },
  };
}
