import { boundedEvent, readObjectBody, textAt } from '../bounded.ts';
import {
  deliveryOf,
  headerOf,
  isSigned,
  notGenuine,
  notUnderstood,
  shortText,
} from '../genuine.ts';
import type { WebhookSender } from '../port.ts';

/**
 * GitHub, github.com and Enterprise Server: the HMAC of the body in X-Hub-Signature-256, the id of the delivery in
 * X-GitHub-Delivery (a redelivery has the same), what happened in X-GitHub-Event. The type is that and the action:
 * `workflow_run.completed`. Both content types of the settings are read.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
export const githubSender: WebhookSender = {
  name: 'github',
  verify({ secret, body, headers }) {
    const signature = headerOf(headers, 'x-hub-signature-256');
    if (signature === null || !isSigned(secret, [body], signature)) {
      const detail =
        signature === null
          ? 'X-Hub-Signature-256 is needed.'
          : 'X-Hub-Signature-256 does not fit the body.';
      return { ok: false, problem: notGenuine(detail) };
    }
    const name = headerOf(headers, 'x-github-event');
    const payload = readObjectBody(payloadOf(headerOf(headers, 'content-type'), body));
    if (name === null || payload === null) {
      return {
        ok: false,
        problem: notUnderstood('It has no X-GitHub-Event, or its body is no JSON object.'),
      };
    }
    const action = textAt(payload.value, 'action');
    const type = shortText(action === null ? name : `${name}.${action}`);
    const delivery = deliveryOf(headerOf(headers, 'x-github-delivery'), body);
    const head = { on: 'webhook', from: 'github', type, delivery };
    return { ok: true, delivery, type, event: boundedEvent(head, payload, isAddress) };
  },
};

function payloadOf(contentType: string | null, body: Uint8Array): Uint8Array {
  if (!contentType?.startsWith('application/x-www-form-urlencoded')) return body;
  const payload = new URLSearchParams(Buffer.from(body).toString('utf8')).get('payload');
  return Buffer.from(payload ?? '');
}

const kept = new Set(['html_url', 'clone_url', 'ssh_url']);

/** Half of every payload are addresses of the API. */
const isAddress = (key: string): boolean =>
  key === '_links' || key === 'node_id' || (key.endsWith('_url') && !kept.has(key));
