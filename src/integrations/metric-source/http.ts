import { request } from 'undici';
import { type Problem, problem } from '../../platform/errors/problem.ts';
import type { Json } from '../../platform/ids/types.ts';

export type JsonRequest = {
  readonly url: URL;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body?: string;
};

export type JsonAnswer =
  | { readonly ok: true; readonly json: Json }
  | { readonly ok: false; readonly problem: Problem };

/** Bytes of an answer, and levels of nesting in it. */
const largest = 1_048_576;
const deepest = 64;

/**
 * Asks once and reads JSON. Redirects are not followed: an answer from elsewhere is not what was declared. A status
 * other than 2xx, a body over 1 MiB or what is not JSON is a problem (TG1401, TG1402).
 */
export async function askJson(ask: JsonRequest, signal: AbortSignal): Promise<JsonAnswer> {
  const place = shown(ask.url);
  try {
    const { statusCode, body } = await request(withoutUser(ask.url), {
      method: ask.method,
      headers: headersOf(ask),
      body: ask.body ?? null,
      signal,
    });
    const text = await readBounded(body);
    if (statusCode < 200 || statusCode > 299) {
      const said = text === null ? '' : `: ${excerpt(text)}`;
      return unanswered(`${place} answered with status ${statusCode}${said}`);
    }
    return text === null ? unusable(`${place} answered with more than 1 MiB`) : parse(text, place);
  } catch (error) {
    return unanswered(`${place} did not answer: ${reasonOf(error, signal)}`);
  }
}

/** An http or https address, or why it is none. */
export function parseAddress(
  text: string,
): { readonly ok: true; readonly url: URL } | { readonly ok: false; readonly problem: Problem } {
  const url = URL.parse(text);
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return { ok: true, url };
  const detail = `"${text.slice(0, 200)}" is not an http or https address.`;
  return { ok: false, problem: problem('TG1402', { detail }) };
}

/** The address as it may be stored and read: without a password. */
export function shown(url: URL): string {
  const copy = new URL(url);
  if (copy.password !== '') copy.password = '***';
  return copy.href;
}

function withoutUser(url: URL): URL {
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  return copy;
}

function headersOf({ url, headers, body }: JsonRequest): Record<string, string> {
  const all: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) all['content-type'] = 'application/json';
  if (url.username !== '' || url.password !== '') {
    const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    all.authorization = `Basic ${Buffer.from(user).toString('base64')}`;
  }
  for (const { name, value } of headers) all[name.toLowerCase()] = value;
  return all;
}

/** Null when it is larger than allowed; the rest is not read. */
async function readBounded(body: AsyncIterable<Buffer>): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > largest) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string, place: string): JsonAnswer {
  try {
    const json = JSON.parse(text) as Json;
    if (depthOf(json) > deepest) return unusable(`${place} answered with too deep JSON`);
    return { ok: true, json };
  } catch {
    return unusable(`${place} answered with what is not JSON: ${excerpt(text)}`);
  }
}

function depthOf(json: Json): number {
  let depth = 0;
  const open: { readonly value: Json; readonly depth: number }[] = [{ value: json, depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    depth = Math.max(depth, next.depth);
    if (depth > deepest) return depth;
    if (typeof next.value !== 'object' || next.value === null) continue;
    for (const part of Object.values(next.value)) open.push({ value: part, depth: next.depth + 1 });
  }
  return depth;
}

function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'it took too long';
  if (!(error instanceof Error)) return 'unknown';
  const causes = error instanceof AggregateError ? error.errors : [error];
  return causes.map((cause) => (cause instanceof Error ? cause.message : '')).join(', ');
}

const excerpt = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 200);
const unanswered = (detail: string): JsonAnswer => ({
  ok: false,
  problem: problem('TG1401', { detail }),
});
const unusable = (detail: string): JsonAnswer => ({
  ok: false,
  problem: problem('TG1402', { detail }),
});
