import { createParser } from 'eventsource-parser';
import type { z } from 'zod';
import { type EventView, eventSchema } from '../contract/api/events.ts';
import { catalogue, type ProblemCode } from '../platform/errors/catalogue.ts';
import { fail, ProblemError } from '../platform/errors/problem.ts';
import type { Connection } from './connection.ts';

export type Query = { readonly [name: string]: string | number | boolean | undefined };

/** The API as the command line uses it. Throws a ProblemError with what the server said, or TG1803. */
export type Client = {
  get<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    query?: Query,
  ): Promise<z.output<Schema>>;
  post<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    body: unknown,
  ): Promise<z.output<Schema>>;
  /** Events as they come, over as many connections as it takes; resumes, so that none is missed or comes twice. */
  events(query: Query, signal: AbortSignal): AsyncGenerator<EventView>;
};

const patience = 30_000;

export function createClient(connection: Connection): Client {
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const answer = await fetch(`${connection.url}/api/v1${path}`, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${connection.token}` },
    }).catch((cause: unknown) => unreachable(connection.url, cause));
    if (!answer.ok) await refuse(answer);
    return answer;
  };
  const timed = () => ({ signal: AbortSignal.timeout(patience) });
  return {
    get: async (path, schema, query = {}) => {
      const answer = await send(`${path}${queryText(query)}`, timed());
      return schema.parse(await answer.json());
    },
    post: async (path, schema, body) => {
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(body), ...timed() };
      return schema.parse(await (await send(path, init)).json());
    },
    events: (query, signal) => follow(send, query, signal),
  };
}

type Send = (path: string, init: RequestInit) => Promise<Response>;

async function* follow(send: Send, query: Query, signal: AbortSignal): AsyncGenerator<EventView> {
  const position: { id: string | undefined } = { id: undefined };
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      const headers = position.id === undefined ? {} : { 'last-event-id': position.id };
      const answer = await send(`/stream${queryText(query)}`, { headers, signal });
      failures = 0;
      yield* readStream(answer, position);
    } catch (error) {
      if (signal.aborted) return;
      if (position.id === undefined || !comesBack(error)) throw error;
    }
    await pause(Math.min(250 * 2 ** failures, 5_000), signal);
  }
}

async function* readStream(
  answer: Response,
  position: { id: string | undefined },
): AsyncGenerator<EventView> {
  const ready: EventView[] = [];
  const parser = createParser({
    onEvent: ({ id, event, data }) => {
      if (event === 'ready') position.id ??= id;
      else ready.push(eventSchema.parse(JSON.parse(data)));
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
    for (const event of ready.splice(0)) {
      yield event;
      // Only now has the reader taken it: a stream that breaks before brings it again.
      position.id = event.cursor;
    }
  }
}

/** Whether the stream is worth opening again: the server went away, or said that one may come back. */
function comesBack(error: unknown): boolean {
  return !(error instanceof ProblemError) || catalogue[error.problem.code].kind === 'retry';
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true });
  });
}

function queryText(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}

function unreachable(url: string, cause: unknown): never {
  const inner = (cause as { readonly cause?: { readonly message?: string } }).cause?.message;
  fail('TG1803', { detail: `${url} did not answer: ${inner || (cause as Error).message}` }, cause);
}

/** Throws what the server said. A code that this version does not know keeps its words under TG1604. */
async function refuse(answer: Response): Promise<never> {
  const said = (await answer.json().catch(() => null)) as Partial<Record<string, unknown>> | null;
  const code = String(said?.code ?? '');
  const detail = String(said?.detail ?? `The server answered ${answer.status}.`);
  const hint = said?.hint;
  const known = Object.hasOwn(catalogue, code);
  throw new ProblemError({
    code: known ? (code as ProblemCode) : 'TG1604',
    title: String(said?.title ?? catalogue.TG1604.title),
    detail: known || code === '' ? detail : `${code}: ${detail}`,
    hint: typeof hint === 'string' ? hint : 'Is this the address of a Tidegate server?',
  });
}
