import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Problem, problem } from '../../platform/errors/problem.ts';
import { sha256 } from '../../platform/ids/digest.ts';
import { toStorable } from '../../platform/text/storable.ts';
import type { WebhookRequest } from './port.ts';

type Headers = WebhookRequest['headers'];

/** A header that was sent just once; null otherwise. */
export function headerOf(headers: Headers, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** `sha256=HEX` is the HMAC-SHA256 of the content. Takes the same time wherever it differs. */
export function isSigned(secret: string, content: readonly Uint8Array[], given: string): boolean {
  const hex = /^sha256=([0-9a-f]{64})$/i.exec(given.trim())?.[1];
  if (hex === undefined || secret === '') return false;
  const hmac = createHmac('sha256', secret);
  for (const part of content) hmac.update(part);
  return timingSafeEqual(hmac.digest(), Buffer.from(hex, 'hex'));
}

/** Compares digests, so that not even the length of the secret can be measured. */
export function isSecret(secret: string, given: string): boolean {
  if (secret === '') return false;
  const digest = (text: string) => createHmac('sha256', 'tidegate').update(text).digest();
  return timingSafeEqual(digest(secret), digest(given));
}

/** The token of `Authorization: Bearer TOKEN`, or the password of `Basic`. */
export function authorizationOf(headers: Headers): string | null {
  const [, scheme = '', rest = ''] =
    /^(bearer|basic) +(\S+)$/i.exec(headerOf(headers, 'authorization') ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return rest;
  if (scheme === '') return null;
  const text = Buffer.from(rest, 'base64').toString('utf8');
  const at = text.indexOf(':');
  return at < 0 ? null : text.slice(at + 1);
}

/** Milliseconds that a time stamp may lie in the past, or in the future of a clock that goes wrong. */
const tolerance = 300_000;

/** Whether a signed time stamp in Unix seconds is of about now. */
export function isFresh(timestamp: string, now: Date): boolean {
  return (
    /^\d{1,12}$/.test(timestamp) && Math.abs(now.getTime() - Number(timestamp) * 1000) <= tolerance
  );
}

/**
 * Tidegate's own way to sign: X-Tidegate-Signature is `sha256=` and the HMAC-SHA256 of `TIMESTAMP.BODY` in hex, and
 * X-Tidegate-Timestamp is that time stamp in Unix seconds. Null when all is well.
 */
export function refusalOfSignature(request: WebhookRequest): Problem | null {
  const signature = headerOf(request.headers, 'x-tidegate-signature');
  const timestamp = headerOf(request.headers, 'x-tidegate-timestamp');
  if (signature === null || timestamp === null) {
    return notGenuine('X-Tidegate-Signature and X-Tidegate-Timestamp are needed.');
  }
  const content = [Buffer.from(`${timestamp}.`), request.body];
  if (!isSigned(request.secret, content, signature)) {
    return notGenuine('The signature does not fit the time stamp and the body.');
  }
  if (isFresh(timestamp, request.now)) return null;
  const detail = 'Its time stamp is more than five minutes away from the time of this server.';
  return problem('TG1942', { detail });
}

export const notGenuine = (detail: string): Problem => problem('TG1941', { detail });
export const notUnderstood = (detail: string): Problem => problem('TG1944', { detail });

const longestId = 200;

/** The sender's id of a delivery when it can stand in a row and in a message; else a digest of it, or of the body. */
export function deliveryOf(given: string | null, body: Uint8Array): string {
  const id = given?.trim() ?? '';
  if (/^[\w.:@/+=-]{1,200}$/.test(id)) return id;
  const content = id === '' ? Buffer.from(body).toString('latin1') : id;
  return `sha256:${sha256(content)}`;
}

/** A short text of a sender's as rows take it. */
export const shortText = (text: string): string =>
  toStorable(text.trim()).slice(0, longestId).toWellFormed();
