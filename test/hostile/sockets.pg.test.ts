import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openService, type Service } from './service.ts';

const own: { service?: Service } = {};
const service = (): Service => own.service as Service;
beforeAll(async () => {
  own.service = await openService();
});
afterAll(async () => {
  await service().stillGood();
  await service().close();
});

/** Sends raw bytes; gives what comes back until the connection ends or a while has passed. */
async function raw(text: string, patience = 700): Promise<string> {
  const socket = connect(service().port, '127.0.0.1');
  let answer = '';
  socket.on('error', () => {});
  socket.setEncoding('latin1').on('data', (chunk) => {
    answer += String(chunk);
  });
  socket.write(text, 'latin1');
  await Promise.race([new Promise((resolve) => socket.once('close', resolve)), sleep(patience)]);
  socket.destroy();
  return answer;
}
const head = (line: string, ...headers: readonly string[]): string =>
  `${line} HTTP/1.1\r\n${headers.map((one) => `${one}\r\n`).join('')}\r\n`;
const health = '/api/v1/health';
const tokened = (role: 'viewer' | 'admin'): string =>
  `Authorization: Bearer ${service().tokens[role]}`;

describe('what a host header may say', () => {
  test.each([
    ['a stranger', ['Host: evil.example'], 421],
    ['a stranger before our name', ['Host: evil.example.localhost.evil.example'], 421],
    ['a user and our name', ['Host: localhost@evil.example'], 421],
    ['an address in decimal', ['Host: 2130706433'], 421],
    ['all addresses', ['Host: 0.0.0.0'], 421],
    ['nothing', ['Host:'], 421],
    ['two hosts', ['Host: localhost', 'Host: evil.example'], 400],
    ['no host', [], 400],
    ['a forwarded host beside ours', ['Host: localhost', 'X-Forwarded-Host: evil.example'], 200],
    ['ours', ['Host: LOCALHOST:7070'], 200],
  ])('%s', async (_name, headers, status) => {
    expect(await raw(head(`GET ${health}`, ...headers, 'Connection: close'))).toMatch(
      new RegExp(`^HTTP/1\\.1 ${status} `),
    );
  });

  test('an absolute address in the request line does not stand in for the host', async () => {
    const answer = await raw(head(`GET http://localhost${health}`, 'Host: evil.example'));
    expect(answer).not.toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('requests that are not well made', () => {
  test.each([
    [
      'headers over 16 KiB',
      () => head(`GET ${health}`, 'Host: localhost', `X: ${'y'.repeat(17_000)}`),
      431,
    ],
    [
      'both lengths',
      () =>
        `${head(`POST ${health}`, 'Host: localhost', 'Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
      400,
    ],
    [
      'two lengths',
      () => head(`POST ${health}`, 'Host: localhost', 'Content-Length: 1', 'Content-Length: 2'),
      400,
    ],
    ['a NUL in a header', () => head(`GET ${health}`, 'Host: localhost', 'X: a\u0000b'), 400],
    ['no HTTP', () => '\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n', 400],
    ['a method of nobody', () => head(`BREW ${health}`, 'Host: localhost'), 400],
    [
      'a path that climbs',
      () => head('GET /api/v1/../../etc/passwd', 'Host: localhost', 'Connection: close'),
      404,
    ],
    [
      'a body beyond 1 MiB',
      () =>
        head(
          'POST /api/v1/tokens',
          'Host: localhost',
          tokened('admin'),
          'Content-Type: application/json',
          'Content-Length: 1048577',
        ),
      413,
    ],
  ])('%s', async (_name, text, status) => {
    expect(await raw(text())).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    await service().stillGood();
  });

  test('JSON nested 200,000 deep is refused', async () => {
    const payload = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const headers = {
      authorization: `Bearer ${service().tokens.admin}`,
      'content-type': 'application/json',
    };
    const answer = await service().app.inject({
      method: 'POST',
      url: '/api/v1/tokens',
      payload,
      headers,
    });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'TG1603']);
  });
});

describe('slow clients', () => {
  test('200 that never end their headers are let go after 10 s, and meanwhile others are served', async () => {
    const begun = performance.now();
    const slow = Array.from({ length: 200 }, (_none, at) => {
      const socket = connect(service().port, '127.0.0.1');
      socket.on('error', () => {}).resume();
      socket.write(at % 2 === 0 ? '' : `GET ${health} HTTP/1.1\r\nHost: localhost\r\nX: `);
      return new Promise<void>((resolve) => socket.once('close', () => resolve()));
    });
    const answer = await fetch(`http://127.0.0.1:${service().port}${health}`);
    expect(answer.status).toBe(200);
    await Promise.all(slow);
    expect(performance.now() - begun).toBeGreaterThan(9_000);
  }, 60_000);

  test('a stream that asks to go on from garbage is refused before it begins', async () => {
    for (const id of [
      'x',
      '-1',
      'MTox',
      "' or 1",
      '\u00ff',
      'A'.repeat(10_000),
      'OTk5OTk5OTk5OTk5OTk5OTk5OTkuMQ',
    ]) {
      const answer = await raw(
        head('GET /api/v1/stream', 'Host: localhost', tokened('viewer'), `Last-Event-ID: ${id}`),
      );
      expect([id, answer]).toEqual([id, expect.stringMatching(/^HTTP\/1\.1 400 [\s\S]*TG1603/)]);
    }
  });

  test('the 201st stream is refused, and one that ended makes room', async () => {
    const open = Array.from({ length: 200 }, () => {
      const socket = connect(service().port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(head('GET /api/v1/stream', 'Host: localhost', tokened('viewer')));
      return socket;
    });
    await Promise.all(open.map((socket) => new Promise((resolve) => socket.once('data', resolve))));
    expect(await raw(head('GET /api/v1/stream', 'Host: localhost', tokened('viewer')))).toContain(
      'TG1608',
    );
    for (const socket of open) socket.destroy();
    await sleep(500);
    expect(await raw(head('GET /api/v1/stream', 'Host: localhost', tokened('viewer')))).toMatch(
      /^HTTP\/1\.1 200 /,
    );
  });
});
