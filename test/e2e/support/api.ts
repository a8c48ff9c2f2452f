import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../../examples/demo/processes.ts';
import type { EventView } from '../../../src/contract/api/events.ts';
import type { PromotionView, ReleaseView } from '../../../src/contract/api/releases.ts';
import type {
  Explanation,
  RolloutActionName,
  RolloutView,
} from '../../../src/contract/api/rollouts.ts';
import type { StatusRow } from '../../../src/contract/api/status.ts';

/** The API as a person's program uses it. A refusal becomes an Error with code and detail. */
export type Api = ReturnType<typeof openApi>;

type Page<T> = { readonly items: readonly T[] };

export function openApi(url: string, token: () => Promise<string>) {
  const ask = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await token()}`,
        'content-type': 'application/json',
        connection: 'close',
      },
      signal: AbortSignal.timeout(10_000),
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const said = (await answer.json()) as T & { code?: string; detail?: string };
    if (!answer.ok) throw new Error(`${path}: ${said.code} ${said.detail}`);
    return said;
  };
  const get = <T>(path: string): Promise<T> => ask<T>('GET', path);
  const post = <T>(path: string, body: object): Promise<T> => ask<T>('POST', path, body);
  const rollouts = async (application: string): Promise<readonly RolloutView[]> => {
    const found = await get<Page<{ id: string }>>(`/rollouts?application=${application}`);
    return await Promise.all(found.items.map(({ id }) => get<RolloutView>(`/rollouts/${id}`)));
  };
  return {
    get,
    post,
    rollouts,
    rollout: (id: string) => get<RolloutView>(`/rollouts/${id}`),
    explain: (id: string) => get<Explanation>(`/rollouts/${id}/explain`),
    status: async (application: string) =>
      (await get<Page<StatusRow>>(`/status?application=${application}`)).items[0],
    release: async (application: string) =>
      (await post<{ release: ReleaseView }>(`/applications/${application}/releases`, {})).release,
    promote: (application: string, wish: object) =>
      post<PromotionView>(`/applications/${application}/promotions`, wish),
    rollback: (application: string, wish: object) =>
      post<PromotionView>(`/applications/${application}/rollbacks`, wish),
    act: (id: string, action: RolloutActionName, because = 'the journey asks') =>
      post<object>(`/rollouts/${id}/actions`, { action, because }),
    events: async (query = '') =>
      (await get<Page<EventView>>(`/events?order=oldest&limit=500${query}`)).items,
    /** The rollout of this release, once it looks as wanted; `known` are older ones of the same release. */
    until: async (
      application: string,
      release: string,
      what: string,
      isSo: (view: RolloutView) => boolean,
      more: { readonly known?: readonly string[]; readonly timeout?: number } = {},
    ): Promise<RolloutView> => {
      let last: RolloutView | undefined;
      const words = (): string => (last ? `${last.phase}: ${last.because}` : 'no rollout');
      return await eventually(
        `${application} ${what}`,
        async () => {
          const all = await rollouts(application);
          last = all.find((one) => one.release === release && !more.known?.includes(one.id));
          if (last && isSo(last)) return last;
          if (last?.terminal) await sleep(200);
          throw new Error(words());
        },
        more.timeout ?? 25_000,
      );
    },
  };
}
