import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { fetchOnce, until } from '../../../../../test/support/fixture-service/harness.ts';
import { withRouter } from '../../../../../test/support/fixture-service/open-router.ts';

const webSocketUrl = (url: string, path = '/chat') => `${url.replace('http', 'ws')}${path}`;

async function say(socket: WebSocket, text: string): Promise<string> {
  socket.send(text);
  const [data] = await once(socket, 'message');
  return String(data);
}

test('a WebSocket goes through, stays in flight while open, and outlives a change of weights', async () => {
  await withRouter(async ({ url, addReplica, serve, router, idle }) => {
    await addReplica('v1', 1);
    const v2 = await addReplica('v2', 1);
    serve({ v1: 100 });
    const socket = new WebSocket(webSocketUrl(url));
    const [[response]] = await Promise.all([once(socket, 'upgrade'), once(socket, 'open')]);
    expect(response.headers['x-tidegate-release']).toBe('v1');
    expect(await say(socket, 'hello')).toBe('v1 /chat hello');
    expect(router.inFlight('v1', 1)).toBe(1);

    serve({ v2: 100 }, { upstreams: [v2] });
    expect(await say(socket, 'still here')).toBe('v1 /chat still here');
    expect(router.counters('v1')).toMatchObject({ requests: 1, errors: 0 });
    socket.close();
    await once(socket, 'close');
    await until('the lane to be idle', () => idle.includes('v1/1'));
    expect(router.counters('v1').requests).toBe(1);
  });
});

test('an upgrade that cannot be is answered in words', async () => {
  await withRouter(async ({ url, addReplica, serve, router, refused }) => {
    const none = new WebSocket(webSocketUrl(url));
    const [, noneReady] = await once(none, 'unexpected-response');
    expect(noneReady.statusCode).toBe(503);

    const gone = await addReplica('v1', 1);
    serve({ v1: 100 });
    gone.server.close();
    const lost = new WebSocket(webSocketUrl(url));
    const [, noReply] = await once(lost, 'unexpected-response');
    expect(noReply.statusCode).toBe(502);
    expect(router.counters('v1')).toMatchObject({ requests: 1, errors: 1 });
    expect(refused).toEqual(['v1/1']);
  });
});

test('a replica that does not upgrade answers the client itself', async () => {
  await withRouter(async ({ url, addReplica, serve, router }) => {
    const replica = await addReplica('v1', 1);
    replica.server.removeAllListeners('upgrade');
    replica.server.on('upgrade', (_, socket) => {
      socket.end('HTTP/1.1 418 Teapot\r\ncontent-length: 0\r\n\r\n');
    });
    serve({ v1: 100 });
    const refusedSocket = new WebSocket(webSocketUrl(url));
    const [, response] = await once(refusedSocket, 'unexpected-response');
    expect(response.statusCode).toBe(418);
    expect(response.headers['x-tidegate-release']).toBe('v1');
    expect(router.counters('v1')).toMatchObject({ requests: 1, errors: 0 });
  });
});

test('a client that offers another protocol is served as HTTP/1.1', async () => {
  await withRouter(async ({ url, addReplica, serve }) => {
    await addReplica('v1', 1);
    serve({ v1: 100 });
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': '' };
    expect((await fetchOnce(url, { headers })).body).toBe('v1/1');
  });
});

test('closing cuts open WebSockets when the grace is over, and a broken client harms nobody', async () => {
  await withRouter(async ({ url, port, addReplica, serve, router }) => {
    await addReplica('v1', 1);
    serve({ v1: 100 });
    const broken = connect(port, '127.0.0.1');
    broken.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    broken.resetAndDestroy();
    const socket = new WebSocket(webSocketUrl(url));
    await once(socket, 'open');
    expect(await say(socket, 'x')).toBe('v1 /chat x');
    const closed = once(socket, 'close');
    await router.close(100);
    await closed;
  });
});
