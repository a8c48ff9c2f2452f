import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { Agent } from './agent.ts';
import { openMetrics } from './metrics.ts';

/** The agent's own little server, on loopback: metrics and health for anybody there, logs for who has the token. */
export type AgentHttp = { readonly url: string; readonly close: () => Promise<void> };

export type AgentHttpOptions = {
  readonly agent: Agent;
  /** 0 lets the system pick. */
  readonly port: number;
  readonly token: string;
};

const logsQuery = z.object({
  application: z.string().max(63),
  release: z.string().max(64),
  target: z.string().max(63).optional(),
  lines: z.coerce.number().int().min(1).max(10_000).default(100),
});

type Reply = { readonly status: number; readonly type: string; readonly body: string };

const json = (status: number, value: unknown, type = 'application/json'): Reply => ({
  status,
  type,
  body: JSON.stringify(value),
});
const problem = (status: number, title: string): Reply =>
  json(status, { type: 'about:blank', status, title }, 'application/problem+json');

/** Compares digests, which have one length, in constant time. */
function sameToken(given: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given ?? ''), digest(`Bearer ${token}`));
}

async function readLogs(agent: Agent, url: URL): Promise<Reply> {
  const query = logsQuery.safeParse(Object.fromEntries(url.searchParams));
  if (!query.success) return problem(400, z.prettifyError(query.error));
  const { application, release, lines, target } = query.data;
  const asked = agent.targets.filter((one) => target === undefined || one.target === target);
  const found = await Promise.all(asked.map((one) => one.logs(application, release, lines)));
  return { status: 200, type: 'text/plain; charset=utf-8', body: found.flat().join('\n') };
}

export async function serveAgent({ agent, port, token }: AgentHttpOptions): Promise<AgentHttp> {
  const registry = openMetrics(() => agent.targets.flatMap((target) => target.statuses()));
  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const url = new URL(request.url ?? '/', 'http://agent');
    if (request.method !== 'GET') return problem(405, 'Only GET is answered here');
    if (url.pathname === '/metrics')
      return { status: 200, type: registry.contentType, body: await registry.metrics() };
    if (url.pathname === '/healthz')
      return json(200, { status: 'ok', targets: agent.targets.map(({ target }) => target) });
    if (url.pathname !== '/logs') return problem(404, 'Nothing here');
    if (!sameToken(request.headers.authorization, token)) return problem(401, 'Token is missing');
    return readLogs(agent, url);
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, type, body } = await answer(request).catch(() => problem(500, 'Fault'));
    response.writeHead(status, { 'content-type': type }).end(body);
  };
  const server = createServer({ headersTimeout: 10_000 }, (request, response) => {
    void handle(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: got } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${got}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
