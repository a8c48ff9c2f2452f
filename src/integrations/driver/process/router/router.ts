import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Counters } from '../../../../capabilities/fleet/types.ts';
import type { Lane } from './balance.ts';
import { createRecorder, type Recorder } from './counters.ts';
import { createForwarder, type Forwarder } from './forward.ts';
import { createSelector, type Selector } from './selector.ts';
import type { RouteTable, Upstream } from './types.ts';

/** Bounds of one connection; bodies stream and are not bounded. Times in milliseconds. */
export type RouterLimits = {
  readonly maxHeaderBytes: number;
  /** By when a request's headers must have arrived. */
  readonly headersTimeout: number;
  /** How long an idle connection is kept for a client. */
  readonly keepAliveTimeout: number;
};

export const defaultLimits: RouterLimits = {
  maxHeaderBytes: 32 * 1024,
  headersTimeout: 15_000,
  keepAliveTimeout: 75_000,
};

export type RouterOptions = {
  readonly epoch: string;
  readonly limits?: Partial<RouterLimits>;
  readonly onIdle: (upstream: Upstream) => void;
  readonly onRefused: (upstream: Upstream) => void;
};

/** Milliseconds for requests in flight on a port that is given up. */
const doorGrace = 5_000;

/** One application's entrance on this target: a main port and, while asked for, a preview port. */
export type Router = {
  readonly serve: (table: RouteTable) => void;
  /** Gives the port. Rejects with EADDRINUSE and its like. */
  readonly listen: (host: string, port: number, preview: boolean) => Promise<number>;
  /** Stops listening on the main or the preview port and cuts its connections; only once nothing is served there. */
  readonly closeDoor: (preview: boolean) => void;
  readonly inFlight: (release: string, index: number) => number;
  readonly counters: (release: string) => Counters;
  /** Stops accepting at once, waits for requests in flight at most `grace` milliseconds, then cuts what is left. */
  readonly close: (grace: number) => Promise<void>;
};

function openServer(forwarder: Forwarder, preview: boolean, limits: RouterLimits): Server {
  const server = createServer(
    {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersTimeout,
      requestTimeout: 0,
      keepAliveTimeout: limits.keepAliveTimeout,
      connectionsCheckingInterval: Math.min(1_000, limits.headersTimeout),
      // Clients that offer another protocol (h2c) are served as if they had not asked.
      shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
    },
    (request, response) => forwarder.web(request, response, preview),
  );
  server.on('upgrade', (request, socket: Socket, head) => {
    socket.on('error', () => socket.destroy());
    forwarder.upgrade(request, socket, head, preview);
  });
  return server;
}

function listenOn(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Upgraded sockets are no longer the server's own: they are cut by hand when the grace is over. */
function closeServer(server: Server, upgraded: ReadonlySet<Socket>, grace: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.closeAllConnections();
      for (const socket of upgraded) socket.destroy();
    }, grace);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

export function createRouter(options: RouterOptions): Router {
  const limits = { ...defaultLimits, ...options.limits };
  const recorders = new Map<string, Recorder>();
  const recorderOf = (release: string): Recorder => {
    const known = recorders.get(release);
    if (known) return known;
    const fresh = createRecorder(options.epoch);
    recorders.set(release, fresh);
    return fresh;
  };
  const selector: Selector = createSelector(options.onIdle);
  const onRefused = ({ upstream }: Lane) => options.onRefused(upstream);
  const forwarder = createForwarder({ selector, recorderOf, onRefused });
  const servers = new Map<boolean, { server: Server; upgraded: Set<Socket> }>();

  const close = async (preview: boolean, grace: number): Promise<void> => {
    const open = servers.get(preview);
    servers.delete(preview);
    if (open) await closeServer(open.server, open.upgraded, grace);
  };

  return {
    serve: selector.serve,
    listen: async (host, port, preview) => {
      const server = openServer(forwarder, preview, limits);
      const upgraded = new Set<Socket>();
      server.on('upgrade', (_, socket: Socket) => {
        upgraded.add(socket);
        socket.on('close', () => upgraded.delete(socket));
      });
      const got = await listenOn(server, host, port);
      servers.set(preview, { server, upgraded });
      return got;
    },
    closeDoor: (preview) => void close(preview, doorGrace),
    inFlight: selector.inFlight,
    counters: (release) => recorderOf(release).read(),
    close: async (grace) => {
      forwarder.drain();
      await Promise.all([close(false, grace), close(true, grace)]);
      forwarder.close();
    },
  };
}
