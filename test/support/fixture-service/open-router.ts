import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import {
  createRouter,
  type Router,
  type RouterLimits,
} from '../../../src/integrations/driver/process/router/router.ts';
import type {
  RouteTable,
  Upstream,
} from '../../../src/integrations/driver/process/router/types.ts';

export type Replica = Upstream & { readonly server: Server };

/** A router on a free port with replicas in this process: `echo` of the release unless a listener is given. */
export async function openRouter(limits: Partial<RouterLimits> = {}) {
  const idle: string[] = [];
  const refused: string[] = [];
  const replicas: Replica[] = [];
  const name = ({ release, index }: Upstream) => `${release}/${index}`;
  const router: Router = createRouter({
    epoch: 'e-1',
    limits,
    onIdle: (upstream) => idle.push(name(upstream)),
    onRefused: (upstream) => refused.push(name(upstream)),
  });
  const port = await router.listen('127.0.0.1', 0, false);

  const addReplica = async (
    release: string,
    index: number,
    listener?: RequestListener,
  ): Promise<Replica> => {
    const server = createServer(listener ?? ((_, response) => response.end(`${release}/${index}`)));
    new WebSocketServer({ server }).on('connection', (socket, request) => {
      socket.on('message', (data) => socket.send(`${release} ${request.url} ${data}`));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const replica = { release, index, port: (server.address() as AddressInfo).port, server };
    replicas.push(replica);
    return replica;
  };

  return {
    router,
    url: `http://127.0.0.1:${port}`,
    port,
    idle,
    refused,
    addReplica,
    /** Serves these weights with the replicas given, or all. */
    serve: (weights: RouteTable['weights'], more: Partial<RouteTable> = {}) =>
      router.serve({
        weights,
        upstreams: replicas.map(({ release, index, port: own }) => ({ release, index, port: own })),
        routes: [],
        sticky: null,
        preview: null,
        ...more,
      }),
    end: async (): Promise<void> => {
      await router.close(0);
      for (const { server } of replicas) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

export type OpenRouter = Awaited<ReturnType<typeof openRouter>>;

export async function withRouter(
  run: (opened: OpenRouter) => Promise<void>,
  limits: Partial<RouterLimits> = {},
): Promise<void> {
  const opened = await openRouter(limits);
  try {
    await run(opened);
  } finally {
    await opened.end();
  }
}
