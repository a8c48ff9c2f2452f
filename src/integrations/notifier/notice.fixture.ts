import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Json } from '../../platform/ids/types.ts';
import type { Act, Delivery, Notice, NotifierContext } from './port.ts';

export const event = (n: number, because = `step ${n}`): Notice['events'][number] => ({
  id: n,
  at: `2026-01-02T03:04:${String(n % 60).padStart(2, '0')}.000Z`,
  type: 'rollout.step',
  actor: 'tidegate',
  application: 'checkout',
  environment: 'production',
  object: 'rollout/ro-1',
  outcome: 'done',
  because,
});

export const noticeOf = (over: Partial<Notice> = {}): Notice => ({
  channel: 'payments',
  subject: 'rollout/ro-1',
  title: 'checkout → production: r-1 is rolling out (20 %)',
  text: 'r-1 is ready and gets 20 % of the traffic.',
  severity: 'info',
  standing: 'open',
  facts: [
    { name: 'Application', value: 'checkout' },
    { name: 'Environment', value: 'production' },
  ],
  figures: ['errors: failed, 3 failures; last: 0.12 > 0.01'],
  next: [{ label: 'Abort', command: 'tidegate rollout abort ro-1 --reason "…"' }],
  links: [{ label: 'Rollout', url: 'https://tidegate.example/rollouts/ro-1' }],
  events: [event(1), event(2)],
  left: 0,
  at: '2026-01-02T03:04:05.000Z',
  ...over,
});

/** A message of the worst that others may write: everything long, of four bytes a character, with markup. */
export const monstrousNotice = (): Notice => {
  const long = '<!channel> & [x](http://evil.example) *_`\u0000\u2028𝔘\ud800'.repeat(400);
  return noticeOf({
    title: long,
    text: long,
    facts: Array.from({ length: 40 }, (_, n) => ({ name: `${n} ${long}`, value: long })),
    figures: Array.from({ length: 40 }, () => long),
    next: Array.from({ length: 40 }, () => ({ label: long, command: long })),
    links: Array.from({ length: 40 }, () => ({ label: long, url: `https://e.example/${long}` })),
    events: Array.from({ length: 200 }, (_, n) => event(n, long)),
    left: 12_345,
  });
};

export const deliveryOf = (
  act: Act = 'post',
  ref: Json = null,
  over: Partial<Notice> = {},
  id = 'payments.k1.7.0',
): Delivery => ({ id, act, ref, notice: noticeOf(over), more: [] });

/** Secrets by name; each variable has the value given here, or is unreadable by the real reader's words. */
export const contextWith = (
  secret: NotifierContext['secret'],
  signal: AbortSignal = AbortSignal.timeout(20_000),
): NotifierContext => ({ secret, signal, now: () => Date.now() });

export type Request = {
  readonly path: string;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly body: string;
  readonly json: Json;
  readonly at: number;
};
export type Reply = {
  readonly status: number;
  readonly body?: string;
  readonly headers?: { readonly [name: string]: string };
};

/** A real HTTP server on loopback. `answer` says what it replies; null never answers. */
export async function receive(answer: (request: Request) => Reply | null) {
  const requests: Request[] = [];
  const server = createServer(async (incoming, reply) => {
    const body = await text(incoming).catch(() => '');
    const request = {
      path: incoming.url ?? '',
      headers: incoming.headers,
      body,
      json: parsed(body),
      at: performance.now(),
    };
    requests.push(request);
    const said = answer(request);
    if (said !== null) reply.writeHead(said.status, { ...said.headers }).end(said.body ?? '');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function parsed(body: string): Json {
  try {
    return JSON.parse(body) as Json;
  } catch {
    return null;
  }
}
