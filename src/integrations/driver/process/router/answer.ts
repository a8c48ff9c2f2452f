import { type IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The router's own answers: short problem documents (RFC 9457), never to be cached. */
export type RouterAnswer = { readonly status: 411 | 502 | 503; readonly detail: string };

export const noneReady: RouterAnswer = { status: 503, detail: 'No version of it is ready.' };
export const noReply: RouterAnswer = { status: 502, detail: 'The replica gave no answer.' };
export const lengthRequired: RouterAnswer = {
  status: 411,
  detail: 'A DELETE or OPTIONS with a body says how long it is.',
};

const titles = { 411: 'Length Required', 502: 'Bad Gateway', 503: 'Service Unavailable' } as const;

export function answer(response: ServerResponse, { status, detail }: RouterAnswer): void {
  const body = JSON.stringify({ type: 'about:blank', title: titles[status], status, detail });
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(status === 503 ? { 'retry-after': '1' } : {}),
  });
  response.end(body);
}

/** The same for an upgrade that was asked for and cannot be: the socket has no response of its own yet. */
export function answerUpgrade(request: IncomingMessage, socket: Duplex, what: RouterAnswer): void {
  if (!(socket instanceof Socket) || socket.destroyed) return;
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.on('finish', () => socket.end());
  answer(response, what);
}
