import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { type Gate, openGate } from './gate.ts';

const open: { gates: Gate[]; servers: Server[] } = { gates: [], servers: [] };
afterEach(async () => {
  for (const gate of open.gates.splice(0)) await gate.close();
  for (const server of open.servers.splice(0)) server.close();
});

async function echo(name: string): Promise<number> {
  const server = createServer((socket) => {
    socket.on('data', (part) => socket.write(`${name}:${part}`)).on('error', () => undefined);
  });
  open.servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

async function client(port: number) {
  const socket = connect(port, '127.0.0.1');
  const heard: string[] = [];
  socket.on('data', (part) => heard.push(String(part))).on('error', () => undefined);
  await once(socket, 'connect');
  return { socket, heard: () => heard.join('') };
}

async function said(heard: () => string, text: string): Promise<void> {
  for (let look = 0; look < 100 && heard() !== text; look += 1) await sleep(10);
  expect(heard()).toBe(text);
}

test('a cut gate carries nothing and closes nothing; healed, it carries what had to wait', async () => {
  const gate = await openGate(await echo('a'));
  open.gates.push(gate);
  const before = await client(gate.port);
  before.socket.write('1');
  await said(before.heard, 'a:1');
  gate.cut();
  const during = await client(gate.port);
  before.socket.write('2');
  during.socket.write('3');
  await sleep(100);
  expect([before.heard(), during.heard()]).toEqual(['a:1', '']);
  expect(before.socket.destroyed || during.socket.destroyed).toBe(false);
  gate.heal();
  await said(before.heard, 'a:1a:2');
  await said(during.heard, 'a:3');
  before.socket.destroy();
  during.socket.destroy();
});

test('a gate that points elsewhere closes what it had and joins anew', async () => {
  const gate = await openGate(await echo('a'));
  open.gates.push(gate);
  const old = await client(gate.port);
  old.socket.write('1');
  await said(old.heard, 'a:1');
  const closed = once(old.socket, 'close');
  gate.point(await echo('b'));
  await closed;
  const next = await client(gate.port);
  next.socket.write('2');
  await said(next.heard, 'b:2');
  next.socket.destroy();
});
