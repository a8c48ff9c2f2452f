import type { Severity } from '../../contract/kinds/channel.ts';
import { leaveRequest } from '../../engine/store.ts';
import type { Sql } from '../../platform/db/types.ts';
import { readDocument } from '../sources/reads.ts';
import { messageSchema } from './decide-messages.ts';
import { ensureChannel } from './store.ts';

export type ChannelMessage = {
  /** Name of the channel. */
  readonly channel: string;
  /** The same key twice is one message. */
  readonly key: string;
  readonly severity: Severity;
  readonly text: string;
  readonly application: string | null;
  readonly environment: string | null;
  readonly run: string | null;
  readonly actor: string;
};

/** Leaves a message for a channel to tell as it is; false when no such channel is declared. */
export async function leaveMessage(sql: Sql, message: ChannelMessage): Promise<boolean> {
  const { channel, actor, ...rest } = message;
  const document = await readDocument(sql, 'Channel', channel);
  if (!document?.spec || document.deleted) return false;
  await ensureChannel(sql, channel);
  await leaveRequest(sql, {
    objectId: `channel/${channel}`,
    action: 'message',
    actor,
    because: '',
    payload: messageSchema.parse({ ...rest, text: rest.text.slice(0, 8_192) }),
  });
  return true;
}
