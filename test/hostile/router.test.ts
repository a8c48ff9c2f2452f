import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { fetchOnce } from '../support/fixture-service/harness.ts';
import { type OpenRouter, withRouter } from '../support/fixture-service/open-router.ts';

/** Sends raw bytes; gives what comes back until the connection ends or a while has passed. */
async function raw(port: number, text: string | Buffer, patience = 700): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    answer += String(chunk);
  });
  socket.write(text);
  await Promise.race([new Promise((resolve) => socket.once('close', resolve)), sleep(patience)]);
  socket.destroy();
  return answer;
}

/** A router before one replica that notes every request as it came. */
async function watched(run: (opened: OpenRouter, seen: string[]) => Promise<void>): Promise<void> {
  await withRouter(async (opened) => {
    const seen: string[] = [];
    await opened.addReplica('v1', 1, (request: IncomingMessage, response) => {
      const chunks: string[] = [];
      request.setEncoding('latin1').on('data', (chunk) => chunks.push(String(chunk)));
      request.on('end', () => {
        seen.push(`${request.method} ${request.url} ${chunks.join('')}`);
        response.end('ok');
      });
    });
    opened.serve({ v1: 100 });
    await run(opened, seen);
    expect((await fetchOnce(opened.url)).status).toBe(200);
  });
}

const inner = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
const chunked = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;
const head = (method: string, ...lines: readonly string[]): string =>
  `${method} /outer HTTP/1.1\r\nHost: a\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;

describe('a request inside of a request', () => {
  test.each([
    ['both lengths', head('POST', 'Content-Length: 4', 'Transfer-Encoding: chunked') + chunked],
    ['two lengths', head('POST', 'Content-Length: 0', `Content-Length: ${inner.length}`) + inner],
    ['a list of lengths', head('POST', `Content-Length: 0, ${inner.length}`) + inner],
    ['a signed length', head('POST', 'Content-Length: +0') + inner],
    ['an unknown coding', head('POST', 'Transfer-Encoding: xchunked') + chunked],
    ['a coding after chunked', head('POST', 'Transfer-Encoding: chunked, identity') + chunked],
    ['a space before the colon', head('POST', 'Transfer-Encoding : chunked') + chunked],
    ['a folded header', head('POST', 'X: y\r\n Transfer-Encoding: chunked') + inner],
    ['a bare line feed', head('POST', 'X: y\nTransfer-Encoding: chunked') + chunked],
    ['a NUL in a header', head('POST', 'X: y\u0000z') + inner],
    ['a chunk that lies', `${head('POST', 'Transfer-Encoding: chunked')}ffffffffffffffffff\r\nx`],
    [
      'a length of a GET that the connection is said to keep',
      head('GET', 'Connection: content-length', `Content-Length: ${inner.length}`) + inner,
    ],
    [
      'a length of a DELETE that the connection is said to keep',
      head('DELETE', 'Connection: close, content-length', `Content-Length: ${inner.length}`) +
        inner,
    ],
    ['a coding of a DELETE', head('DELETE', 'Transfer-Encoding: chunked') + chunked],
    [
      'a coding of a GET that the connection is said to keep',
      head('GET', 'Connection: transfer-encoding', 'Transfer-Encoding: chunked') + chunked,
    ],
    [
      'a coding of an OPTIONS that the connection is said to keep',
      head('OPTIONS', 'Connection: transfer-encoding', 'Transfer-Encoding: chunked') + chunked,
    ],
  ])('%s never reaches a replica as a request of its own', async (_name, text) => {
    await watched(async ({ port, url }, seen) => {
      await raw(port, text);
      for (let at = 0; at < 3; at += 1) await fetchOnce(`${url}/after`);
      expect(seen.filter((one) => one.startsWith('GET /smuggled'))).toEqual([]);
      expect(seen.filter((one) => one.startsWith('GET /after'))).toHaveLength(3);
    });
  });

  test('the host that a client named stays, whatever it says of its connection', async () => {
    await withRouter(async (opened) => {
      const hosts: (string | undefined)[] = [];
      await opened.addReplica('v1', 1, ({ headers }, response) => {
        hosts.push(headers.host);
        response.end();
      });
      opened.serve({ v1: 100 });
      await raw(opened.port, head('GET', 'Connection: host, close'));
      expect(hosts).toEqual(['a']);
    });
  });
});

describe('clients that take their time', () => {
  const limits = { headersTimeout: 300, keepAliveTimeout: 300 };
  test.each([
    ['never sends a byte', ''],
    ['never ends its headers', 'GET / HTTP/1.1\r\nHost: a\r\nX: '],
  ])('one that %s is let go, while others are served', async (_name, text) => {
    await withRouter(async ({ port, url, addReplica, serve }) => {
      await addReplica('v1', 1);
      serve({ v1: 100 });
      const slow = Array.from({ length: 100 }, async () => {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => {}).resume();
        socket.write(text);
        await once(socket, 'close');
      });
      expect((await fetchOnce(url)).status).toBe(200);
      await Promise.all(slow);
    }, limits);
  });
});

describe('sizes and expressions', () => {
  test('headers over 32 KiB are refused with 431, and more than 2,000 of them too', async () => {
    await watched(async ({ port }) => {
      const large = await raw(port, head('GET', `X: ${'y'.repeat(33_000)}`));
      expect(large).toMatch(/^HTTP\/1\.1 431 /);
      const many = Array.from({ length: 10_000 }, (_none, at) => `A${at}: b`);
      expect(await raw(port, head('GET', ...many))).toMatch(/^HTTP\/1\.1 431 /);
    });
  });

  test.each(['(a+)+$', '^(a|a)*$', '^(a{1,17}){1,17}$', 'a*a*a*a*b', '^(?=(a+)+$)b', '(a*)*\\1$'])(
    'the expression %s costs a request no time',
    async (regex) => {
      await withRouter(async ({ url, addReplica, serve }) => {
        await addReplica('v1', 1);
        await addReplica('v2', 1);
        const match = { header: { name: 'x-a', regex } };
        serve({ v1: 100, v2: 0 }, { routes: [{ release: 'v2', match }] });
        const begun = performance.now();
        const answer = await fetch(url, { headers: { 'x-a': `${'a'.repeat(40)}!` } });
        expect(await answer.text()).toBe('v1/1');
        expect(performance.now() - begun).toBeLessThan(2_000);
      });
    },
  );
});
