import { request } from 'undici';
import {
  type Problem,
  type ProblemDetail,
  ProblemError,
  problem,
} from '../../platform/errors/problem.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { ReadSecret, SecretRef } from '../../platform/secrets/types.ts';
import { createMasker } from '../../platform/text/mask.ts';
import type { MetricAnswer } from './port.ts';

export type TextRequest = {
  readonly url: URL;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body?: string;
  /** Values that no problem may show, even where the other side repeats them. */
  readonly secrets?: readonly string[];
  /** Whether a refusal says no more than "not now"; 429 and 5xx always do. */
  readonly isBusy?: (status: number, said: string) => boolean;
};
export type JsonRequest = TextRequest;

type Failed = { readonly ok: false; readonly problem: Problem };
export type TextAnswer = { readonly ok: true; readonly text: string } | Failed;
export type JsonAnswer = { readonly ok: true; readonly json: Json } | Failed;

/** Bytes of an answer, and levels of nesting in it. */
const largest = 1_048_576;
const deepest = 64;

/**
 * Asks once and reads a text. Redirects are not followed: an answer from elsewhere is not what was declared, and what it
 * was asked with is not for elsewhere. A status other than 2xx or a body over 1 MiB is a problem (TG1401, TG1402), whose
 * `data.transient` says that to ask again may help, and `data.retryAfter` when (milliseconds, or null).
 */
export async function askText(ask: TextRequest, signal: AbortSignal): Promise<TextAnswer> {
  const hide = hiding(ask.secrets);
  const place = hide(shown(ask.url));
  try {
    const { statusCode, headers, body } = await request(withoutUser(ask.url), {
      method: ask.method,
      headers: headersOf(ask),
      body: ask.body ?? null,
      signal,
    });
    const text = await readBounded(body);
    if (statusCode < 200 || statusCode > 299) {
      const said = text === null || text === '' ? '' : `: ${excerpt(hide(text))}`;
      const isBusy =
        statusCode === 429 || statusCode > 499 || ask.isBusy?.(statusCode, text ?? '') === true;
      return unanswered(`${place} answered with status ${statusCode}${said}`, {
        ...(isBusy ? { data: transient(retryAfter(headers)) } : {}),
        ...(statusCode === 401 || statusCode === 403 ? { hint: keyHint } : {}),
      });
    }
    return text === null ? unusable(`${place} answered with more than 1 MiB`) : { ok: true, text };
  } catch (error) {
    const detail = `${place} did not answer: ${hide(reasonOf(error, signal))}`;
    return unanswered(detail, signal.aborted ? {} : { data: transient(null) });
  }
}

/** As `askText`, and what is not JSON is a problem (TG1402). */
export async function askJson(ask: JsonRequest, signal: AbortSignal): Promise<JsonAnswer> {
  const answer = await askText(ask, signal);
  const hide = hiding(ask.secrets);
  return answer.ok ? parse(answer.text, hide(shown(ask.url)), hide) : answer;
}

const keyHint = 'Check the secret that it is asked with, and what that may read.';

export type SecretValues<K extends string> =
  | { readonly ok: true; readonly values: { readonly [name in K]: string }; readonly all: string[] }
  | Failed;

/**
 * Reads the secrets that a question is asked with; one that is not named is empty. What cannot be read, and what no header
 * can carry, is a problem that shows nothing of it.
 */
export async function readSecrets<K extends string>(
  read: ReadSecret,
  refs: { readonly [name in K]: SecretRef | undefined },
): Promise<SecretValues<K>> {
  const values: Record<string, string> = {};
  for (const [name, ref] of Object.entries<SecretRef | undefined>(refs)) {
    try {
      values[name] = ref === undefined ? '' : (await read(ref)).trim();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return unusable(`${name} cannot be read: ${error.problem.detail}`);
    }
    if (ref !== undefined && !/^[\x20-\x7e]+$/.test(values[name])) {
      return unusable(`${name} is not one line of printable ASCII characters.`);
    }
  }
  const all = Object.values(values).filter((value) => value !== '');
  return { ok: true, values: values as Record<K, string>, all };
}

/** Nothing, a Bearer token, or HTTP Basic with the token as its password. */
export function authorization(
  username: string | undefined,
  token: string,
): readonly { readonly name: string; readonly value: string }[] {
  if (username === undefined && token === '') return [];
  const basic = Buffer.from(`${username}:${token}`).toString('base64');
  const value = username === undefined ? `Bearer ${token}` : `Basic ${basic}`;
  return [{ name: 'authorization', value }];
}

/** What measuring with secrets needs. */
export type SourceDeps = {
  readonly secret: ReadSecret;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
};

/** One number for each series that has any; none at all is no data. */
export const seriesAnswer = (numbers: readonly number[], query: string): MetricAnswer => ({
  ok: true,
  value: numbers.length === 0 ? null : { result: numbers },
  query,
  baseline: null,
});

export const refusal = (detail: string, query = ''): Extract<MetricAnswer, { ok: false }> => ({
  ...unusable(detail),
  query,
});

/** What a vendor says in an answer of status 200 may repeat a secret too; it is taken out before the text is cut. */
export function concealed(answer: MetricAnswer, secrets: readonly string[]): MetricAnswer {
  if (answer.ok) return answer;
  const detail = hiding(secrets)(answer.problem.detail);
  return { ...answer, problem: { ...answer.problem, detail: detail.slice(0, 400) } };
}

/** Numbers as Go writes them: `+Inf`, `-Inf`, `NaN`. */
export function numberOf(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return text.trim() === '' ? Number.NaN : Number(text);
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

function headersOf({ url, headers, body }: TextRequest): Record<string, string> {
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

function parse(text: string, place: string, hide: (text: string) => string): JsonAnswer {
  try {
    const json = JSON.parse(text) as Json;
    if (depthOf(json) > deepest) return unusable(`${place} answered with too deep JSON`);
    return { ok: true, json };
  } catch {
    return unusable(`${place} answered with what is not JSON: ${excerpt(hide(text))}`);
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

function hiding(secrets: readonly string[] = []): (text: string) => string {
  const masker = createMasker();
  for (const secret of secrets) masker.add(secret);
  return masker.mask;
}

/** Milliseconds of Retry-After (RFC 9110 §10.2.3), or of X-RateLimit-Reset, which Datadog gives in seconds; else null. */
function retryAfter(headers: { readonly [name: string]: string | string[] | undefined }) {
  const text = [headers['retry-after'] ?? headers['x-ratelimit-reset']].flat()[0]?.trim();
  if (text === undefined) return null;
  // A date counts from the other side's own clock, which need not go as ours does.
  const from = Date.parse([headers.date].flat()[0] ?? '');
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - from;
  return Number.isFinite(wait) ? Math.max(wait, 0) : null;
}

const transient = (after: number | null) => ({ transient: true, retryAfter: after });

const excerpt = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 200);
const unanswered = (detail: string, more: Partial<ProblemDetail> = {}): Failed => ({
  ok: false,
  problem: problem('TG1401', { detail, ...more }),
});
const unusable = (detail: string): Failed => ({
  ok: false,
  problem: problem('TG1402', { detail }),
});
