import { z } from 'zod';
import { severities } from '../../contract/kinds/channel.ts';
import type { ActionRequest } from '../../engine/types.ts';
import { lineOf, put, type Work } from './decide-work.ts';
import type { ChannelEvent } from './types.ts';

/** What somebody left to be told as it is: a step `notify`. */
export const messageSchema = z.object({
  key: z.string().min(1).max(512),
  severity: z.enum(severities),
  text: z.string().max(8192),
  application: z.string().nullable(),
  environment: z.string().nullable(),
  run: z.string().nullable(),
});
export type LeftMessage = z.output<typeof messageSchema>;

/** Keys that are remembered, so that the same message left twice is one. */
const mostKeys = 300;

/** Filters do not hold for a message: it names its channel. */
export function foldMessages(work: Work): void {
  for (const request of work.snapshot.requests) {
    const parsed = messageSchema.safeParse(request.payload);
    if (request.action !== 'message' || !parsed.success) continue;
    const { key } = parsed.data;
    if (work.head.keys.includes(key)) continue;
    work.head = { ...work.head, keys: [...work.head.keys, key].slice(-mostKeys) };
    leave(work, request, parsed.data);
  }
}

function leave(work: Work, request: ActionRequest, message: LeftMessage): void {
  const at = request.at.toISOString();
  const event: ChannelEvent = {
    id: request.id,
    at,
    type: 'message',
    actor: request.actor,
    application: message.application,
    environment: message.environment,
    object: message.run === null ? null : `run/${message.run}`,
    outcome: 'done',
    because: message.text,
    before: null,
    after: null,
  };
  put(work, {
    key: `message/${message.key}`,
    standing: message.severity === 'error' ? 'failed' : 'ended',
    severity: message.severity,
    isOver: true,
    application: message.application,
    environment: message.environment,
    begun: { actor: request.actor, because: message.text },
    facts: null,
    figures: [],
    latest: event,
    pending: work.traits.everything ? [lineOf(event)] : [],
    left: 0,
    isStale: true,
    since: at,
    isPosted: false,
    ref: null,
    inFlight: null,
    alarm: work.traits.alarms ? { told: 'none', wanted: 'raised' } : null,
  });
}
