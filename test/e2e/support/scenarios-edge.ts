import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { eventually } from '../../../examples/demo/processes.ts';
import { startLoad } from '../../../examples/load/load.ts';
import { type App, addressOn, at, ended, openApp, visit, visits } from './app.ts';
import type { World } from './world.ts';

const twoSteps = '{ canary: { steps: [{ setWeight: 50 }, { pause: {} }] } }';

/**
 * A target whose agent was killed holds nothing up while maxUnavailable allows it, goes on serving, and converges
 * when the agent is back: it adopts what runs.
 */
export async function agentDies(world: World): Promise<void> {
  const app = await openApp(world, 'remote', { environment: 'edge', strategy: twoSteps });
  const one = await app.arrive({ version: '1' });
  const far = addressOn(one, 'ap-1');
  const served = await visit(far);
  await world.processes.get('far')?.kill();
  const two = await app.deliver({ version: '2' });
  // An agent that was not heard of for 15 s is out of reach.
  const half = await app.until(two, 'goes on without it', at(1, 'paused'), 40_000);
  expect(half.targets.find((target) => target.name === 'ap-1')).toMatchObject({ connected: false });
  expect(await serviceProcesses(world, app)).toContain(served.pid);
  await world.api.act(two.id, 'promote');
  expect(await app.until(two, 'ends', ended)).toMatchObject({ phase: 'succeeded' });

  await world.startAgent('far', ['ap-1']);
  await eventually('the target to catch up', async () => (await visit(far)).version === '2');
  await eventually('one process per replica', async () => {
    const seen = await Promise.all([visit(far), visit(addressOn(one, 'eu-1'))]);
    const running = await serviceProcesses(world, app);
    const wanted = seen.map(({ pid }) => pid).toSorted((a, b) => a - b);
    return JSON.stringify(running) === JSON.stringify(wanted);
  });
}

/** Killed and started again in the middle of a canary, the agent adopts: same processes, none twice. */
export async function agentAdopts(world: World): Promise<void> {
  const wish = { environment: 'brink', strategy: twoSteps, replicas: 2 };
  const app = await openApp(world, 'adopted', wish);
  await app.arrive({ version: '1' });
  const two = await app.deliver({ version: '2' });
  const half = await app.until(two, 'is half there', at(1, 'paused'));
  const before = await serviceProcesses(world, app);
  expect(before).toHaveLength(3);
  await world.processes.get('near')?.kill();
  await sleep(300);
  expect(await serviceProcesses(world, app)).toEqual(before);
  await world.startAgent('near', ['sa-1']);
  const url = addressOn(half, 'sa-1');
  // A replica that was taken over has to show its readiness again before it gets traffic.
  await eventually('every replica to answer again', async () => {
    const seen = new Set((await visits(40, url)).map(({ pid }) => pid));
    return seen.size === before.length && before.every((pid) => seen.has(pid));
  });
  expect(await serviceProcesses(world, app)).toEqual(before);
  await world.api.act(two.id, 'promote');
  expect(await app.until(two, 'ends', ended)).toMatchObject({ phase: 'succeeded' });
  await eventually(
    'the old version to be gone',
    async () => (await serviceProcesses(world, app)).length === 2,
  );
}

/** No request is lost while the control plane is away, and the rollout goes on when it is back. */
export async function controlPlaneDies(world: World): Promise<void> {
  const strategy =
    '{ canary: { steps: [{ setWeight: 20 }, { pause: { duration: 2s } }, { setWeight: 60 }] } }';
  const app = await openApp(world, 'orphaned', { environment: 'pair', strategy });
  const one = await app.arrive({ version: '1' });
  const urls = [addressOn(one, 'eu-1'), addressOn(one, 'us-1')];
  const load = startLoad({ urls, rate: 40 });
  const two = await app.deliver({ version: '2' });
  await app.until(two, 'has its first traffic', (view) => view.targets[0]?.candidateWeight === 20);
  await world.processes.get('control')?.kill();
  const { requests } = load.report();
  await sleep(2_000);
  expect(load.report().requests).toBeGreaterThan(requests + 100);
  await world.start('control', 'all');
  const last = await app.until(two, 'ends', ended, 40_000);
  expect(last.phase).toBe('succeeded');
  expect(await load.stop()).toMatchObject({ failed: 0 });
}

/** Ids of the processes that run this application's service, by their environment and folder; smallest first. */
async function serviceProcesses(world: World, app: App): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const env = await readFile(join('/proc', pid, 'environ'), 'utf8').catch(() => '');
      const place = await readlink(join('/proc', pid, 'cwd')).catch(() => '');
      const isOurs =
        env.includes(`TIDEGATE_APPLICATION=${app.name}\0`) && place.startsWith(world.directory);
      return isOurs ? [Number(pid)] : [];
    }),
  );
  return found.flat().toSorted((a, b) => a - b);
}
