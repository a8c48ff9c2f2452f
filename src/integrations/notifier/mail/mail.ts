import nodemailer from 'nodemailer';
import type { Receiver } from '../../../contract/kinds/channel.ts';
import type { Json } from '../../../platform/ids/types.ts';
import type { ReadSecret } from '../../../platform/secrets/types.ts';
import { notTaken, refused, withSecrets } from '../answers.ts';
import { excerpt } from '../http.ts';
import type { Delivered, Delivery, Notifier } from '../port.ts';
import { mailText, subjectLine } from './text.ts';

/** The first mail of a thread: others answer it, with its subject, as mail programs thread by both. */
type Ref = { readonly id: string; readonly subject: string };

/**
 * Mail by SMTP (RFC 5321). One thread per subject: the Message-ID is made from the delivery, so that a repeat is the same
 * mail, and later ones name the first in In-Reply-To and References (RFC 5322 §3.6.4). A password never goes over a line
 * that is not encrypted, but to this host itself.
 */
export function mailNotifier(): Notifier<'mail'> {
  return {
    kind: 'mail',
    deliver: (receiver, delivery, { secret, signal }) =>
      withSecrets(async () => {
        const transport = nodemailer.createTransport(await settingsOf(receiver, secret));
        const stop = () => transport.close();
        signal.addEventListener('abort', stop, { once: true });
        const mail = mailOf(receiver, delivery);
        try {
          await transport.sendMail(mail.message);
          return { ok: true, ref: mail.ref };
        } catch (error) {
          return read(error, receiver);
        } finally {
          signal.removeEventListener('abort', stop);
          transport.close();
        }
      }),
  };
}

/** Milliseconds. */
const patience = 10_000;

async function settingsOf({ smtp }: Receiver<'mail'>, secret: ReadSecret) {
  const { host, port, secure, user, password } = smtp;
  const pass = password === undefined ? null : await secret(password);
  const isHere = host === 'localhost' || host === '::1' || /^127\./.test(host);
  return {
    host,
    port,
    secure,
    requireTLS: !secure && pass !== null && !isHere,
    ...(user !== undefined && pass !== null ? { auth: { user, pass } } : {}),
    connectionTimeout: patience,
    greetingTimeout: patience,
    socketTimeout: patience,
    dnsTimeout: patience,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function mailOf({ to, from }: Receiver<'mail'>, { id, act, ref, notice }: Delivery) {
  const domain = from.split('@')[1] ?? 'tidegate';
  const messageId = `<${id}@${domain}>`;
  const first = act === 'post' ? null : refOf(ref);
  const message = {
    from,
    to: [...to],
    subject: first === null ? subjectLine(notice) : `Re: ${first.subject}`,
    text: mailText(notice),
    messageId,
    ...(first === null ? {} : { inReplyTo: first.id, references: first.id }),
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
  return { message, ref: first ?? { id: messageId, subject: subjectLine(notice) } };
}

function refOf(ref: Json): Ref | null {
  if (typeof ref !== 'object' || ref === null || Array.isArray(ref)) return null;
  const { id, subject } = ref as { readonly [field: string]: Json };
  return typeof id === 'string' && typeof subject === 'string' ? { id, subject } : null;
}

/** Replies of the server that say that this one mail is not to be had: its size, its content. */
const badMessage = [523, 552, 554];

/** 4yz may pass by itself, 5yz does not: RFC 5321 §4.2.1. */
function read(error: unknown, { smtp }: Receiver<'mail'>): Delivered {
  const { code, responseCode, message } = factsOf(error);
  const detail = `${smtp.host} refused: ${excerpt(message)}`;
  if (code === 'EAUTH' && !(responseCode >= 400 && responseCode < 500)) {
    return refused(detail, 'receiver');
  }
  if (responseCode >= 500) {
    return refused(detail, badMessage.includes(responseCode) ? 'message' : 'receiver');
  }
  const reason = responseCode > 0 ? `it answered ${responseCode}` : code || excerpt(message);
  return notTaken(`${smtp.host} did not take it: ${reason}.`);
}

function factsOf(error: unknown) {
  const facts = error instanceof Error ? error : new Error(String(error));
  const code = 'code' in facts && typeof facts.code === 'string' ? facts.code : '';
  const number =
    'responseCode' in facts && typeof facts.responseCode === 'number' ? facts.responseCode : 0;
  return { code, responseCode: number, message: facts.message };
}
