import { Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { ProxyServer } from 'http-proxy-3';
import { answer, answerUpgrade, lengthRequired, noneReady, noReply } from './answer.ts';
import type { Lane } from './balance.ts';
import type { Selection } from './selector.ts';
import { carryUpgrade, type ForwarderOptions, isRefused, replicaHost } from './upgrade.ts';

/**
 * Carries requests to replicas with a proxy library: it streams both ways and does upgrades. Own code is only
 * what a library cannot know: which replica, whether a failed try may be repeated elsewhere, and what to count.
 */
export type Forwarder = {
  readonly web: (request: IncomingMessage, response: ServerResponse, preview: boolean) => void;
  readonly upgrade: (
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    preview: boolean,
  ) => void;
  /** From now on answers ask clients to close their connection. */
  readonly drain: () => void;
  readonly close: () => void;
};

type Attempt = {
  lane: Lane;
  readonly setCookie: string | null;
  readonly startedAt: number;
  /** The client asked for its connection to be closed after this response. */
  readonly lastOnConnection: boolean;
  retried: boolean;
  failed: boolean;
};

/** Idle connections are dropped before common servers drop theirs (Node: 5 s), so that none is used while it closes. */
const idleTimeout = 4_000;
const connectTimeout = 5_000;
const perHop = ['connection', 'keep-alive', 'proxy-connection', 'te'];
/** What a client cannot have dropped: without it a body would be read as the next request, or under another name. */
const kept = new Set(['content-length', 'transfer-encoding', 'host', 'trailer', 'upgrade']);
/** The proxy library gives these a length of 0 and then sends their body all the same, which would be the next request. */
const framedByLength = new Set(['DELETE', 'OPTIONS']);
const repeatable = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

function hasBody({ headers }: IncomingMessage): boolean {
  return (
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? '0') !== 0
  );
}

const lacksLength = ({ headers, method = '' }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined && framedByLength.has(method);

/** A body cannot be sent twice since it streams. What never reached the replica, or changes nothing when done twice, may be repeated. */
function mayRepeat(request: IncomingMessage, refused: boolean): boolean {
  return !hasBody(request) && (refused || repeatable.has(request.method ?? ''));
}

function dropPerHop(request: IncomingMessage): boolean {
  const connection = request.headers.connection ?? '';
  const named = connection.split(',').map((name) => name.trim().toLowerCase());
  const dropped = named.filter((name) => !kept.has(name));
  for (const name of [...perHop, ...dropped]) delete request.headers[name];
  return named.includes('close');
}

type Attempts = WeakMap<IncomingMessage, Attempt>;

function createProxy(attempts: Attempts, isDraining: () => boolean): ProxyServer {
  const proxy = new ProxyServer({ xfwd: true, connectTimeout });
  proxy.on('proxyRes', (incoming, request, response) => {
    const attempt = attempts.get(request);
    if (!attempt) return;
    const { headers } = incoming;
    delete headers['keep-alive'];
    headers.connection = attempt.lastOnConnection || isDraining() ? 'close' : 'keep-alive';
    headers['x-tidegate-release'] = attempt.lane.upstream.release;
    if (attempt.setCookie !== null)
      headers['set-cookie'] = [...(headers['set-cookie'] ?? []), attempt.setCookie];
    incoming.on('close', () => {
      if (incoming.complete || response.destroyed) return;
      attempt.failed = true;
      response.destroy();
    });
  });
  // A client that leaves early is nobody's error, and what it left is ended by the library.
  proxy.on('econnreset', () => {});
  // Every failed try has its own callback. What comes here is a reset of an upgraded client, which nobody else
  // hears, and which the library would otherwise throw out of the process.
  proxy.on('error', () => {});
  return proxy;
}

export function createForwarder(options: ForwarderOptions): Forwarder {
  const { selector } = options;
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 256, timeout: idleTimeout });
  const attempts: Attempts = new WeakMap();
  let draining = false;
  const proxy = createProxy(attempts, () => draining);

  const recover = (
    request: IncomingMessage,
    response: ServerResponse,
    attempt: Attempt,
    error: NodeJS.ErrnoException,
  ): void => {
    if (response.destroyed || response.writableEnded) return;
    const { lane } = attempt;
    const refused = isRefused(error);
    if (refused) {
      selector.suspend(lane);
      options.onRefused(lane);
    }
    const other =
      attempt.retried || response.headersSent || !mayRepeat(request, refused)
        ? null
        : selector.another(lane);
    if (other !== null) {
      attempt.retried = true;
      attempt.lane = other;
      selector.enter(other);
      selector.leave(lane);
      send(request, response, attempt);
      return;
    }
    attempt.failed = true;
    if (response.headersSent) response.destroy();
    else answer(response, noReply);
  };

  const send = (request: IncomingMessage, response: ServerResponse, attempt: Attempt): void => {
    const { port } = attempt.lane.upstream;
    const used = attempt.lane;
    const again = attempt.retried ? { buffer: Readable.from([]) } : {};
    proxy.web(
      request,
      response,
      { target: { host: replicaHost, port }, agent, ...again },
      (error) => {
        if (attempt.lane === used) recover(request, response, attempt, error);
      },
    );
  };

  const web: Forwarder['web'] = (request, response, preview) => {
    const startedAt = performance.now();
    if (lacksLength(request)) return answer(response, lengthRequired);
    const selection = selector.choose(request, preview);
    if (selection === null) {
      answer(response, noneReady);
      return;
    }
    const attempt = begin(selection, startedAt, dropPerHop(request));
    attempts.set(request, attempt);
    selector.enter(attempt.lane);
    response.on('close', () => {
      selector.leave(attempt.lane);
      const seconds = (performance.now() - attempt.startedAt) / 1000;
      const failed = attempt.failed || response.statusCode >= 500;
      options.recorderOf(attempt.lane.upstream.release).record(seconds, failed);
    });
    send(request, response, attempt);
  };

  const upgrade: Forwarder['upgrade'] = (request, socket, head, preview) => {
    const selection = selector.choose(request, preview);
    if (selection === null) {
      answerUpgrade(request, socket, noneReady);
      return;
    }
    carryUpgrade(proxy, options, selection, { request, socket, head });
  };

  return {
    web,
    upgrade,
    drain: () => {
      draining = true;
    },
    close: () => agent.destroy(),
  };
}

function begin(selection: Selection, startedAt: number, lastOnConnection: boolean): Attempt {
  return { ...selection, startedAt, lastOnConnection, retried: false, failed: false };
}
