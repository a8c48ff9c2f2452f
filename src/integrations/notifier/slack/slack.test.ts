import { expect, test } from 'vitest';
import { notifierContract } from '../contract.ts';
import { contextWith, deliveryOf, event, monstrousNotice } from '../notice.fixture.ts';
import { noticeBlocks } from './blocks.ts';
import { slackServer } from './slack.fixture.ts';
import { slackNotifier } from './slack.ts';

const token = { env: 'TIDEGATE_SECRET_SLACK' };
const receiverAt = (url: string, channel = 'C0123456789') => ({
  token,
  channel,
  api: `${url}/api`,
});
const context = () => contextWith(async () => 'xoxb-secret');

notifierContract('slack', async () => {
  const server = await slackServer();
  return {
    notifier: slackNotifier(),
    receiver: receiverAt(server.url),
    secrets: { TIDEGATE_SECRET_SLACK: 'xoxb-secret' },
    silent: { receiver: receiverAt('http://127.0.0.1:9') },
    limit: () => {
      server.state.limit = true;
    },
    break: () => {
      server.state.limit = false;
      server.state.broken = true;
    },
    taken: () => server.messages.length,
    end: server.stop,
  };
});

const using = async (run: (server: Awaited<ReturnType<typeof slackServer>>) => Promise<void>) => {
  const server = await slackServer();
  try {
    await run(server);
  } finally {
    await server.stop();
  }
};

test('one message is edited in place, and the details go into its thread', () =>
  using(async ({ url, messages }) => {
    const slack = slackNotifier();
    // Posted by name, edited by the id that Slack answered with.
    const receiver = receiverAt(url, '#payments');
    const first = await slack.deliver(receiver, deliveryOf('post'), context());
    expect(first).toMatchObject({ ok: true, ref: { channel: 'C0123456789', ts: messages[0]?.ts } });
    const ref = first.ok ? first.ref : null;
    const edit = deliveryOf('edit', ref, { title: 'r-1 is live', standing: 'succeeded' });
    expect(await slack.deliver(receiver, edit, context())).toEqual({ ok: true, ref });
    const reply = deliveryOf('reply', ref, { events: [event(7, '40 % & <rising>')] });
    expect(await slack.deliver(receiver, reply, context())).toEqual({ ok: true, ref });
    expect(messages).toMatchObject([
      { text: 'r-1 is live', edits: 1, threadTs: null },
      { threadTs: messages[0]?.ts, edits: 0 },
    ]);
    expect(JSON.stringify(messages[1]?.blocks)).toContain('40 % &amp; &lt;rising&gt;');
  }));

test('a message has what, where, why, figures, next and link', () => {
  const text = JSON.stringify(noticeBlocks(deliveryOf().notice));
  for (const part of [
    'checkout → production: r-1 is rolling out',
    'gets 20 % of the traffic',
    '*Environment*\\nproduction',
    'errors: failed, 3 failures; last: 0.12 &gt; 0.01',
    '`tidegate rollout abort ro-1',
    '<https://tidegate.example/rollouts/ro-1|Rollout>',
  ])
    expect(text).toContain(part);
});

test('nobody is mentioned by the words of others', () => {
  // A header is plain text: Slack reads no markup in it.
  const [header, ...blocks] = noticeBlocks(monstrousNotice());
  expect(header).toMatchObject({ text: { type: 'plain_text' } });
  const text = JSON.stringify(blocks);
  expect(text).toContain('&lt;!channel');
  expect(text).not.toContain('<!channel>');
});

test.each([
  ['message_not_found', 'edit', { gone: true }],
  ['cant_update_message', 'edit', { gone: true }],
  ['thread_not_found', 'reply', { gone: true }],
  ['msg_too_long', 'post', { blame: 'message', problem: { code: 'TG1953' } }],
  ['invalid_blocks', 'post', { blame: 'message' }],
  ['invalid_auth', 'post', { blame: 'receiver', problem: { code: 'TG1953' } }],
  ['channel_not_found', 'post', { blame: 'receiver' }],
  ['not_in_channel', 'edit', { blame: 'receiver' }],
  ['ratelimited', 'post', { problem: { code: 'TG1952' } }],
  ['internal_error', 'post', { problem: { code: 'TG1951' } }],
] as const)('%s to %s', (error, act, expected) =>
  using(async (server) => {
    server.state.error = error;
    const delivery = deliveryOf(act, { channel: 'C0123456789', ts: '1.0' });
    const answer = await slackNotifier().deliver(receiverAt(server.url), delivery, context());
    expect(answer).toMatchObject({ ok: false, ...expected });
    expect(!answer.ok && answer.problem.detail).toContain(error);
  }),
);

test('Retry-After is heeded to the millisecond, in seconds', () =>
  using(async (server) => {
    server.state.limit = true;
    const answer = await slackNotifier().deliver(receiverAt(server.url), deliveryOf(), context());
    expect(answer).toMatchObject({ ok: false, retryAfter: 1_000 });
  }));
