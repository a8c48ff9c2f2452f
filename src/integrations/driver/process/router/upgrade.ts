import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { ProxyServer } from 'http-proxy-3';
import { answerUpgrade, noReply } from './answer.ts';
import type { Lane } from './balance.ts';
import type { Recorder } from './counters.ts';
import type { Selection, Selector } from './selector.ts';

export const replicaHost = '127.0.0.1';

export type ForwarderOptions = {
  readonly selector: Selector;
  readonly recorderOf: (release: string) => Recorder;
  /** A replica refused a connection: its state should be looked at now. */
  readonly onRefused: (lane: Lane) => void;
};

export function isRefused(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNREFUSED' || error.code === 'ECONNECT_TIMEOUT';
}

type Upgrade = {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly head: Buffer;
};

/** A WebSocket counts as one request, answered when it is open, and keeps its replica in flight until it closes. */
export function carryUpgrade(
  proxy: ProxyServer,
  { selector, recorderOf, onRefused }: ForwarderOptions,
  { lane }: Selection,
  { request, socket, head }: Upgrade,
): void {
  const startedAt = performance.now();
  const { release, port } = lane.upstream;
  let counted = false;
  const count = (failed: boolean): void => {
    if (counted) return;
    counted = true;
    recorderOf(release).record((performance.now() - startedAt) / 1000, failed);
  };
  selector.enter(lane);
  socket.on('close', () => {
    selector.leave(lane);
    count(false);
  });
  const mark: Parameters<typeof proxy.on<'proxyReqWs'>>[1] = (outgoing, from) => {
    if (from !== request) return;
    outgoing.prependListener('upgrade', (incoming) => {
      incoming.headers['x-tidegate-release'] = release;
      count(false);
    });
    outgoing.prependListener('response', (incoming) => {
      incoming.headers['x-tidegate-release'] = release;
      count((incoming.statusCode ?? 500) >= 500);
    });
  };
  proxy.on('proxyReqWs', mark);
  proxy.ws(request, socket, head, { target: { host: replicaHost, port } }, (error) => {
    if (isRefused(error)) {
      selector.suspend(lane);
      onRefused(lane);
    }
    if (!counted) answerUpgrade(request, socket, noReply);
    count(true);
  });
  proxy.off('proxyReqWs', mark);
}
