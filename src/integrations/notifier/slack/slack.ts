import type { Json } from '../../../platform/ids/types.ts';
import { notTaken, refused, tooFast, withSecrets } from '../answers.ts';
import { excerpt, jsonOf, type PostAnswer, post } from '../http.ts';
import type { Delivered, Delivery, Notifier } from '../port.ts';
import { fallbackText, noticeBlocks, threadBlocks } from './blocks.ts';

/** Where a message is: `ts` names it within its conversation. */
type Ref = { readonly channel: string; readonly ts: string };

/**
 * Slack by its Web API. `chat.postMessage` posts and answers with the `ts` by which `chat.update` edits the same message;
 * details go into its thread. Posting has no idempotency key at Slack: a worker that dies between the answer and its row
 * posts again; an edit is the same however often it is made.
 *
 * https://docs.slack.dev/reference/methods/chat.postMessage, https://docs.slack.dev/reference/methods/chat.update,
 * https://docs.slack.dev/apis/web-api/rate-limits (429 with Retry-After in seconds; one message a second a channel).
 */
export function slackNotifier(): Notifier<'slack'> {
  return {
    kind: 'slack',
    deliver: (receiver, delivery, { secret, signal, now }) =>
      withSecrets(async () => {
        const token = await secret(receiver.token);
        const { method, body } = callFor(receiver.channel, delivery);
        const answer = await post(
          {
            url: `${receiver.api.replace(/\/+$/, '')}/${method}`,
            headers: { authorization: `Bearer ${token.replace(/[^\x21-\x7e]/g, '')}` },
            body: JSON.stringify(body),
            signal,
          },
          now(),
        );
        return read(answer, delivery);
      }),
  };
}

function callFor(channel: string, { act, ref, notice }: Delivery) {
  const known = refOf(ref);
  const text = fallbackText(notice);
  const quiet = { unfurl_links: false, unfurl_media: false };
  if (known && act === 'edit') {
    const blocks = noticeBlocks(notice);
    return { method: 'chat.update', body: { channel: known.channel, ts: known.ts, text, blocks } };
  }
  if (known && act === 'reply') {
    const blocks = threadBlocks(notice);
    const body = { channel: known.channel, thread_ts: known.ts, text, blocks, ...quiet };
    return { method: 'chat.postMessage', body };
  }
  const blocks = noticeBlocks(notice);
  return { method: 'chat.postMessage', body: { channel, text, blocks, ...quiet } };
}

const passing = ['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout'];
const limited = ['ratelimited', 'rate_limited', 'message_limit_exceeded'];
const goneErrors = [
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
  'thread_not_found',
  'cannot_reply_to_message',
];
/** The message is at fault, and not the token or the conversation. */
const badMessage =
  /^(msg_too_long|no_text|invalid_(blocks|blocks_format|arguments|metadata.*)|msg_blocks_too_long|too_many_attachments|markdown_text_conflict)$/;

function read(answer: PostAnswer, { act, ref }: Delivery): Delivered {
  if (!answer.ok) return notTaken(answer.reason);
  const { status, text, retryAfter } = answer;
  if (status === 429) return tooFast('Slack answered with status 429.', retryAfter);
  if (status >= 500) return notTaken(`Slack answered with status ${status}.`, retryAfter);
  const said = fieldsOf(jsonOf(text));
  if (status === 200 && said.ok === true) return { ok: true, ref: refAfter(said, act, ref) };
  const error = typeof said.error === 'string' ? said.error : '';
  if (limited.includes(error)) return tooFast(`Slack said ${error}.`, retryAfter);
  if (passing.includes(error)) return notTaken(`Slack said ${error}.`, retryAfter);
  const detail = `Slack said ${error || `status ${status}: ${excerpt(text)}`}${reasons(said)}.`;
  if (act !== 'post' && goneErrors.includes(error)) {
    return { ...refused(detail, 'message'), gone: true };
  }
  return refused(detail, badMessage.test(error) ? 'message' : 'receiver');
}

/** Replies have a `ts` of their own; the thread's is what is kept. */
function refAfter(said: Fields, act: Delivery['act'], ref: Json): Json {
  if (act === 'reply' || act === 'edit') return ref;
  return typeof said.ts === 'string' && typeof said.channel === 'string'
    ? { channel: said.channel, ts: said.ts }
    : null;
}

/** `response_metadata.messages` says which block is wrong and why. */
function reasons(said: Fields): string {
  const { messages } = fieldsOf(said.response_metadata ?? null);
  return Array.isArray(messages) ? ` (${excerpt(messages.join('; '))})` : '';
}

function refOf(ref: Json): Ref | null {
  const { channel, ts } = fieldsOf(ref);
  return typeof channel === 'string' && typeof ts === 'string' ? { channel, ts } : null;
}

type Fields = { readonly [field: string]: Json };

const fieldsOf = (json: Json): Fields =>
  typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Fields) : {};
