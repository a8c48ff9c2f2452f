import { afterEach, expect, test } from 'vitest';
import { tooFast } from '../../integrations/notifier/answers.ts';
import { fakeNotifier } from '../../integrations/notifier/fake.ts';
import type { Delivery, Notifier } from '../../integrations/notifier/port.ts';
import { slackServer } from '../../integrations/notifier/slack/slack.fixture.ts';
import { slackNotifier } from '../../integrations/notifier/slack/slack.ts';
import { startWorld, until, type World } from './notifications.fixture.ts';
import { leaveMessage } from './operations.ts';

const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});
async function begin(...given: Parameters<typeof startWorld>): Promise<World> {
  const world = await startWorld(...given);
  started.push(world.stop);
  return world;
}
const noticesOf = ({ notice, more }: Delivery) => [notice, ...more];
const webhook = { webhook: { url: 'http://127.0.0.1', secret: { env: 'TIDEGATE_SECRET_HOOK' } } };

test('a rollout is one message, edited to its end, with details in the thread; the limit holds', async () => {
  const server = await slackServer({ limited: true });
  started.push(server.stop);
  const world = await begin([slackNotifier()]);
  await world.tell('ro-old', ['opened']);
  const token = { env: 'TIDEGATE_SECRET_SLACK' };
  const slack = { token, channel: 'C0123456789', api: `${server.url}/api` };
  await world.declare('payments', { slack });
  await world.tell('ro-1', ['opened', 'step', 'weight', 'told']);
  await until(() => server.messages[0] ?? null);
  await world.tell('ro-1', ['paused'], { because: 'Waiting for 1 of 1 approvals from ada.' });
  await world.tell('ro-1', ['approveRequested'], { actor: 'user:ada' });
  await world.tell('ro-1', ['succeeded']);
  await until(async () =>
    Object.keys((await world.state('payments')).subjects).length === 0 ? true : null,
  );
  const roots = server.messages.filter((one) => one.threadTs === null);
  expect(roots).toHaveLength(1);
  expect(roots[0]?.text).toBe('checkout → production: rollout.succeeded');
  expect(roots[0]?.edits).toBeGreaterThan(0);
  const thread = server.messages.filter((one) => one.threadTs === roots[0]?.ts);
  const said = JSON.stringify(thread);
  for (const type of ['step', 'weight', 'told', 'paused', 'approveRequested', 'succeeded'])
    expect(said).toContain(`rollout.${type}`);
  expect(said).not.toContain('ro-old');
  expect(server.state.refused).toBe(0);
});

test('a worker that dies loses nothing, and what was sent already is sent under the same name', async () => {
  const fake = fakeNotifier('webhook');
  const world = await begin([fake]);
  await world.declare('hook', webhook);
  const types = ['opened', 'step', 'weight', 'wave', 'soaking', 'succeeded'];
  for (let n = 0; n < 30; n += 1) {
    await world.tell(`ro-${n}`, types);
    if (n % 10 === 5) await world.restart();
  }
  const told = () => fake.taken.flatMap(noticesOf).flatMap((one) => one.events);
  await until(() => (told().length >= 180 ? true : null));
  expect(told()).toHaveLength(180);
  expect(new Set(told().map((one) => one.id)).size).toBe(180);
  for (let n = 0; n < 30; n += 1) {
    const own = told().filter((one) => one.object === `rollout/ro-${n}`);
    expect(own.map((one) => one.type)).toEqual(types.map((type) => `rollout.${type}`));
  }
});

test('a broken channel says so, holds up no other, and goes on from where it was', async () => {
  const broken = fakeNotifier('webhook');
  const well = fakeNotifier('teams');
  const world = await begin([broken, well]);
  broken.set(tooFast('Nothing now.', null));
  await world.declare('broken', { webhook: webhook.webhook });
  await world.declare('well', { teams: { url: { env: 'TIDEGATE_SECRET_HOOK' } } });
  for (let n = 0; n < 40; n += 1) await world.tell(`ro-${n}`, ['opened', 'succeeded']);
  await until(() => (well.taken.length > 0 ? true : null));
  await until(async () => ((await world.because('broken')).includes('Nothing now.') ? true : null));
  expect(broken.taken).toEqual([]);
  broken.set(null);
  await until(() =>
    broken.taken.flatMap(noticesOf).flatMap((one) => one.events).length === 80 ? true : null,
  );
  await until(async () => ((await world.state('broken')).failures === 0 ? true : null));
});

test('a message that was left is told once, and of no channel it is false', async () => {
  const fake = fakeNotifier('slack');
  const world = await begin([fake]);
  const token = { env: 'TIDEGATE_SECRET_SLACK' };
  await world.declare('payments', { slack: { token, channel: 'C1' }, applications: ['other'] });
  const message = {
    channel: 'payments',
    key: 'run-1/notify#1/payments',
    severity: 'warning' as const,
    text: 'Smoke tests are slow.\nLook at them.',
    application: 'checkout',
    environment: null,
    run: 'run-1',
    actor: 'user:ada',
  };
  const leave = (over: Partial<typeof message> = {}) =>
    world.db.transaction((tx) => leaveMessage(tx, { ...message, ...over }));
  expect([await leave(), await leave(), await leave({ channel: 'none' })]).toEqual([
    true,
    true,
    false,
  ]);
  await leave({ key: 'another' });
  await until(() => (fake.taken.length >= 2 ? true : null));
  expect(fake.taken.map((one) => one.notice)).toMatchObject([
    {
      title: 'Smoke tests are slow.',
      severity: 'warning',
      links: [{ url: 'https://tidegate.example/runs/run-1' }],
    },
    { subject: 'message/another' },
  ]);
});

test('a channel that is removed is silent, and one of its name begins anew', async () => {
  const fake = fakeNotifier('webhook');
  const world = await begin([fake]);
  await world.declare('hook', webhook);
  await world.remove('hook');
  await until(async () => ((await world.state('hook')).cursor === null ? true : null));
  await world.tell('ro-1', ['opened']);
  await world.declare('hook', webhook);
  await world.tell('ro-2', ['opened']);
  await until(() => (fake.taken.length > 0 ? true : null));
  expect(fake.taken.map((one) => one.notice.subject)).toEqual(['rollout/ro-2']);
});

test('what an older transaction holds up is told when it is over, in order', async () => {
  const fake = fakeNotifier('webhook');
  const world = await begin([fake]);
  await world.declare('hook', webhook);
  await world.db.transaction(async (tx) => {
    await tx.query(`select pg_current_xact_id()`);
    await world.tell('ro-1', ['opened']);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(fake.taken).toEqual([]);
  });
  await until(() => (fake.taken.length > 0 ? true : null));
  expect(fake.taken[0]?.notice.events.map((one) => one.type)).toEqual(['rollout.opened']);
});

test('receivers that never answer hold up neither other channels nor other effects', async () => {
  const silent: Notifier<'webhook'> = {
    kind: 'webhook',
    deliver: (_receiver, _delivery, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
  };
  const well = fakeNotifier('teams');
  const world = await begin([silent, well]);
  for (let n = 0; n < 12; n += 1) await world.declare(`silent-${n}`, webhook);
  await world.declare('well', { teams: { url: { env: 'TIDEGATE_SECRET_HOOK' } } });
  await world.tell('ro-1', ['opened']);
  await until(() => (well.taken.length > 0 ? true : null));
  await world.tell('ro-1', ['succeeded']);
  await until(() => (well.taken.length > 1 ? true : null));
  const open = await world.db.query('select 1 from effects where done_at is null');
  expect(open.length).toBeGreaterThanOrEqual(12);
});
