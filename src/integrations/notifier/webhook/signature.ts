import { createHmac, timingSafeEqual } from 'node:crypto';

/** HMAC-SHA256 over `TIMESTAMP.BODY`, hex: a body cannot be changed, and cannot be sent again at another time. */
export function signatureOf(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

/** What a receiver does: the signature fits, and its time stamp (Unix seconds) is at most `tolerance` seconds away. */
export function isGenuine(
  ask: {
    readonly secret: string;
    readonly timestamp: string;
    readonly body: string;
    readonly signature: string;
  },
  now: number,
  tolerance = 300,
): boolean {
  const expected = Buffer.from(signatureOf(ask.secret, ask.timestamp, ask.body));
  const given = Buffer.from(ask.signature);
  const age = Math.abs(now / 1000 - Number(ask.timestamp));
  return age <= tolerance && given.length === expected.length && timingSafeEqual(given, expected);
}
