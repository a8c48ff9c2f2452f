import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startControlPlane } from '../../test/support/fixture-service/control-plane.ts';
import {
  fetchFixture,
  fetchOnce,
  fixtureVersion,
  intentMaker,
  startLoad,
  temporary,
  until,
} from '../../test/support/fixture-service/harness.ts';
import { silent } from '../../test/support/fixture-service/open-driver.ts';
import { readProcess } from '../integrations/driver/process/proc.ts';
import { driverFactory } from '../integrations/driver/registry.ts';
import { type Agent, startAgent } from './agent.ts';

type ControlPlane = Awaited<ReturnType<typeof startControlPlane>>;

const processTarget = { driver: 'process' as const, labels: {} };

function agentOn(plane: ControlPlane, directory: string, token = plane.token): Promise<Agent> {
  return startAgent({
    server: plane.url,
    token,
    name: 'test-agent',
    version: '1.2.3',
    targets: ['eu-1'],
    directory,
    driverFor: driverFactory({ fetchBundle: fetchFixture }),
    follower: { longestBackoff: 300, wait: 1 },
    reporter: { heartbeat: 300, refresh: 50, longestBackoff: 300 },
    log: silent,
  });
}

async function world() {
  const { path, remove } = temporary();
  const plane = await startControlPlane(processTarget);
  const agents: Agent[] = [];
  return {
    plane,
    directory: path,
    start: async (token?: string) => {
      const agent = await agentOn(plane, path, token);
      agents.push(agent);
      return agent;
    },
    end: async () => {
      for (const agent of agents) await agent.stop('end');
      await plane.close();
      remove();
    },
  };
}

const converged = (plane: ControlPlane, generation: number) =>
  until(`generation ${generation} to be reported as converged`, () => {
    const status = plane.state.latest.get('shop');
    return status?.generation === generation && status.converged && status.endpoint;
  });

test('an intent is followed, served and reported, and counters while they grow', async () => {
  const { plane, start, end } = await world();
  try {
    await start();
    const next = intentMaker();
    plane.write(next([fixtureVersion('r-1', 1, 100)]));
    const url = await converged(plane, 1);
    expect(plane.state.reports[0]?.report).toMatchObject({ agent: 'test-agent', version: '1.2.3' });

    await fetchOnce(url);
    await fetchOnce(`${url}/error`);
    const counted = await until('the counters', () => {
      const counters = plane.state.latest.get('shop')?.versions[0]?.counters;
      return counters?.requests === 2 && counters;
    });
    expect(counted.errors).toBe(1);
    expect(counted.latency.counts.at(-1)).toBe(2);

    const quiet = plane.state.reports.length;
    await sleep(700);
    const beats = plane.state.reports.slice(quiet).map(({ report }) => report.statuses.length);
    expect(beats.length).toBeGreaterThanOrEqual(1);
    expect(beats.every((statuses) => statuses === 0)).toBe(true);

    plane.write(next([fixtureVersion('r-1', 1, 50), fixtureVersion('r-2', 1, 50)]));
    await converged(plane, 2);
    expect(plane.state.asked.at(-1)).toBe(2);
  } finally {
    await end();
  }
});

test('services go on while the control plane is gone, and it is told all when it is back', async () => {
  const { plane, start, end } = await world();
  try {
    await start();
    const next = intentMaker();
    plane.write(next([fixtureVersion('r-1', 1, 100)]));
    const url = await converged(plane, 1);
    const load = startLoad(url);
    await plane.leave();
    await sleep(500);
    plane.state.latest.clear();
    plane.write(next([fixtureVersion('r-2', 1, 100)]));
    await plane.comeBack();
    await converged(plane, 2);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.releases.get('r-2')).toBeGreaterThan(0);
  } finally {
    await end();
  }
});

test('an agent that starts while nobody answers serves what it was last told', async () => {
  const { plane, start, end } = await world();
  try {
    const first = await start();
    plane.write(intentMaker()([fixtureVersion('r-1', 1, 100)]));
    const url = await converged(plane, 1);
    await first.stop('end');
    await plane.leave();
    await expect(fetchOnce(url)).rejects.toThrow('ECONNREFUSED');

    const second = await start();
    await until('service without a control plane', () =>
      fetchOnce(url).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    expect(second.targets[0]?.statuses()[0]).toMatchObject({ generation: 1, endpoint: url });
    plane.state.asked.length = 0;
    await plane.comeBack();
    await until('the resumed poll', () => plane.state.asked.length > 0);
    expect(plane.state.asked[0]).toBe(1);
  } finally {
    await end();
  }
});

test('an intent that is not valid stops nothing beside it', async () => {
  const { plane, start, end } = await world();
  try {
    await start();
    const good = intentMaker()([fixtureVersion('r-1', 1, 100)]);
    plane.write({ ...good, application: '../../etc' }, good);
    await converged(plane, 1);
    expect([...plane.state.latest.keys()]).toEqual(['shop']);
  } finally {
    await end();
  }
});

test('a refused token is not hammered with', async () => {
  const { plane, start, end } = await world();
  try {
    const agent = await start('wrong');
    plane.write(intentMaker()([fixtureVersion('r-1', 1, 100)]));
    await sleep(800);
    expect(plane.state.asked).toEqual([]);
    expect(agent.targets[0]?.statuses()).toEqual([]);
  } finally {
    await end();
  }
});

test('a control plane restored from a backup is followed from where it is', async () => {
  const { plane, start, end } = await world();
  try {
    const agent = await start();
    const next = intentMaker();
    for (const weight of [100, 100, 100])
      plane.write(next([fixtureVersion('r-1', 1, weight)]), intentMaker('cart')([]));
    const url = await converged(plane, 3);
    const { pid } = JSON.parse((await fetchOnce(`${url}/facts`)).body);

    await plane.leave();
    plane.state.revision = 0;
    plane.state.intents.clear();
    plane.write(intentMaker()([fixtureVersion('r-1', 1, 50), fixtureVersion('r-2', 1, 50)]));
    await plane.comeBack();
    const restored = await converged(plane, 1);
    expect(restored).toBe(url);
    const served = agent.targets[0]?.statuses().find(({ application }) => application === 'shop');
    expect(served?.versions.map(({ weight }) => weight)).toEqual([50, 50]);
    const answers = await Promise.all([1, 2].map(() => fetchOnce(`${url}/facts`)));
    expect(answers.map(({ body }) => JSON.parse(body).pid)).toContain(pid);
  } finally {
    await end();
  }
});

test('a control plane that answers at once with nothing is not asked without pause', async () => {
  const { plane, start, end } = await world();
  try {
    await start();
    plane.write(intentMaker()([fixtureVersion('r-1', 1, 100)]));
    await converged(plane, 1);
    plane.state.hasty = true;
    plane.write();
    plane.state.asked.length = 0;
    await sleep(1_000);
    expect(plane.state.asked.length).toBeGreaterThan(0);
    expect(plane.state.asked.length).toBeLessThan(12);
  } finally {
    await end();
  }
});

test('an agent does not start beside another one in the same directory', async () => {
  const { plane, directory, start, end } = await world();
  try {
    const first = await start();
    plane.write(intentMaker()([fixtureVersion('r-1', 1, 100)]));
    await converged(plane, 1);
    await first.stop('end');
    const other = readProcess(process.ppid);
    const file = join(directory, 'targets', 'eu-1', 'process', 'agent.json');
    writeFileSync(file, JSON.stringify(other));
    await expect(start()).rejects.toThrow(`Process ${process.ppid} is an agent`);
    rmSync(file);
  } finally {
    await end();
  }
});
