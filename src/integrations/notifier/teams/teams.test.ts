import { expect, test } from 'vitest';
import { z } from 'zod';
import { notifierContract } from '../contract.ts';
import {
  contextWith,
  deliveryOf,
  monstrousNotice,
  noticeOf,
  type Reply,
  receive,
} from '../notice.fixture.ts';
import { cardMessage } from './card.ts';
import { teamsNotifier } from './teams.ts';

/** Elements of Adaptive Cards 1.4 that are used here: https://adaptivecards.io/explorer. */
const run = z.strictObject({
  type: z.literal('TextRun'),
  text: z.string().min(1),
  size: z.enum(['Default', 'Small', 'Medium', 'Large', 'ExtraLarge']).optional(),
  weight: z.enum(['Default', 'Lighter', 'Bolder']).optional(),
  color: z.enum(['Default', 'Dark', 'Light', 'Accent', 'Good', 'Warning', 'Attention']).optional(),
  fontType: z.enum(['Default', 'Monospace']).optional(),
  isSubtle: z.boolean().optional(),
});
const card = z.strictObject({
  $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
  type: z.literal('AdaptiveCard'),
  version: z.literal('1.4'),
  msteams: z.strictObject({ width: z.literal('Full') }),
  body: z
    .array(z.strictObject({ type: z.literal('RichTextBlock'), inlines: z.array(run).min(1) }))
    .min(1),
  // Action.Submit is not supported for cards of webhooks.
  actions: z
    .array(z.strictObject({ type: z.literal('Action.OpenUrl'), title: z.string(), url: z.url() }))
    .max(6),
});
const message = z.strictObject({
  type: z.literal('message'),
  attachments: z
    .array(
      z.strictObject({
        contentType: z.literal('application/vnd.microsoft.card.adaptive'),
        contentUrl: z.null(),
        content: card,
      }),
    )
    .length(1),
});

/** What an incoming webhook says: `1`, and each fault in the text of an answer. */
async function teamsServer() {
  const state = { limit: false, broken: false, workflow: false, status: 0 };
  const taken: unknown[] = [];
  const server = await receive(({ path, body, json }): Reply => {
    const inBody = (code: number): Reply => ({
      status: 200,
      body: `Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error ${code} with ContextId tcid=1`,
    });
    if (path !== '/webhook/secret-part') return { status: 404, body: 'Not found' };
    if (state.status > 0) return { status: state.status, body: 'no' };
    if (state.broken) return inBody(503);
    if (state.limit) return inBody(429);
    if (Buffer.byteLength(body) > 28 * 1024) return inBody(413);
    if (!message.safeParse(json).success) return inBody(400);
    taken.push(json);
    return state.workflow ? { status: 202 } : { status: 200, body: '1' };
  });
  return { ...server, state, taken };
}

const url = { env: 'TIDEGATE_SECRET_TEAMS' };

notifierContract('teams', async () => {
  const server = await teamsServer();
  return {
    notifier: teamsNotifier(),
    receiver: { url },
    secrets: { TIDEGATE_SECRET_TEAMS: `${server.url}/webhook/secret-part` },
    silent: {
      receiver: { url },
      secrets: { TIDEGATE_SECRET_TEAMS: 'http://127.0.0.1:9/webhook/secret-part' },
    },
    limit: () => {
      server.state.limit = true;
    },
    break: () => {
      server.state.broken = true;
    },
    taken: () => server.taken.length,
    end: server.stop,
  };
});

const sendTo = async (address: string) =>
  await teamsNotifier().deliver(
    { url },
    deliveryOf(),
    contextWith(async () => address),
  );

test('a workflow answers 202, and what is refused says whose fault it is', async () => {
  const server = await teamsServer();
  const address = `${server.url}/webhook/secret-part`;
  server.state.workflow = true;
  expect(await sendTo(address)).toEqual({ ok: true, ref: null });
  expect(await sendTo(`${server.url}/elsewhere`)).toMatchObject({ ok: false, blame: 'receiver' });
  for (const [status, blame] of [
    [400, 'message'],
    [413, 'message'],
    [401, 'receiver'],
    [410, 'receiver'],
  ] as const) {
    server.state.status = status;
    expect(await sendTo(address)).toMatchObject({ ok: false, blame, problem: { code: 'TG1953' } });
  }
  expect(await sendTo('file:///etc/passwd')).toMatchObject({ ok: false, blame: 'receiver' });
  await server.stop();
});

test('a card tells what, where, why, figures, next, link and details', () => {
  const text = cardMessage(noticeOf());
  for (const part of [
    'is rolling out',
    'Environment: ',
    'production',
    '3 failures',
    'Abort: ',
    'step 2',
  ])
    expect(text).toContain(part);
  expect(text).toContain('https://tidegate.example/rollouts/ro-1');
});

test('what is too long is cut to the limit, and not to nothing', () => {
  const text = cardMessage({ ...monstrousNotice(), title: 'Kept', links: [] });
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(28 * 1024);
  expect(Buffer.byteLength(text)).toBeGreaterThan(2_000);
  expect(text).toContain('Kept');
});
