import type { LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import { type Problem, problem } from '../../platform/errors/problem.ts';
import { span } from '../../platform/text/times.ts';
import {
  guardedLookup,
  isRefusedAddress,
  RefusedAddressError,
  refusedAddress,
} from './addresses.ts';

export type OutboundRequest = {
  readonly url: string;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers: { readonly [name: string]: string };
  /** Headers that only the declared host may see: they are left out when a redirect leads elsewhere. */
  readonly confidential: { readonly [name: string]: string };
  readonly body: string | null;
  /** ms, for all of it, redirects and body included. */
  readonly timeout: number;
};

export type OutboundAnswer =
  | {
      readonly ok: true;
      readonly status: number;
      readonly headers: { readonly [name: string]: string };
      readonly text: string;
      /** Where the answer came from in the end, without a password. */
      readonly place: string;
    }
  | { readonly ok: false; readonly problem: Problem };

/** Asks one address; the names of hosts are resolved by `lookup`. */
export type Outbound = (request: OutboundRequest, signal: AbortSignal) => Promise<OutboundAnswer>;

/** Bytes of an answer. */
const largest = 1_048_576;
const mostRedirects = 5;

/**
 * Asks over HTTP, and gives what was answered whatever its status. Redirects are followed for GET and HEAD only: with
 * any other method the work would be done elsewhere than declared. TG1921 when nothing answers (in time), TG1922 for
 * an address that is not allowed, TG1915 for an answer over 1 MiB. Throws only when `signal` was aborted.
 */
export function outbound(lookup?: LookupFunction): Outbound {
  return async (ask, signal) => {
    const agent = new Agent({
      connect: { lookup: guardedLookup(lookup), timeout: 10_000 },
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const late = AbortSignal.timeout(Math.min(ask.timeout, 2 ** 31 - 1));
    try {
      return await follow(ask, agent, AbortSignal.any([signal, late]));
    } catch (error) {
      signal.throwIfAborted();
      return failed(ask, late.aborted ? new Error(`no answer within ${span(ask.timeout)}`) : error);
    } finally {
      await agent.destroy();
    }
  };
}

async function follow(
  ask: OutboundRequest,
  agent: Agent,
  signal: AbortSignal,
): Promise<OutboundAnswer> {
  let url = parse(ask.url);
  const origin = url?.origin;
  for (let hops = 0; url !== null; hops += 1) {
    if (isRefusedAddress(url.hostname)) return { ok: false, problem: refusedAddress(url.hostname) };
    const { statusCode, headers, body } = await request(withoutUser(url), {
      method: ask.method,
      headers: headersFor(ask, url, url.origin === origin),
      body: ask.body,
      dispatcher: agent,
      signal,
    });
    const location = redirectOf(ask, statusCode, headers.location);
    if (location !== null && hops < mostRedirects) {
      await body.dump();
      const next = URL.parse(location, url);
      if (next && isWeb(next)) {
        url = next;
        continue;
      }
      return unanswered(`${shown(url)} leads to "${location.slice(0, 200)}"`);
    }
    if (location !== null)
      return unanswered(`${ask.url} leads on more than ${mostRedirects} times`);
    const text = await readBounded(body);
    if (text === null) return tooLarge(url);
    return { ok: true, status: statusCode, headers: flat(headers), text, place: shown(url) };
  }
  return unanswered(`"${ask.url.slice(0, 200)}" is not an http or https address`);
}

function redirectOf(
  { method }: OutboundRequest,
  status: number,
  location: string | string[] | undefined,
): string | null {
  const isSafe = method === 'GET' || method === 'HEAD';
  const leads = [301, 302, 303, 307, 308].includes(status);
  return isSafe && leads && typeof location === 'string' ? location : null;
}

function headersFor(ask: OutboundRequest, url: URL, isHome: boolean): Record<string, string> {
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const basic =
    user === ':' ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` };
  return { ...(isHome ? basic : {}), ...ask.headers, ...(isHome ? ask.confidential : {}) };
}

const isWeb = (url: URL): boolean => url.protocol === 'http:' || url.protocol === 'https:';

function parse(text: string): URL | null {
  const url = URL.parse(text);
  return url && isWeb(url) ? url : null;
}

/** The address as it may be stored and read: without a password. */
function shown(url: URL): string {
  const copy = new URL(url);
  if (copy.password !== '') copy.password = '***';
  return copy.href.slice(0, 500);
}

function withoutUser(url: URL): URL {
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  return copy;
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

function flat(headers: { readonly [name: string]: string | string[] | undefined }) {
  const pairs = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

function failed(ask: OutboundRequest, error: unknown): OutboundAnswer {
  const causes = error instanceof AggregateError ? error.errors : [error];
  const refused = causes.find((one) => one instanceof RefusedAddressError);
  if (refused) return { ok: false, problem: refusedAddress(refused.host) };
  const why = causes.map((one) => (one instanceof Error ? one.message || one.name : 'unknown'));
  const url = parse(ask.url);
  return unanswered(
    `${url ? shown(url) : ask.url.slice(0, 200)} did not answer: ${why.join(', ')}`,
  );
}

const unanswered = (detail: string): OutboundAnswer => ({
  ok: false,
  problem: problem('TG1921', { detail }),
});
const tooLarge = (url: URL): OutboundAnswer => ({
  ok: false,
  problem: problem('TG1915', { detail: `${shown(url)} answered with more than 1 MiB.` }),
});
