import { expect, test } from 'vitest';
import { z } from 'zod';
import { notifierContract } from '../contract.ts';
import { contextWith, deliveryOf, noticeOf, type Reply, receive } from '../notice.fixture.ts';
import { dedupKey, pagerdutyNotifier } from './pagerduty.ts';

const key = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';

/** https://developer.pagerduty.com/docs/send-alert-event */
const same = { routing_key: z.literal(key), dedup_key: z.string().min(1).max(255) };
const schema = z.discriminatedUnion('event_action', [
  z.strictObject({ ...same, event_action: z.literal('acknowledge') }),
  z.strictObject({ ...same, event_action: z.literal('resolve') }),
  z.strictObject({
    ...same,
    event_action: z.literal('trigger'),
    client: z.string().optional(),
    client_url: z.string().optional(),
    links: z.array(z.strictObject({ href: z.string(), text: z.string().optional() })).optional(),
    payload: z.strictObject({
      summary: z.string().min(1).max(1_024),
      source: z.string().min(1),
      severity: z.enum(['critical', 'error', 'warning', 'info']),
      timestamp: z.iso.datetime(),
      component: z.string().optional(),
      group: z.string().optional(),
      class: z.string().optional(),
      custom_details: z.record(z.string(), z.json()),
    }),
  }),
]);
type Sent = z.output<typeof schema>;

/** Keeps alerts by dedup_key as PagerDuty does: a trigger on an open one adds to it; on a resolved one it opens another. */
async function pagerdutyServer() {
  const state = { limit: false, broken: false };
  const alerts = new Map<string, 'triggered' | 'acknowledged' | 'resolved'>();
  const taken: Sent[] = [];
  const server = await receive(({ path, json, body }): Reply => {
    if (state.broken) return { status: 500 };
    if (state.limit) return { status: 429 };
    const no = (errors: readonly string[]): Reply => ({
      status: 400,
      body: JSON.stringify({ status: 'invalid event', message: 'Event object is invalid', errors }),
    });
    if (path !== '/v2/enqueue') return { status: 404 };
    if (Buffer.byteLength(body) > 512 * 1024) return { status: 413 };
    const parsed = schema.safeParse(json);
    if (!parsed.success) {
      return no(parsed.error.issues.map((one) => `'${one.path.join('.')}' ${one.message}`));
    }
    const { dedup_key, event_action } = parsed.data;
    const known = alerts.get(dedup_key);
    taken.push(parsed.data);
    if (event_action === 'trigger')
      alerts.set(dedup_key, known === 'acknowledged' ? known : 'triggered');
    else if (known && known !== 'resolved') {
      alerts.set(dedup_key, event_action === 'resolve' ? 'resolved' : 'acknowledged');
    }
    const said = { status: 'success', message: 'Event processed', dedup_key };
    return { status: 202, body: JSON.stringify(said) };
  });
  return { ...server, state, alerts, taken };
}

const routingKey = { env: 'TIDEGATE_SECRET_PD' };

notifierContract('pagerduty', async () => {
  const server = await pagerdutyServer();
  return {
    notifier: pagerdutyNotifier(),
    receiver: { routingKey, api: server.url },
    secrets: { TIDEGATE_SECRET_PD: key },
    silent: { receiver: { routingKey, api: 'http://127.0.0.1:9' } },
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

test('an alarm is raised, taken on and resolved under one key; a repeat opens no other', async () => {
  const server = await pagerdutyServer();
  const receiver = { routingKey, api: `${server.url}/` };
  const send = (act: 'raise' | 'acknowledge' | 'resolve') =>
    pagerdutyNotifier().deliver(
      receiver,
      deliveryOf(act),
      contextWith(async () => key),
    );
  await send('raise');
  await send('raise');
  expect([...server.alerts.values()]).toEqual(['triggered']);
  await send('acknowledge');
  expect([...server.alerts.values()]).toEqual(['acknowledged']);
  await send('resolve');
  expect([...server.alerts]).toEqual([['tidegate/payments/rollout/ro-1', 'resolved']]);
  expect(server.taken[0]).toMatchObject({
    payload: { severity: 'info', component: 'checkout', group: 'production' },
    client_url: 'https://tidegate.example/rollouts/ro-1',
  });
  await server.stop();
});

test('a wrong key is the fault of the channel, a wrong event that of the message; 429 waits minutes', async () => {
  const server = await pagerdutyServer();
  const receiver = { routingKey, api: server.url };
  const send = (secret: string, severity = 'info') => {
    const delivery = deliveryOf('raise', null, { severity: severity as 'info' });
    return pagerdutyNotifier().deliver(
      receiver,
      delivery,
      contextWith(async () => secret),
    );
  };
  expect(await send('short')).toMatchObject({ ok: false, blame: 'receiver' });
  expect(await send(key, 'mild')).toMatchObject({ ok: false, blame: 'message' });
  server.state.limit = true;
  expect(await send(key)).toMatchObject({ ok: false, retryAfter: 120_000 });
  await server.stop();
});

test('long subjects have keys of their own, within the limit', () => {
  const keys = ['a', 'b'].map((end) =>
    dedupKey(noticeOf({ subject: `document/${'x'.repeat(400)}${end}` })),
  );
  expect(new Set(keys).size).toBe(2);
  for (const one of keys) expect(one.length).toBeLessThanOrEqual(255);
});
