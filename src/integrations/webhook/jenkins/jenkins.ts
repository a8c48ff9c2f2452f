import type { Problem } from '../../../platform/errors/problem.ts';
import { boundedEvent, readObjectBody, textAt } from '../bounded.ts';
import {
  authorizationOf,
  deliveryOf,
  headerOf,
  isSecret,
  notGenuine,
  notUnderstood,
  refusalOfSignature,
  shortText,
} from '../genuine.ts';
import type { WebhookRequest, WebhookSender } from '../port.ts';

/**
 * Jenkins: the JSON of the Notification plugin (`name`, `url`, `build.phase`, `build.status`, `build.scm.commit` …), or
 * whatever JSON a pipeline posts with httpRequest. The plugin can send no header of its own, but turns `user:SECRET@` in
 * its address into Basic authorization; other senders may use X-Tidegate-Token, Bearer, or Tidegate's own signature. The
 * type is `finalized.success`: phase and status of the build.
 * https://plugins.jenkins.io/notification/
 */
export const jenkinsSender: WebhookSender = {
  name: 'jenkins',
  verify(request) {
    const { body, headers } = request;
    const refusal = refusalOf(request);
    if (refusal) return { ok: false, problem: refusal };
    const payload = readObjectBody(body);
    if (payload === null) {
      return { ok: false, problem: notUnderstood('Its body is no JSON object.') };
    }
    const parts = [
      textAt(payload.value, 'build', 'phase'),
      textAt(payload.value, 'build', 'status'),
    ];
    const found = parts.filter((one) => one !== null).map((one) => one.toLowerCase());
    const type = shortText(
      headerOf(headers, 'x-tidegate-event') ?? (found.length > 0 ? found.join('.') : 'event'),
    );
    const delivery = deliveryOf(headerOf(headers, 'x-tidegate-delivery'), body);
    const head = { on: 'webhook', from: 'jenkins', type, delivery };
    // The end of the console's output belongs in no row.
    const event = boundedEvent(head, payload, (key) => key === 'log');
    return { ok: true, delivery, type, event };
  },
};

function refusalOf(request: WebhookRequest): Problem | null {
  const { headers, secret } = request;
  if (headerOf(headers, 'x-tidegate-signature') !== null) return refusalOfSignature(request);
  const token = headerOf(headers, 'x-tidegate-token') ?? authorizationOf(headers);
  if (token === null) {
    return notGenuine('X-Tidegate-Token, an Authorization or X-Tidegate-Signature is needed.');
  }
  return isSecret(secret, token) ? null : notGenuine('The token is not the secret.');
}
