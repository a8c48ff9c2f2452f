import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;
export type OpenServer = { readonly url: string; close(): Promise<void> };

/** A real server on a port of its own. The page under test, where there is one, belongs to it. */
export async function openServer(answer: Answer): Promise<OpenServer> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { happyDOM } = globalThis as { happyDOM?: { setURL(url: string): void } };
  happyDOM?.setURL(url);
  return {
    url,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
