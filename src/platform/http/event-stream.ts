import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { fail } from '../errors/problem.ts';
import type { HttpApp } from './types.ts';

/** One client's server-sent events (WHATWG HTML, 9.2). */
export type EventStream = {
  /** Aborted when the client is gone, is too slow, or the server closes. */
  readonly ended: AbortSignal;
  /** Resolves when the client has taken enough of it for more to follow. */
  send(event: {
    readonly id: string;
    readonly type: string;
    readonly data: unknown;
  }): Promise<void>;
  /** A comment, so that proxies and clients know that the line still lives. */
  heartbeat(): Promise<void>;
  end(): void;
};

/** Longest wait for a client that does not read. It resumes from where it was, so nothing is lost. */
const slowestClient = 30_000;

/** Takes the reply over from Fastify. The caller sends and ends. */
function openEventStream(
  request: FastifyRequest,
  reply: FastifyReply,
  closing: AbortSignal,
): EventStream {
  reply.hijack();
  const raw = reply.raw;
  const gone = new AbortController();
  const end = (): void => {
    gone.abort();
    raw.end();
  };
  raw.once('close', () => {
    gone.abort();
    closing.removeEventListener('abort', end);
  });
  closing.addEventListener('abort', end, { once: true });
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
    'x-request-id': request.id,
  });
  raw.flushHeaders();
  if (closing.aborted) end();
  return {
    ended: gone.signal,
    send: ({ id, type, data }) =>
      write(raw, gone, `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`),
    heartbeat: () => write(raw, gone, ': heartbeat\n\n'),
    end,
  };
}

export type StreamPlaces = {
  /** Of one server at once. */
  readonly most: number;
  /** What they are, in the plural: `streams of logs`. */
  readonly name: string;
};

/**
 * Answers requests with event streams, so many of a kind at once; TG1608 beyond. `check` refuses what must be refused
 * while an answer can still be a problem document. A pump that fails ends its stream: the client comes back with its last
 * id, so nothing is lost.
 */
export function serveStreams(app: HttpApp, { most, name }: StreamPlaces) {
  const held = { count: 0 };
  return async (
    request: FastifyRequest,
    reply: FastifyReply,
    pump: (stream: EventStream) => Promise<void>,
    check: () => Promise<unknown> = async () => undefined,
  ): Promise<void> => {
    if (held.count >= most) fail('TG1608', { detail: `${most} ${name} are open.` });
    held.count += 1;
    try {
      await check();
      const stream = openEventStream(request, reply, app.closing);
      try {
        await pump(stream);
      } catch (error) {
        request.log.warn({ err: error, reqId: request.id }, `one of the ${name} ended early`);
      } finally {
        stream.end();
      }
    } finally {
      held.count -= 1;
    }
  };
}

async function write(raw: ServerResponse, gone: AbortController, text: string): Promise<void> {
  if (gone.signal.aborted || raw.write(text)) return;
  const patience = AbortSignal.any([gone.signal, AbortSignal.timeout(slowestClient)]);
  await once(raw, 'drain', { signal: patience }).catch(() => {
    gone.abort();
    raw.destroy();
  });
}
