import { boundedEvent, readBody, textAt } from '../bounded.ts';
import { deliveryOf, headerOf, notUnderstood, refusalOfSignature, shortText } from '../genuine.ts';
import type { WebhookSender } from '../port.ts';

/**
 * Any program that signs as Tidegate does, and Tidegate's own channel of kind webhook. What happened is in
 * X-Tidegate-Event, or in the field `type` of the body; X-Tidegate-Delivery names the delivery.
 */
export const genericSender: WebhookSender = {
  name: 'generic',
  verify(request) {
    const refusal = refusalOfSignature(request);
    if (refusal) return { ok: false, problem: refusal };
    const { body, headers } = request;
    const payload = body.length === 0 ? { value: {}, isPlain: true } : readBody(body);
    if (payload.value === undefined) {
      return { ok: false, problem: notUnderstood('Its body is no JSON.') };
    }
    const named = headerOf(headers, 'x-tidegate-event') ?? textAt(payload.value, 'type');
    const type = shortText(named ?? 'event');
    const delivery = deliveryOf(headerOf(headers, 'x-tidegate-delivery'), body);
    const head = { on: 'webhook', from: 'generic', type, delivery };
    return { ok: true, delivery, type, event: boundedEvent(head, payload) };
  },
};
