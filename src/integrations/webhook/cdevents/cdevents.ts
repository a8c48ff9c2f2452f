import { HTTP } from 'cloudevents';
import type { Problem } from '../../../platform/errors/problem.ts';
import { sha256 } from '../../../platform/ids/digest.ts';
import { type Body, boundedEvent, isPlainText } from '../bounded.ts';
import {
  authorizationOf,
  headerOf,
  isSecret,
  notGenuine,
  notUnderstood,
  refusalOfSignature,
  shortText,
} from '../genuine.ts';
import type { WebhookRequest, WebhookSender } from '../port.ts';

/**
 * CDEvents (0.5.1, and older ones) as CloudEvents 1.0 over HTTP, in structured or binary mode. Signed as Tidegate signs,
 * or with the secret as a bearer token, which is what most senders of CloudEvents can do. `source` and `id` together
 * name an event, however often it is delivered.
 * https://github.com/cdevents/spec/blob/v0.5.1/cloudevents-binding.md
 */
export const cdeventsSender: WebhookSender = {
  name: 'cdevents',
  verify(request) {
    const refusal = refusalOf(request);
    if (refusal) return { ok: false, problem: refusal };
    const read = readEvent(request);
    if (!read.ok) return { ok: false, problem: notUnderstood(read.detail) };
    const { id, source, type, subject, time, data } = read;
    // Neither may hold a line break in a message, and together they may be long.
    const delivery = `sha256:${sha256(JSON.stringify([source, id]))}`;
    const head = {
      ...{ on: 'cdevents', from: 'cdevents', type: shortText(type), delivery },
      ...{ id: shortText(id), source: shortText(source) },
      ...{ subject: shortText(subject), time: shortText(time) },
    };
    return { ok: true, delivery, type: head.type, event: boundedEvent(head, data) };
  },
};

function refusalOf(request: WebhookRequest): Problem | null {
  const { headers, secret } = request;
  if (headerOf(headers, 'x-tidegate-signature') !== null) return refusalOfSignature(request);
  const token = authorizationOf(headers);
  if (token === null) return notGenuine('An Authorization or X-Tidegate-Signature is needed.');
  return isSecret(secret, token) ? null : notGenuine('The token is not the secret.');
}

type Read =
  | {
      readonly ok: true;
      readonly id: string;
      readonly source: string;
      readonly type: string;
      readonly subject: string;
      readonly time: string;
      readonly data: Body;
    }
  | { readonly ok: false; readonly detail: string };

function readEvent({ body, headers }: WebhookRequest): Read {
  const contentType = headerOf(headers, 'content-type') ?? '';
  if (contentType.startsWith('application/cloudevents-batch')) {
    return { ok: false, detail: 'Batches are not taken: send one event a request.' };
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    const event = HTTP.toEvent({ headers: single(headers), body: text });
    if (Array.isArray(event)) return { ok: false, detail: 'It holds more than one event.' };
    const { id, source, type, subject, time, data } = event;
    const attributes = [id, source, type];
    if (attributes.some((one) => typeof one !== 'string' || one === '')) {
      return { ok: false, detail: 'It needs the attributes id, source and type.' };
    }
    if (event.specversion !== '1.0') return { ok: false, detail: 'It is no CloudEvents 1.0.' };
    const [subjectText, timeText] = [subject, time].map((one) =>
      typeof one === 'string' ? one : '',
    );
    return {
      ok: true,
      ...{ id, source, type },
      subject: subjectText ?? '',
      time: timeText ?? '',
      data: { value: data ?? null, isPlain: isPlainText(text) },
    };
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 200) : 'it cannot be read';
    return { ok: false, detail: `It is no CloudEvent: ${why}.` };
  }
}

const single = (headers: WebhookRequest['headers']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );
