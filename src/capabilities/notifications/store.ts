import { openObject } from '../../engine/store.ts';
import type { NewObject } from '../../engine/types.ts';
import type { Sql } from '../../platform/db/types.ts';
import type { Json } from '../../platform/ids/types.ts';
import { newChannel } from './types.ts';

/** The object of a channel that is declared; nothing happens when there is one. */
export function channelObject(name: string): NewObject {
  return {
    kind: 'channel',
    key: name,
    phase: 'following',
    state: newChannel as unknown as Json,
    because: 'Declared; not looked at yet.',
  };
}

export async function ensureChannel(sql: Sql, name: string): Promise<void> {
  await openObject(sql, channelObject(name));
}
