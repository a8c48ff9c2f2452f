import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Intent, Status } from '../../../src/capabilities/fleet/types.ts';
import {
  followQuerySchema,
  type StatusReport,
  statusReportSchema,
} from '../../../src/contract/agent.ts';
import type { Target } from '../../../src/contract/kinds/target.ts';

const token = 'agent-token';

/**
 * The control plane's side of the agent's wire, over real HTTP and checked by the contract's own schemas, without
 * a database behind it. It can go away and come back on its port.
 */
export async function startControlPlane(spec: Target['spec'] | null) {
  const state = {
    spec,
    revision: 0,
    intents: new Map<string, unknown>(),
    reports: [] as { at: number; report: StatusReport }[],
    latest: new Map<string, Status>(),
    asked: [] as number[],
    status: 200,
    /** Answers at once, as if too many agents were waiting. */
    hasty: false,
  };

  const follow = async (url: URL, response: ServerResponse): Promise<void> => {
    const { after, wait } = followQuerySchema.parse(Object.fromEntries(url.searchParams));
    state.asked.push(after);
    const deadline = Date.now() + (state.hasty ? 0 : wait * 1000);
    while (state.revision <= after && Date.now() < deadline && !response.destroyed) await sleep(5);
    const intents = state.revision > after ? [...state.intents.values()] : [];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ revision: state.revision, target: state.spec, intents }));
  };

  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks = await request.toArray();
    const report = statusReportSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    state.reports.push({ at: Date.now(), report });
    for (const status of report.statuses) state.latest.set(status.application, status);
    response.writeHead(204).end();
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://x');
    const isOurs = request.headers.authorization === `Bearer ${token}`;
    if (!isOurs || state.status !== 200) {
      response.writeHead(isOurs ? state.status : 403).end('no');
    } else if (request.method === 'GET') await follow(url, response);
    else await take(request, response);
  };

  const open = async (port: number) => {
    const server = createServer((request, response) => {
      handle(request, response).catch((error: unknown) => {
        state.reports.push({
          at: Date.now(),
          report: { agent: String(error), version: '', statuses: [] },
        });
        response.writeHead(500).end(String(error));
      });
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  let server = await open(0);
  const { port } = server.address() as AddressInfo;

  const leave = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    if (server.listening) await once(server, 'close');
  };
  return {
    ...{ state, token, url: `http://127.0.0.1:${port}`, leave, close: leave },
    comeBack: async (): Promise<void> => {
      server = await open(port);
    },
    /** Writes intents, as one revision. Anything may be sent, to see what an agent makes of it. */
    write: (...intents: (Intent | { readonly application: string })[]): void => {
      for (const intent of intents) state.intents.set(intent.application, intent);
      state.revision += 1;
    },
  };
}
