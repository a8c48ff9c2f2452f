import { toCloudEvent } from '../../../contract/cdevents/cdevents.ts';
import { notTaken, refused, tooFast, withSecrets } from '../answers.ts';
import { excerpt, hostOf, type PostAnswer, post } from '../http.ts';
import type { Delivered, Delivery, Notifier } from '../port.ts';
import { signatureOf } from './signature.ts';

/**
 * Any address that takes JSON. Each try has the same X-Tidegate-Delivery and the same body, so that a receiver may drop a
 * repeat; the time stamp and with it the signature are of the try. Redirects are not followed.
 */
export function webhookNotifier(): Notifier<'webhook'> {
  return {
    kind: 'webhook',
    deliver: (receiver, delivery, { secret, signal, now }) =>
      withSecrets(async () => {
        const key = await secret(receiver.secret);
        const url =
          typeof receiver.url === 'string' ? receiver.url : (await secret(receiver.url)).trim();
        if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
          return refused('The secret of the channel is no http or https address.', 'receiver');
        }
        const content = receiver.format === 'cdevents' ? cdeventsBody(delivery) : ownBody(delivery);
        // A message that was left is none of CDEvents' words.
        if (content === null) return { ok: true, ref: null };
        const { body, contentType } = content;
        const timestamp = String(Math.floor(now() / 1000));
        const headers = {
          'x-tidegate-delivery': delivery.id,
          'x-tidegate-timestamp': timestamp,
          'x-tidegate-signature': signatureOf(key, timestamp, body),
          'content-type': contentType,
          'user-agent': 'Tidegate',
        };
        return read(await post({ url, headers, body, signal }, now()), hostOf(url));
      }),
  };
}

type Content = { readonly contentType: string; readonly body: string };

const ownBody = ({ id, notice, more }: Delivery): Content => ({
  contentType: 'application/json; charset=utf-8',
  body: JSON.stringify({ delivery: id, notices: [notice, ...more] }),
});

/** CloudEvents 1.0 over HTTP: one event in structured mode, several in batched mode; null for none. */
function cdeventsBody({ notice, more }: Delivery): Content | null {
  const all = [notice, ...more]
    .flatMap(({ events }) => events)
    .flatMap(({ cdevents = [] }) => cdevents)
    .map(toCloudEvent);
  const [only] = all;
  if (only === undefined || all.length === 1) return only ?? null;
  return {
    contentType: 'application/cloudevents-batch+json; charset=utf-8',
    body: `[${all.map(({ body }) => body).join(',')}]`,
  };
}

/** The message is at fault where the receiver says so; else nothing can be sent to it. */
const badMessage = [400, 413, 415, 422];
const passing = [408, 425];

function read(answer: PostAnswer, host: string): Delivered {
  if (!answer.ok) return notTaken(answer.reason);
  const { status, text, retryAfter } = answer;
  if (status >= 200 && status <= 299) return { ok: true, ref: null };
  if (status === 429) return tooFast(`${host} answered with status 429.`, retryAfter);
  if (status >= 500 || passing.includes(status)) {
    return notTaken(`${host} answered with status ${status}.`, retryAfter);
  }
  const detail = `${host} answered with status ${status}: ${excerpt(text)}`;
  return refused(detail, badMessage.includes(status) ? 'message' : 'receiver');
}
