import { Agent, request } from 'undici';
import type { Json } from '../../platform/ids/types.ts';

export type PostRequest = {
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
  readonly signal: AbortSignal;
};

export type PostAnswer =
  | {
      readonly ok: true;
      readonly status: number;
      readonly text: string;
      /** Milliseconds of Retry-After, seconds or a date (RFC 9110 §10.2.3); null without one. */
      readonly retryAfter: number | null;
    }
  | { readonly ok: false; readonly reason: string };

/** Milliseconds that one delivery may take, and bytes of an answer that are read. */
const patience = 10_000;
const largest = 65_536;

/** Connections of their own, kept: a receiver that hangs holds up no other. */
const agent = new Agent({
  connections: 4,
  connect: { timeout: 5_000 },
  headersTimeout: patience,
  bodyTimeout: patience,
});

/**
 * Posts JSON once. Redirects are not followed: what is told is for the address that was declared. The reason of a failure
 * names the host and no more, since an address may be a secret.
 */
export async function post(ask: PostRequest, now: number): Promise<PostAnswer> {
  const signal = AbortSignal.any([ask.signal, AbortSignal.timeout(patience)]);
  try {
    const { statusCode, headers, body } = await request(ask.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', ...ask.headers },
      body: ask.body,
      signal,
      dispatcher: agent,
    });
    const text = await readSome(body);
    return { ok: true, status: statusCode, text, retryAfter: afterOf(headers['retry-after'], now) };
  } catch (error) {
    return { ok: false, reason: `${hostOf(ask.url)} did not answer: ${reasonOf(error, signal)}` };
  }
}

export function hostOf(url: string): string {
  return URL.parse(url)?.host ?? 'the address';
}

/** An answer as JSON; null when it is none. */
export function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

/** What an answer says, on one line, shortened. */
export const excerpt = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 200);

async function readSome(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    chunks.push(chunk);
    if (size > largest) break;
  }
  return Buffer.concat(chunks).toString('utf8').slice(0, largest);
}

function afterOf(header: string | string[] | undefined, now: number): number | null {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) return null;
  const wait = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), 3_600_000) : null;
}

function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'it took too long';
  if (!(error instanceof Error)) return 'unknown';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return code || error.name;
}
