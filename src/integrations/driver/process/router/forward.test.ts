import { once } from 'node:events';
import { Agent, request as send } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { fetchOnce, until } from '../../../../../test/support/fixture-service/harness.ts';
import { withRouter } from '../../../../../test/support/fixture-service/open-router.ts';

/** Sends raw bytes and gives what comes back until the connection ends. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(text);
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += String(chunk);
  });
  await once(socket, 'close');
  return answer;
}

async function post(url: string, body: string): Promise<number> {
  const request = send(url, { method: 'POST', agent: false });
  request.end(body);
  const [response] = await once(request, 'response');
  response.resume();
  return response.statusCode;
}

test('a refused connection is tried once on another replica, and the refusing one rests', async () => {
  await withRouter(async ({ url, addReplica, serve, refused, router }) => {
    const gone = await addReplica('v1', 1);
    await addReplica('v1', 2);
    serve({ v1: 100 });
    gone.server.close();
    for (let i = 0; i < 6; i += 1) expect((await fetchOnce(url)).body).toBe('v1/2');
    expect(refused).toEqual(['v1/1']);
    expect(router.counters('v1')).toMatchObject({ requests: 6, errors: 0 });
  });
});

test('a replica that hangs up is replaced for what may be repeated, and only once', async () => {
  await withRouter(async ({ url, addReplica, serve, router }) => {
    let calls = 0;
    const hangUp = (request: { socket: { destroy: () => void } }) => {
      calls += 1;
      request.socket.destroy();
    };
    await addReplica('v1', 1, hangUp);
    const other = await addReplica('v1', 2);
    serve({ v1: 100 });
    for (let i = 0; i < 4; i += 1) expect((await fetchOnce(url)).body).toBe('v1/2');
    expect(calls).toBeGreaterThan(0);
    expect(router.counters('v1').errors).toBe(0);

    const posts = [await post(url, 'body'), await post(url, 'body')].sort();
    expect(posts).toEqual([200, 502]);
    other.server.removeAllListeners('request');
    other.server.on('request', hangUp);
    const before = calls;
    const lost = await fetchOnce(url);
    expect(lost.status).toBe(502);
    expect(JSON.parse(lost.body)).toMatchObject({ status: 502, title: 'Bad Gateway' });
    expect(calls).toBe(before + 2);
    expect(router.counters('v1').errors).toBe(2);
  });
});

test('an answer that breaks off breaks off for the client too, and counts as an error', async () => {
  await withRouter(async ({ url, addReplica, serve, router }) => {
    await addReplica('v1', 1, (_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half');
      setTimeout(() => response.socket?.destroy(), 20);
    });
    serve({ v1: 100 });
    await expect(fetchOnce(url)).rejects.toThrow();
    await until('the count', () => router.counters('v1').errors === 1);
  });
});

test('a client that leaves is no error, and its request ends at the replica', async () => {
  await withRouter(async ({ url, addReplica, serve, router, idle }) => {
    let left = false;
    await addReplica('v1', 1, (request) => {
      request.on('close', () => {
        left = true;
      });
    });
    serve({ v1: 100 });
    const request = send(url, { agent: false });
    request.on('error', () => {});
    request.end();
    await until('the request to arrive', () => router.inFlight('v1', 1) === 1);
    request.destroy();
    await until('the replica to notice', () => left);
    await until('the lane to be idle', () => router.inFlight('v1', 1) === 0);
    expect(idle).toEqual([]);
    expect(router.counters('v1')).toMatchObject({ requests: 1, errors: 0 });
  });
});

test('bodies stream both ways while they are sent', async () => {
  await withRouter(async ({ url, addReplica, serve }) => {
    await addReplica('v1', 1, (request, response) => request.pipe(response));
    serve({ v1: 100 });
    const request = send(url, { method: 'POST', agent: false });
    request.write('one');
    const [response] = await once(request, 'response');
    expect(String((await once(response, 'data'))[0])).toBe('one');
    request.write('two');
    expect(String((await once(response, 'data'))[0])).toBe('two');
    request.end();
    await once(response, 'end');

    const large = send(url, { method: 'POST', agent: false });
    large.end(Buffer.alloc(8 * 1024 * 1024, 'x'));
    const [echoed] = await once(large, 'response');
    let bytes = 0;
    for await (const chunk of echoed) bytes += chunk.length;
    expect(bytes).toBe(8 * 1024 * 1024);
  });
});

test('a stream outlives silence and changes of weights', async () => {
  await withRouter(async ({ url, addReplica, serve, router }) => {
    await addReplica('v1', 1, async (_, response) => {
      response.write('begin ');
      await sleep(4_500);
      response.end('end');
    });
    await addReplica('v2', 1);
    serve({ v1: 100 });
    const answer = fetchOnce(url);
    await until('the stream', () => router.inFlight('v1', 1) === 1);
    serve({ v2: 100 }, { upstreams: [] });
    expect((await answer).body).toBe('begin end');
    expect(router.inFlight('v1', 1)).toBe(0);
  });
});

test('connections are kept on both sides, until a client asks otherwise', async () => {
  await withRouter(async ({ url, port, addReplica, serve }) => {
    const sockets = new Set<unknown>();
    const seen: (string | undefined)[] = [];
    await addReplica('v1', 1, (request, response) => {
      sockets.add(request.socket);
      seen.push(request.headers.connection, String(request.headers['x-secret-hop']));
      response.end('ok');
    });
    serve({ v1: 100 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 5; i += 1) {
      const { headers } = await fetchOnce(url, { agent });
      expect(headers.connection).toBe('keep-alive');
    }
    agent.destroy();
    expect(sockets.size).toBe(1);
    const text = await raw(
      port,
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: close, x-secret-hop\r\nX-Secret-Hop: 1\r\n\r\n',
    );
    expect(text).toContain('connection: close');
    expect(text).toContain('x-tidegate-release: v1');
    expect(seen.at(-2)).toBe('keep-alive');
    expect(seen.at(-1)).toBe('undefined');
  });
});

test('HTTP/1.0 clients get a plain body', async () => {
  await withRouter(async ({ port, addReplica, serve }) => {
    await addReplica('v1', 1, (_, response) => {
      response.write('a');
      response.end('b');
    });
    serve({ v1: 100 });
    const text = await raw(port, 'GET / HTTP/1.0\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(text.endsWith('\r\n\r\nab')).toBe(true);
  });
});

test('slow and oversized headers are cut off', async () => {
  await withRouter(
    async ({ port, addReplica, serve }) => {
      await addReplica('v1', 1);
      serve({ v1: 100 });
      const slow = await raw(port, 'GET / HTTP/1.1\r\nHost: x\r\nX-A: ');
      expect(slow).toMatch(/^HTTP\/1\.1 408/);
      const big = await raw(port, `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(5000)}\r\n\r\n`);
      expect(big).toMatch(/^HTTP\/1\.1 431/);
    },
    { headersTimeout: 300, maxHeaderBytes: 4096 },
  );
});

test('closing waits for requests in flight and cuts what takes too long', async () => {
  await withRouter(async ({ url, addReplica, serve, router }) => {
    await addReplica('v1', 1, async (request, response) => {
      await sleep(request.url === '/long' ? 10_000 : 200);
      response.end('done');
    });
    serve({ v1: 100 });
    const short = fetchOnce(url);
    const long = fetchOnce(`${url}/long`);
    const lost = expect(long).rejects.toThrow();
    await until('both to be in flight', () => router.inFlight('v1', 1) === 2);
    await router.close(600);
    expect(await short).toMatchObject({ status: 200, body: 'done' });
    await lost;
    await expect(fetchOnce(url)).rejects.toThrow('ECONNREFUSED');
  });
});
