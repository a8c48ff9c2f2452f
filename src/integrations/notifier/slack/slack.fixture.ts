import { z } from 'zod';
import { type Reply, type Request, receive } from '../notice.fixture.ts';

const length = (most: number) => z.string().min(1).max(most);
const mrkdwn = (most: number) =>
  z.strictObject({
    type: z.literal('mrkdwn'),
    text: length(most)
      // An ampersand or an angle bracket that is no entity and no link would be read as markup.
      .refine((text) => !/&(?!amp;|lt;|gt;)/.test(text), 'an ampersand is not escaped')
      .refine(
        (text) => !/<(?!https?:\/\/[^<>|]+\|[^<>|]*>)/.test(text),
        'a bracket is not escaped',
      ),
    verbatim: z.boolean().optional(),
  });
const plain = (most: number) =>
  z.strictObject({
    type: z.literal('plain_text'),
    text: length(most),
    emoji: z.boolean().optional(),
  });

/** Blocks as https://docs.slack.dev/reference/block-kit/blocks describes those that are used here, with their limits. */
const block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), text: plain(150) }),
  z
    .strictObject({
      type: z.literal('section'),
      text: mrkdwn(3_000).optional(),
      fields: z.array(mrkdwn(2_000)).min(1).max(10).optional(),
    })
    .refine((one) => one.text !== undefined || one.fields !== undefined, 'text or fields'),
  z.strictObject({ type: z.literal('context'), elements: z.array(mrkdwn(3_000)).min(1).max(10) }),
]);

const message = {
  channel: length(80),
  text: length(40_000),
  blocks: z.array(block).min(1).max(50),
};
const methods: { readonly [method: string]: z.ZodType } = {
  '/api/chat.postMessage': z.strictObject({
    ...message,
    thread_ts: z.string().optional(),
    unfurl_links: z.boolean().optional(),
    unfurl_media: z.boolean().optional(),
  }),
  '/api/chat.update': z.strictObject({ ...message, ts: z.string() }),
};

export type SlackMessage = {
  readonly ts: string;
  text: string;
  blocks: unknown;
  readonly threadTs: string | null;
  edits: number;
};

/** A Web API that takes what Slack would and refuses the rest in its words; one message a second where that is asked for. */
export async function slackServer(options: { readonly limited?: boolean } = {}) {
  const messages: SlackMessage[] = [];
  const state = { limit: false, broken: false, error: '', refused: 0, lastAt: -Infinity };
  const ok = (body: object): Reply => ({
    status: 200,
    body: JSON.stringify({ ok: true, ...body }),
  });
  const no = (error: string, messages: readonly string[] = []): Reply => ({
    status: 200,
    body: JSON.stringify({ ok: false, error, response_metadata: { messages } }),
  });
  const server = await receive((request) => answer(request));

  function answer({ path, headers, json, at }: Request): Reply {
    if (state.broken) return { status: 503, body: 'upstream' };
    if (state.error !== '') return no(state.error);
    // A tenth of a second is what the way here may take.
    const early = options.limited && path.endsWith('postMessage') && at - state.lastAt < 900;
    if (state.limit || early) {
      state.refused += 1;
      return {
        status: 429,
        headers: { 'retry-after': '1' },
        body: '{"ok":false,"error":"ratelimited"}',
      };
    }
    const schema = methods[path];
    if (schema === undefined) return no('unknown_method');
    if (headers.authorization !== 'Bearer xoxb-secret') return no('invalid_auth');
    const parsed = schema.safeParse(json);
    if (!parsed.success)
      return no(
        'invalid_blocks',
        parsed.error.issues.map((one) => `${one.path.join('.')}: ${one.message}`),
      );
    state.lastAt = at;
    return path.endsWith('update') ? update(json) : post(json);
  }

  function post(json: unknown): Reply {
    const { channel, text, blocks, thread_ts } = json as {
      channel: string;
      text: string;
      blocks: unknown;
      thread_ts?: string;
    };
    if (!/^(C0123456789|#payments)$/.test(channel)) return no('channel_not_found');
    if (thread_ts !== undefined && !messages.some((one) => one.ts === thread_ts)) {
      return no('thread_not_found');
    }
    const ts = `1700000000.${String(messages.length).padStart(6, '0')}`;
    messages.push({ ts, text, blocks, threadTs: thread_ts ?? null, edits: 0 });
    return ok({ channel: 'C0123456789', ts, message: {} });
  }

  function update(json: unknown): Reply {
    const { ts, channel, text, blocks } = json as SlackMessage & { channel: string };
    const found = messages.find((one) => one.ts === ts);
    // Unlike posting, editing needs the id of the conversation.
    if (channel !== 'C0123456789') return no('channel_not_found');
    if (!found) return no('message_not_found');
    Object.assign(found, { text, blocks, edits: found.edits + 1 });
    return ok({ channel, ts, text });
  }

  return { ...server, state, messages };
}
