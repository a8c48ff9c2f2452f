import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { expect, test } from 'vitest';
import { notifierContract } from '../contract.ts';
import { contextWith, deliveryOf } from '../notice.fixture.ts';
import { mailNotifier } from './mail.ts';

type Refusal = { readonly responseCode: number };

/** A real SMTP server that wants a login, at most 100 KB, and lines as RFC 5322 allows them (998 characters). */
async function mailServer() {
  const state: { refuse: Refusal | null } = { refuse: null };
  const mails: string[] = [];
  const no = (responseCode: number) =>
    Object.assign(new Error(`refused ${responseCode}`), { responseCode });
  const server = new SMTPServer({
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    size: 100_000,
    closeTimeout: 500,
    onAuth: ({ username, password }, _session, done) =>
      username === 'tidegate' && password === 'mail-secret'
        ? done(null, { user: username })
        : done(no(535)),
    onMailFrom: (_address, _session, done) =>
      done(state.refuse ? no(state.refuse.responseCode) : null),
    onData: (stream, _session, done) => {
      void text(stream).then((mail) => {
        if (stream.sizeExceeded) return done(no(552));
        if (mail.split('\r\n').some((line) => Buffer.byteLength(line) > 998)) return done(no(554));
        mails.push(mail);
        return done();
      });
    },
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  const stop = async () => {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { port: address.port, mails, state, stop };
}

const receiverAt = (port: number) => ({
  to: ['team@example.com', 'boss@example.com'],
  from: 'tidegate@example.com',
  smtp: {
    host: '127.0.0.1',
    port,
    secure: false,
    user: 'tidegate',
    password: { env: 'TIDEGATE_SECRET_SMTP' },
  },
});
const context = (secret = 'mail-secret') => contextWith(async () => secret);

notifierContract('mail', async () => {
  const server = await mailServer();
  return {
    notifier: mailNotifier(),
    receiver: receiverAt(server.port),
    secrets: { TIDEGATE_SECRET_SMTP: 'mail-secret' },
    silent: { receiver: receiverAt(9) },
    limit: null,
    break: () => {
      server.state.refuse = { responseCode: 451 };
    },
    taken: () => server.mails.length,
    end: server.stop,
  };
});

const header = (mail: string | undefined, name: string) =>
  new RegExp(`^${name}: (.*(?:\\r\\n[ \\t].*)*)$`, 'im')
    .exec(mail ?? '')?.[1]
    ?.replace(/\r\n\s+/g, ' ');

test('one thread: later mails answer the first, under its subject', async () => {
  const server = await mailServer();
  const mail = mailNotifier();
  const receiver = receiverAt(server.port);
  const first = await mail.deliver(receiver, deliveryOf('post'), context());
  const ref = first.ok ? first.ref : null;
  const later = deliveryOf('reply', ref, { title: 'r-1 was rolled back' }, 'payments.k1.8.0');
  expect(await mail.deliver(receiver, later, context())).toEqual({ ok: true, ref });
  const [one, other] = server.mails;
  expect(header(one, 'Message-ID')).toBe('<payments.k1.7.0@example.com>');
  expect(header(other, 'In-Reply-To')).toBe('<payments.k1.7.0@example.com>');
  expect(header(other, 'References')).toBe('<payments.k1.7.0@example.com>');
  expect(header(other, 'Message-ID')).toBe('<payments.k1.8.0@example.com>');
  expect(header(one, 'To')).toBe('team@example.com, boss@example.com');
  expect(header(one, 'Auto-Submitted')).toBe('auto-generated');
  expect(header(other, 'Subject')).toMatch(/^Re: |=\?UTF-8/);
  await server.stop();
});

test('words of others end no header and no command', async () => {
  const server = await mailServer();
  const title = 'r-1\r\nBcc: evil@example.com\r\n\r\n.\r\nMAIL FROM:<x@y>';
  await mailNotifier().deliver(
    receiverAt(server.port),
    deliveryOf('post', null, { title, text: 'before\r\n.\r\nafter' }),
    context(),
  );
  expect(server.mails).toHaveLength(1);
  expect(header(server.mails[0], 'Bcc')).toBeUndefined();
  expect(server.mails[0]).toContain('after');
  await server.stop();
});

test.each([
  [421, 'TG1951', 'receiver'],
  [550, 'TG1953', 'receiver'],
  [552, 'TG1953', 'message'],
])('reply %i is %s', async (responseCode, code, blame) => {
  const server = await mailServer();
  server.state.refuse = { responseCode };
  const answer = await mailNotifier().deliver(receiverAt(server.port), deliveryOf(), context());
  expect(answer).toMatchObject({ ok: false, blame, problem: { code } });
  await server.stop();
});

test('a wrong password is said, and never goes out where it could be read', async () => {
  const server = await mailServer();
  const answer = await mailNotifier().deliver(receiverAt(server.port), deliveryOf(), context('no'));
  expect(answer).toMatchObject({ ok: false, blame: 'receiver', problem: { code: 'TG1953' } });
  // Not this host itself, as far as the address says: without STARTTLS the login is not tried.
  const open = receiverAt(server.port);
  const elsewhere = { ...open, smtp: { ...open.smtp, host: '0.0.0.0' } };
  const refused = await mailNotifier().deliver(elsewhere, deliveryOf(), context());
  expect(refused).toMatchObject({ ok: false });
  expect(server.mails).toEqual([]);
  await server.stop();
});
