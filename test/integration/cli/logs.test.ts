import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AgentHttp, serveAgent } from '../../../src/agent/http.ts';
import { openLogs } from '../../../src/integrations/driver/process/logs.ts';
import { homePaths } from '../../../src/platform/config/home.ts';
import { runHere } from './run.ts';

const own: { home: string; http?: AgentHttp } = { home: '' };

beforeAll(async () => {
  own.home = await mkdtemp(join(tmpdir(), 'tidegate-logs-'));
  const paths = homePaths(own.home);
  await mkdir(paths.agent, { recursive: true });
  const written = join(own.home, 'written');
  for (const [target, words] of [
    ['eu-1', 'hello from Europe\nand again\n'],
    ['us-1', 'hello from America\n'],
  ]) {
    await mkdir(join(written, String(target), 'shop', 'r-1'), { recursive: true });
    await writeFile(join(written, String(target), 'shop', 'r-1', '1.log'), String(words));
  }
  const targets = ['eu-1', 'us-1'].map((target) => ({
    target,
    statuses: () => [],
    logs: openLogs(join(written, target)).tail,
    stop: async () => undefined,
  }));
  own.http = await serveAgent({
    agent: { targets, stop: async () => undefined },
    port: 0,
    token: 'secret',
  });
  await writeFile(join(paths.agent, 'agent.json'), JSON.stringify({ url: own.http.url, pid: 1 }));
  await writeFile(paths.agentToken, 'secret\n');
});
afterAll(async () => {
  await own.http?.close();
  await rm(own.home, { recursive: true, force: true });
});

const logs = (...args: readonly string[]) =>
  runHere({ TIDEGATE_HOME: own.home }, 'logs', 'shop', '--release', 'r-1', ...args);

test('logs of all targets of this machine, or of one', async () => {
  const all = await logs();
  expect(all).toMatchObject({ code: 0 });
  expect(all.out).toBe(
    'r-1:\n  [1] hello from Europe\n  [1] and again\n  [1] hello from America\n',
  );
  const one = await logs('--target', 'eu-1', '--lines', '1', '--json');
  expect(JSON.parse(one.out)).toEqual({ items: [{ release: 'r-1', lines: ['[1] and again'] }] });
});

test('a wish that cannot be and an agent that is not there are told with what to do', async () => {
  expect(await logs('--lines', 'many')).toMatchObject({ code: 1 });
  const nobody = await runHere({ TIDEGATE_HOME: '/nowhere' }, 'logs', 'shop', '--release', 'r-1');
  expect(nobody.code).toBe(1);
  expect(nobody.err).toContain('TG1501');
  expect(nobody.err).toContain('on the machine of the target');
});
