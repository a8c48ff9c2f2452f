import { boundedEvent, readObjectBody, textAt } from '../bounded.ts';
import {
  deliveryOf,
  headerOf,
  isSecret,
  notGenuine,
  notUnderstood,
  shortText,
} from '../genuine.ts';
import type { WebhookSender } from '../port.ts';

/**
 * GitLab: the secret itself in X-Gitlab-Token, what happened in X-Gitlab-Event (`Pipeline Hook` is `pipeline` here) with
 * the status or action behind it: `pipeline.success`. Idempotency-Key is the same over retries; X-Gitlab-Event-UUID may
 * be shared by webhooks that caused each other, so it counts only without the former.
 * https://docs.gitlab.com/user/project/integrations/webhooks/
 */
export const gitlabSender: WebhookSender = {
  name: 'gitlab',
  verify({ secret, body, headers }) {
    const token = headerOf(headers, 'x-gitlab-token');
    if (token === null || !isSecret(secret, token)) {
      const detail =
        token === null ? 'X-Gitlab-Token is needed.' : 'X-Gitlab-Token is not the secret.';
      return { ok: false, problem: notGenuine(detail) };
    }
    const name = headerOf(headers, 'x-gitlab-event');
    const payload = readObjectBody(body);
    if (name === null || payload === null) {
      return {
        ok: false,
        problem: notUnderstood('It has no X-Gitlab-Event, or its body is no JSON object.'),
      };
    }
    const id = headerOf(headers, 'idempotency-key') ?? headerOf(headers, 'x-gitlab-event-uuid');
    const delivery = deliveryOf(id, body);
    const what =
      textAt(payload.value, 'object_attributes', 'status') ??
      textAt(payload.value, 'object_attributes', 'action') ??
      textAt(payload.value, 'build_status') ??
      textAt(payload.value, 'status');
    const kind = kindOf(name);
    const type = shortText(what === null ? kind : `${kind}.${what}`);
    const head = { on: 'webhook', from: 'gitlab', type, delivery };
    return { ok: true, delivery, type, event: boundedEvent(head, payload, isAddress) };
  },
};

/** `Tag Push Hook` is `tag_push`. */
const kindOf = (header: string): string =>
  header
    .trim()
    .replace(/ hook$/i, '')
    .toLowerCase()
    .replaceAll(/\s+/g, '_');

const isAddress = (key: string): boolean => key === 'avatar_url' || key === 'avatar';
