import { execFile, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { openRepository } from './git-cli/repository.ts';
import type { GitRepository } from './port.ts';
import { type GitRemote, gitRemote } from './remote.fixture.ts';

const run = promisify(execFile);
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function remoteWith(text: string): Promise<{ remote: GitRemote; directory: string }> {
  const remote = await gitRemote();
  const directory = await mkdtemp(join(tmpdir(), 'tidegate-transport-'));
  ends.push(
    () => remote.close(),
    () => rm(directory, { recursive: true, force: true }),
  );
  await remote.push({ 'a.yaml': text });
  await remote.git('config', 'http.receivepack', 'true');
  return { remote, directory };
}

/** Reads and commits over an address, as a source does. */
async function readAndCommit(repository: GitRepository, remote: GitRemote): Promise<void> {
  const fetched = await repository.fetch('main');
  expect(fetched).toEqual({ ok: true, value: await remote.head() });
  const found = await repository.resolve('main', 'a.yaml');
  const request = {
    branch: 'main',
    edits: [{ path: 'a.yaml', content: 'two' }],
    expect: { 'a.yaml': found.ok ? found.value.object : '' },
    message: 'Over the wire',
    trailers: {},
    key: 'transport/1/0',
  };
  const done = await repository.commit(request);
  expect(done).toEqual({
    ok: true,
    value: { ok: true, commit: await remote.head(), repeated: false },
  });
  expect(await remote.git('show', 'main:a.yaml')).toBe('two');
}

test('ssh:// goes through the ssh program, with what a host would run', async () => {
  const { remote, directory } = await remoteWith('one');
  // Stands in for sshd alone: the protocol on both ends is Git's own.
  const ssh = join(directory, 'ssh');
  await writeFile(ssh, '#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n');
  await chmod(ssh, 0o700);
  const repository = openRepository(`ssh://git@host.example${remote.address}`, {
    mirrors: join(directory, 'mirrors'),
    environment: { GIT_SSH_COMMAND: ssh, GIT_SSH_VARIANT: 'ssh' },
  });
  ends.push(() => repository.close());
  await readAndCommit(repository, remote);
});

const openssl = await run('openssl', ['version']).then(
  () => true,
  () => false,
);

test.runIf(openssl)('https:// reads and pushes with a certificate that is checked', async () => {
  const { remote, directory } = await remoteWith('one');
  const { key, certificate } = await selfSigned(directory);
  const server = createServer(
    { key: await readFile(key), cert: await readFile(certificate) },
    (request, response) => serveGit(remote.address, request, response),
  );
  const port = await listen(server);
  const address = `https://localhost:${port}/config.git`;
  const open = (mirrors: string, environment: Record<string, string>): GitRepository => {
    const repository = openRepository(address, { mirrors: join(directory, mirrors), environment });
    ends.push(() => repository.close());
    return repository;
  };
  await readAndCommit(open('trusting', { GIT_SSL_CAINFO: certificate }), remote);
  const refused = await open('doubting', {}).fetch('main');
  expect(refused).toMatchObject({ ok: false, problem: { code: 'TG1101' } });
});

async function selfSigned(directory: string): Promise<{ key: string; certificate: string }> {
  const key = join(directory, 'key.pem');
  const certificate = join(directory, 'certificate.pem');
  const args = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '1',
    '-subj',
    '/CN=localhost',
  ];
  const name = ['-addext', 'subjectAltName=DNS:localhost'];
  await run('openssl', [...args, ...name, '-keyout', key, '-out', certificate]);
  return { key, certificate };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** What a Git host runs behind its web server: Git's own CGI program. */
function serveGit(path: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'https://localhost');
  const cgi = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH ?? '',
      GIT_PROJECT_ROOT: path,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname.replace('/config.git', ''),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      REMOTE_USER: 'tidegate',
      REMOTE_ADDR: '127.0.0.1',
    },
  });
  request.pipe(cgi.stdin);
  const parts: Buffer[] = [];
  cgi.stdout.on('data', (part: Buffer) => parts.push(part));
  cgi.once('close', () => {
    const all = Buffer.concat(parts);
    const end = all.indexOf('\r\n\r\n');
    for (const line of all.subarray(0, end).toString().split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/);
      if (name === 'Status') response.statusCode = Number(value.slice(0, 3));
      else response.setHeader(name, value);
    }
    response.end(all.subarray(end + 4));
  });
}
