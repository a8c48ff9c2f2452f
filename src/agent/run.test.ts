import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startControlPlane } from '../../test/support/fixture-service/control-plane.ts';
import {
  fetchFixture,
  fetchOnce,
  fixtureVersion,
  intentMaker,
  temporary,
  until,
} from '../../test/support/fixture-service/harness.ts';
import { silent } from '../../test/support/fixture-service/open-driver.ts';
import type { GitRepository } from '../integrations/git/port.ts';
import { problem } from '../platform/errors/problem.ts';
import { backoff } from './backoff.ts';
import { bundleFetcher } from './bundles.ts';
import { readAgentConfig } from './config.ts';
import { readMemory, remember, writeMemory } from './memory.ts';
import { runAgent } from './run.ts';

/** A repository whose every tree is the fixture service, and which cannot be read under another name. */
function fixtureGit(address: string): GitRepository {
  const no = { ok: false as const, problem: problem('TG1101', { detail: `${address} is away.` }) };
  const away = async () => no;
  return {
    fetch: away,
    changes: away,
    read: away,
    resolve: away,
    commit: away,
    checkout: async (tree, directory) => {
      if (address !== 'file:///none') return no;
      await fetchFixture(tree, directory);
      return { ok: true, value: undefined };
    },
  };
}

async function get(url: string, token?: string): Promise<{ status: number; body: string }> {
  return fetchOnce(url, token ? { headers: { authorization: `Bearer ${token}` } } : {});
}

test('the agent as a program: it serves, shows metrics and health, and guards its logs', async () => {
  const { path: directory, remove } = temporary();
  const plane = await startControlPlane({ driver: 'process', labels: {} });
  const flags = { server: plane.url, token: plane.token, targets: 'eu-1', workloads: 'end' };
  const config = readAgentConfig({ ...flags, directory }, {});
  const running = await runAgent(config, { openGit: fixtureGit, log: silent });
  try {
    plane.write(intentMaker()([fixtureVersion('r-1', 1, 100)]));
    const service = await until('service', () => {
      const status = plane.state.latest.get('shop');
      return status?.converged && status.endpoint;
    });
    await fetchOnce(`${service}/log?text=hello`);
    await fetchOnce(`${service}/error`);

    const labels = 'application="shop",environment="test",target="eu-1",release="r-1"';
    const { body: metrics } = await get(`${running.url}/metrics`);
    expect(metrics).toContain(`tidegate_router_requests_total{${labels}} 2`);
    expect(metrics).toContain(`tidegate_router_errors_total{${labels}} 1`);
    expect(metrics).toContain(
      `tidegate_router_request_duration_seconds_bucket{${labels},le="+Inf"} 2`,
    );
    expect(metrics).toContain(`tidegate_router_request_duration_seconds_count{${labels}} 2`);
    expect(metrics).toContain(`tidegate_replicas_ready{${labels}} 1`);
    expect(metrics).toContain('process_resident_memory_bytes');

    expect(JSON.parse((await get(`${running.url}/healthz`)).body)).toEqual({
      status: 'ok',
      targets: ['eu-1'],
    });
    const logs = `${running.url}/logs?application=shop&release=r-1&lines=1`;
    expect((await get(logs)).status).toBe(401);
    expect((await get(logs, 'wrong')).status).toBe(401);
    expect(await get(logs, plane.token)).toMatchObject({ status: 200, body: '[1] hello' });
    expect((await get(`${logs}&target=us-1`, plane.token)).body).toBe('');
    expect((await get(`${running.url}/logs`, plane.token)).status).toBe(400);
    expect((await get(`${running.url}/else`)).status).toBe(404);
    expect((await fetchOnce(`${running.url}/healthz`, { method: 'PUT' })).status).toBe(405);

    const port = Number(new URL(running.url).port);
    const second = { ...config, port, directory: join(directory, 'second') };
    await expect(runAgent(second, { openGit: fixtureGit, log: silent })).rejects.toThrow(
      'EADDRINUSE',
    );
  } finally {
    await running.stop();
    await plane.close();
    remove();
  }
});

test('bundles: a failure is told with its code, an image is refused', async () => {
  const fetchBundle = bundleFetcher(fixtureGit);
  const bundle = { repository: 'file:///lost', path: '.', tree: 'a'.repeat(40) };
  await expect(fetchBundle({ bundle }, '/nowhere')).rejects.toThrow(
    'TG1101 Repository cannot be read: file:///lost is away.',
  );
  await expect(fetchBundle({ image: 'x' }, '/nowhere')).rejects.toThrow('not a bundle');
});

test('config: flags before variables, a token from a file, every fault at once', () => {
  const { path, remove } = temporary();
  const file = join(path, 'token');
  writeFileSync(file, 'from-file\n');
  const environment = {
    TIDEGATE_AGENT_SERVER: 'http://127.0.0.1:7070',
    TIDEGATE_AGENT_TOKEN_FILE: file,
    TIDEGATE_AGENT_TARGETS: 'eu-1, us-1',
    TIDEGATE_AGENT_DIRECTORY: '/var/lib/agent',
  };
  const config = readAgentConfig({ targets: 'eu-1', name: 'host-1', port: '9090' }, environment);
  remove();
  expect(config).toEqual({
    server: 'http://127.0.0.1:7070',
    token: 'from-file',
    name: 'host-1',
    targets: ['eu-1'],
    directory: '/var/lib/agent',
    port: 9090,
    logLevel: 'info',
    workloads: 'keep',
  });
  expect(
    readAgentConfig({ token: 't' }, { ...environment, TIDEGATE_AGENT_TOKEN_FILE: undefined }),
  ).toMatchObject({ token: 't', targets: ['eu-1', 'us-1'], port: 0 });
  expect(() => readAgentConfig({ server: 'ftp://x', targets: 'Not A Name' }, {})).toThrow(
    /TG1802[\s\S]*server[\s\S]*token[\s\S]*directory[\s\S]*targets/,
  );
  expect(() => readAgentConfig({ tokenFile: file }, {})).toThrow('cannot be read');
});

test('memory: the newest generation per application stays, over a restart too', () => {
  const { path, remove } = temporary();
  const directory = join(path, 'deep', 'intents');
  const next = intentMaker();
  const [old, fresh] = [next([]), next([fixtureVersion('r-1', 1, 100)])];
  const other = intentMaker('cart')([]);
  const spec = { driver: 'process' as const, labels: {} };
  const first = remember(readMemory(directory), {
    revision: 2,
    target: spec,
    intents: [fresh, other],
  });
  const second = remember(first.memory, { revision: 3, target: null, intents: [old] });
  expect(first.changed).toEqual([fresh, other]);
  expect(second).toEqual({ memory: { revision: 3, spec, intents: [fresh, other] }, changed: [] });
  writeMemory(directory, first.memory, first.changed);
  const before = statSync(join(directory, 'intent-cart.json')).ino;
  const newer = { ...fresh, generation: fresh.generation + 1 };
  const third = remember(second.memory, { revision: 4, target: null, intents: [newer] });
  writeMemory(directory, third.memory, third.changed);
  expect(statSync(join(directory, 'intent-cart.json')).ino).toBe(before);
  const read = readMemory(directory);
  expect(new Set(read.intents)).toEqual(new Set([newer, other]));
  expect(read).toMatchObject({ revision: 4, spec });
  writeFileSync(join(directory, 'target.json'), '{"revision":3');
  expect(readMemory(directory)).toEqual({ revision: 0, spec: null, intents: [] });
  remove();
});

test('backoff doubles, is bounded and spread', () => {
  expect([0, 1, 2].map((n) => backoff(n, 10_000, 1))).toEqual([250, 500, 1000]);
  expect(backoff(1000, 10_000, 1)).toBe(10_000);
  expect(backoff(0, 10_000, 0)).toBe(125);
});
