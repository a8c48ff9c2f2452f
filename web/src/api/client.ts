import type { Problem } from './problem.ts';
import { ProblemError } from './problem.ts';
import { forgetToken, readToken } from './session.ts';

export type Query = { readonly [name: string]: string | number | boolean | undefined };

type Ask = {
  readonly query?: Query;
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
};

/** Milliseconds: a server that is asked for what it has answers long before. */
const patience = 30_000;

/**
 * Asks the public API. Throws a `ProblemError` whose problem is the server's own document, or says that it cannot be
 * reached. A token that is not known any more is forgotten, so that the page asks for another.
 */
export async function ask<Answer>(path: string, { query, method, body, signal }: Ask = {}) {
  const answer = await send(path, { query, method, body, signal });
  if (answer.ok) return (await answer.json()) as Answer;
  throw new ProblemError(await problemOf(answer));
}

/** The answer as it comes, for what is no JSON. */
export async function send(path: string, { query = {}, method = 'GET', body, signal }: AskAny) {
  const token = readToken();
  const limits = [AbortSignal.timeout(patience), ...(signal ? [signal] : [])];
  try {
    return await fetch(addressOf(path, query), {
      method,
      headers: {
        accept: 'application/json',
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any(limits),
      cache: 'no-store',
      credentials: 'omit',
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ProblemError(unreachable);
  }
}

type AskAny = { readonly [Key in keyof Ask]?: Ask[Key] | undefined };

export function addressOf(path: string, query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `/api/v1${path}${text === '' ? '' : `?${text}`}`;
}

const unreachable: Problem = {
  code: '',
  status: 0,
  title: 'The server does not answer.',
  detail: 'It is away, or the network between is.',
  hint: 'This page asks again by itself.',
};

export async function problemOf(answer: Response): Promise<Problem> {
  if (answer.status === 401) {
    forgetToken();
    dispatchEvent(new Event('tidegate:signed-out'));
  }
  const given = (await answer.json().catch(() => ({}))) as Partial<Problem>;
  return {
    code: given.code ?? '',
    status: answer.status,
    title: given.title ?? `The server answered ${answer.status}.`,
    detail: given.detail ?? '',
    hint: given.hint ?? '',
    ...(given.where ? { where: given.where } : {}),
  };
}
