import { setTimeout as sleep } from 'node:timers/promises';
import type { EventView } from '../../src/contract/api/events.ts';
import type { Api } from '../e2e/support/api.ts';

/** Reads events as they come, as an auditor would, and remembers each as it was shown. */
export type Witness = {
  readonly seen: ReadonlyMap<number, string>;
  /** Ids that were shown twice in one reading. */
  readonly doubled: readonly number[];
  stop(): Promise<void>;
};

type Page = { readonly items: readonly EventView[]; readonly cursor: string | null };

const page = 500;
const pause = 200;

export function startWitness(api: Api): Witness {
  const seen = new Map<number, string>();
  const doubled: number[] = [];
  const state = { isOver: false, cursor: '' };
  const turn = async (): Promise<boolean> => {
    const found = await readPage(api, state.cursor);
    for (const event of found.items) {
      if (seen.has(event.id)) doubled.push(event.id);
      seen.set(event.id, textOf(event));
    }
    state.cursor = found.cursor ?? state.cursor;
    return found.items.length === page;
  };
  const run = async (): Promise<void> => {
    while (!state.isOver) {
      const more = await turn().catch(() => false);
      if (!more) await sleep(pause);
    }
  };
  const running = run();
  return {
    seen,
    doubled,
    stop: async () => {
      state.isOver = true;
      await running;
    },
  };
}

/** Every event there is, from the first. */
export async function readAllEvents(api: Api): Promise<ReadonlyMap<number, string>> {
  const all = new Map<number, string>();
  for (let cursor = ''; ; ) {
    const found = await readPage(api, cursor);
    for (const event of found.items) all.set(event.id, textOf(event));
    if (found.items.length < page) return all;
    cursor = found.cursor ?? cursor;
  }
}

async function readPage(api: Api, cursor: string): Promise<Page> {
  const after = cursor === '' ? '' : `&after=${encodeURIComponent(cursor)}`;
  return await api.get<Page>(`/events?order=oldest&limit=${page}${after}`);
}

const textOf = (event: EventView): string => JSON.stringify(event);
