import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { until } from '../../test/support/fixture-service/harness.ts';
import { startFollower } from './follower.ts';
import { watchLink } from './link.ts';
import { startReporter } from './reporter.ts';
import { connectWire, WireError } from './wire.ts';

type Line = { readonly msg: string; readonly code?: string; readonly err?: unknown };

function listen() {
  const lines: Line[] = [];
  const log = pino({}, { write: (text: string) => void lines.push(JSON.parse(text) as Line) });
  return { lines, log };
}

test('it is told once that it is lost, once a minute that it stays so, and once that it is back', () => {
  const { lines, log } = listen();
  const clock = { now: 1_000 };
  const link = watchLink(log, 'http://plane', () => clock.now);
  const away = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
  link.found('follow eu-1');
  for (const way of ['follow eu-1', 'report eu-1', 'follow eu-1']) link.lost(way, away);
  expect(lines.map((line) => line.msg)).toEqual([
    'TG1803 Server is not reachable: connect ECONNREFUSED. What is served stays served, and it is tried again.',
  ]);
  clock.now += 59_999;
  link.lost('follow eu-1', away);
  expect(lines).toHaveLength(1);
  clock.now += 1;
  link.lost('follow eu-1', away);
  expect(lines[1]?.msg).toContain('It is so for 60 s.');
  link.lost('follow eu-1', new WireError('it answered 401', 'TG1601'));
  link.lost('report eu-1', away);
  expect(lines.map((line) => line.code)).toEqual(['TG1803', 'TG1803', 'TG1601']);
  link.found('follow eu-1');
  link.found('report eu-1');
  link.found('report eu-1');
  expect(lines.map((line) => line.msg).slice(3)).toEqual([
    'the control plane answers again after 60 s',
  ]);
  link.lost('report eu-1', 'gone');
  expect(lines).toHaveLength(5);
});

test('an agent whose control plane is away says so in one line with a code, without a stack', async () => {
  const { lines, log } = listen();
  const asked = { times: 0 };
  const plane = createServer((request) => {
    asked.times += 1;
    request.socket.destroy();
  });
  await new Promise<void>((resolve) => plane.listen(0, '127.0.0.1', resolve));
  const server = `http://127.0.0.1:${(plane.address() as AddressInfo).port}`;
  const wire = connectWire(server, 'token');
  const link = watchLink(log, server);
  const follower = startFollower({
    ...{ target: 'eu-1', wire, log, link, onNews: async () => {} },
    memory: { revision: 0, spec: null, intents: [] },
    tuning: { wait: 1, longestBackoff: 20 },
  });
  const reporter = startReporter({
    ...{ agent: 'a', target: 'eu-1', version: '1', statuses: () => [], log, link },
    send: (report, signal) => wire.report('eu-1', report, signal),
    tuning: { coalesce: 5, heartbeat: 20, refresh: 5, longestBackoff: 20 },
  });
  try {
    await until('some tries', () => asked.times >= 8);
    expect(lines.map((line) => line.code)).toEqual(['TG1803']);
    expect(JSON.stringify(lines)).not.toMatch(/stack|at .*\.ts:/);
  } finally {
    await follower.stop();
    await reporter.stop();
    plane.close();
    plane.closeAllConnections();
  }
});

test('news that cannot be acted on are told of once, and are no loss of the control plane', async () => {
  const { lines, log } = listen();
  const tries = { times: 0 };
  const follower = startFollower({
    ...{ target: 'eu-1', log, link: watchLink(log, 'http://plane') },
    wire: {
      follow: async () => ({ revision: 1, target: null, intents: [], refused: [] }),
      report: async () => {},
    },
    onNews: async () => {
      tries.times += 1;
      if (tries.times <= 5) throw new Error('disk is full');
    },
    memory: { revision: 0, spec: null, intents: [] },
    tuning: { wait: 1, longestBackoff: 5 },
  });
  try {
    await until('it to go on', () => tries.times >= 7);
    expect(lines.map((line) => line.msg)).toEqual([
      'what the control plane asks for cannot be done',
    ]);
  } finally {
    await follower.stop();
  }
});
