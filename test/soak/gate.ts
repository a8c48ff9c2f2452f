import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * Stands between two processes. Cut, it carries nothing in either direction and closes nothing, as a network does
 * that lost its way: both sides believe that they are connected.
 */
export type Gate = {
  readonly port: number;
  /** Where new connections go from now on; those there were are closed. */
  point(port: number): void;
  cut(): void;
  heal(): void;
  close(): Promise<void>;
};

type Pair = { readonly client: Socket; readonly server: Socket };

export async function openGate(toPort: number): Promise<Gate> {
  const state = { to: toPort, isCut: false };
  const pairs = new Set<Pair>();
  const waiting = new Set<Socket>();
  const join = (client: Socket): void => {
    const server = connect({ host: '127.0.0.1', port: state.to, noDelay: true });
    const pair: Pair = { client, server };
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      // What one side said before it went still reaches the other.
      client.destroySoon();
      server.destroySoon();
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    client.on('data', (part) => server.write(part));
    server.on('data', (part) => client.write(part));
    if (state.isCut) stand(pair);
  };
  const listener = createServer({ noDelay: true }, (client) => {
    if (!state.isCut) return join(client);
    waiting.add(client.pause());
    client.on('error', () => client.destroy()).once('close', () => waiting.delete(client));
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (typeof address !== 'object' || !address) throw new Error('the gate has no port');
  const dropAll = (): void => {
    for (const { client } of [...pairs]) client.destroy();
    for (const client of [...waiting]) client.destroy();
  };
  return {
    port: address.port,
    point: (port) => {
      state.to = port;
      dropAll();
    },
    cut: () => {
      state.isCut = true;
      for (const pair of pairs) stand(pair);
    },
    heal: () => {
      state.isCut = false;
      for (const { client, server } of pairs) for (const one of [client, server]) one.resume();
      for (const client of [...waiting]) {
        waiting.delete(client);
        join(client);
        client.resume();
      }
    },
    close: async () => {
      dropAll();
      listener.close();
      await once(listener, 'close');
    },
  };
}

const stand = ({ client, server }: Pair): void => {
  client.pause();
  server.pause();
};
