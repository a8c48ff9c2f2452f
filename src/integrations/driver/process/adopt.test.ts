import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import {
  fetchOnce,
  fixtureVersion,
  intentMaker,
  temporary,
  until,
} from '../../../../test/support/fixture-service/harness.ts';
import {
  converged,
  openDriver,
  statusOf,
} from '../../../../test/support/fixture-service/open-driver.ts';
import type { Intent } from '../../../capabilities/fleet/types.ts';
import { findMarked, markerOf, readProcess, signal } from './proc.ts';

const child = new URL('../../../../test/support/fixture-service/driver-child.ts', import.meta.url);

const started: { readonly agent: ChildProcess; readonly directory: string }[] = [];
/** A test that failed half-way leaves processes that would outlive the whole run. */
afterEach(() => {
  for (const { agent, directory } of started.splice(0)) {
    agent.kill('SIGKILL');
    for (const { pid } of findMarked(markerOf(directory))) signal(pid, 'SIGKILL');
  }
});

/** An agent process of its own on `directory`, that can be killed; gives the router's address once all is served. */
async function startChild(directory: string, intent: Intent) {
  const agent = spawn(process.execPath, [child.pathname, directory, JSON.stringify(intent)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  started.push({ agent, directory });
  const [line] = await once(agent.stdout, 'data');
  return { agent, url: String(line).trim() };
}

async function pidsAt(url: string): Promise<number[]> {
  const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => fetchOnce(`${url}/facts`)));
  return [...new Set(answers.map(({ body }) => Number(JSON.parse(body).pid)))].sort();
}

test('after SIGKILL the next agent takes over what lives: no orphan, no double, no restart', async () => {
  const { path: directory, remove } = temporary();
  const next = intentMaker();
  const intent = next([fixtureVersion('r-1', 2, 50), fixtureVersion('r-2', 1, 50)]);
  const { agent, url } = await startChild(directory, intent);
  const before = await pidsAt(url);
  expect(before.length).toBe(3);
  agent.kill('SIGKILL');
  await once(agent, 'exit');
  for (const pid of before) expect(readProcess(pid)).not.toBeNull();

  const { driver, end } = await openDriver({ directory });
  try {
    driver.apply(intent);
    expect(await converged(driver, 1)).toBe(url);
    expect(await pidsAt(url)).toEqual(before);
    const marked = findMarked(markerOf(directory)).map((facts) => facts.pid);
    expect(marked.sort()).toEqual(before);

    const [first = 0] = before;
    signal(first, 'SIGKILL');
    await until('the loss to be seen', () => !statusOf(driver)?.converged);
    await converged(driver, 1);
    const after = await pidsAt(url);
    expect(after.filter((one) => before.includes(one)).length).toBe(2);
  } finally {
    await end();
    for (const pid of before) expect(readProcess(pid)).toBeNull();
    remove();
  }
});

test('a process with the marker that no record explains is ended, one with a record is kept', async () => {
  const { path: directory, remove } = temporary();
  const next = intentMaker();
  const intent = next([fixtureVersion('r-1', 2, 100, { env: { FIXTURE: 'stubborn' } })]);
  const { agent, url } = await startChild(directory, intent);
  const before = await pidsAt(url);
  agent.kill('SIGKILL');
  await once(agent, 'exit');
  const records = join(directory, 'replicas');
  const [lost = ''] = readdirSync(records);
  rmSync(join(records, lost));

  const { driver, end } = await openDriver({ directory });
  try {
    const living = before.filter((pid) => readProcess(pid) !== null);
    expect(living.length).toBe(1);
    expect(findMarked(markerOf(directory)).map(({ pid }) => pid)).toEqual(living);
    driver.apply(intent);
    await converged(driver, 1);
    expect((await pidsAt(url)).length).toBe(2);
  } finally {
    await end();
    remove();
  }
});

test('workloads that are kept serve the next agent; a second one at once is refused', async () => {
  const { path: directory, remove } = temporary();
  const next = intentMaker();
  const intent = next([fixtureVersion('r-1', 1, 100)]);
  const { agent, url } = await startChild(directory, intent);
  await expect(openDriver({ directory })).rejects.toThrow(`Process ${agent.pid} is an agent`);
  const before = await pidsAt(url);
  agent.kill('SIGTERM');
  await once(agent, 'exit');

  const { driver, end } = await openDriver({ directory });
  try {
    driver.apply(next([fixtureVersion('r-1', 1, 100)]));
    expect(await converged(driver, 2)).toBe(url);
    expect(await pidsAt(url)).toEqual(before);
  } finally {
    await end();
    remove();
  }
});
