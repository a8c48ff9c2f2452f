import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export type Heard = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};

export type Answer = {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: unknown;
};

export type StepServer = {
  readonly url: string;
  /** What was asked, in order. */
  readonly heard: readonly Heard[];
  stop(): Promise<void>;
};

/** A real HTTP server on a free loopback port. An answer of null is none: the connection hangs. */
export async function listen(
  answer: (heard: Heard, response: ServerResponse) => Answer | null,
): Promise<StepServer> {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const one: Heard = {
      ...{ method: request.method ?? '', path: url.pathname, query: url.searchParams },
      ...{ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') },
    };
    heard.push(one);
    const said = answer(one, response);
    if (said === null) return;
    const { status, headers = {}, body = '' } = said;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return {
    url: `http://127.0.0.1:${address.port}`,
    heard,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
