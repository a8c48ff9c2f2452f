import { z } from 'zod';
import { type ChannelKind, channelKinds, receiverSchemas } from '../../contract/kinds/channel.ts';
import type { EffectHandler } from '../../engine/types.ts';
import type { Delivery, Notifier } from '../../integrations/notifier/port.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { ReadSecret } from '../../platform/secrets/types.ts';

export type NotifyEffectDeps = {
  readonly notifiers: readonly Notifier[];
  readonly secret: ReadSecret;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

const payloadSchema = z.object({
  kind: z.enum(channelKinds),
  receiver: z.record(z.string(), z.json()),
  delivery: z.custom<Delivery>((value) => typeof value === 'object' && value !== null),
});

/**
 * Effects `notify.KIND`: one delivery each. That a receiver did not take it is an answer, and its channel decides when it
 * comes again; only a fault of ours is a failed effect.
 */
export function notifyEffects(deps: NotifyEffectDeps): readonly EffectHandler[] {
  return deps.notifiers.map((notifier) => ({
    kind: `notify.${notifier.kind}`,
    lane: 'outside',
    async run(payload, _key, signal) {
      const { receiver, delivery } = payloadSchema.parse(payload);
      const { secret, now } = deps;
      const settings = receiverOf(notifier.kind, receiver);
      const delivered = await notifier.deliver(settings, delivery, { secret, signal, now });
      return delivered as unknown as Json;
    },
  }));
}

const receiverOf = (kind: ChannelKind, receiver: unknown) => receiverSchemas[kind].parse(receiver);
