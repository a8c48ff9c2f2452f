import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, type Role, startRole } from '../../examples/demo/processes.ts';
import { startLoad } from '../../examples/load/load.ts';
import type { RolloutView } from '../../src/contract/api/rollouts.ts';
import { processesIn } from './left-over.ts';
import { application, publish } from './support/services.ts';
import { openWorld, type World } from './support/world.ts';

const strategy =
  '{ canary: { steps: [{ setWeight: 20 }, { pause: { duration: 8s } }, { setWeight: 60 }, { pause: { duration: 1s } }] } }';
const made: { world?: World } = {};
const world = (): World => {
  if (!made.world) throw new Error('the world is not there');
  return made.world;
};

beforeAll(async () => {
  made.world = await openWorld({
    environments: { production: '{ waves: [{ targets: [eu-1] }, { targets: [us-1] }] }' },
    agents: { edge: ['eu-1', 'us-1'] },
    control: [
      ['server', 'server'],
      ['worker-1', 'worker'],
      ['worker-2', 'worker'],
    ],
  });
}, 120_000);
afterAll(async () => {
  const directory = made.world?.directory;
  await made.world?.end();
  if (directory) expect(await processesIn(directory)).toEqual([]);
}, 60_000);

const isOver = (view: RolloutView): boolean => view.terminal;
const canPromote = (view: RolloutView): boolean =>
  view.step === 1 && view.actions.some((one) => one.action === 'promote' && one.allowed);

async function deliver(version: string, known: readonly string[] = []): Promise<RolloutView> {
  await publish(world().serviceOf('shop'), { version });
  const { id } = await world().api.release('shop');
  await world().api.promote('shop', { environment: 'production' });
  return await world().api.until('shop', id, 'has a rollout', () => true, { known });
}

test('roles apart on one PostgreSQL: a worker dies in the middle and the other goes on within 5 s', {
  timeout: 120_000,
}, async () => {
  const { api, declare, processes, db } = world();
  await declare(
    { 'applications/shop.yaml': application('shop', { environment: 'production', strategy }) },
    ['shop'],
  );
  await eventually('shop to be declared', () => api.status('shop'));
  const first = await deliver('1');
  const one = await api.until('shop', first.release, 'to be everywhere', isOver);
  expect(one).toMatchObject({ phase: 'succeeded' });
  const urls = one.targets.map((target) => target.endpoint ?? '');
  expect(urls).toHaveLength(2);

  const load = startLoad({ urls, rate: 40 });
  const second = await deliver('2');
  // Each of the two dies once, so that the one with the work is among them.
  for (const victim of ['worker-1', 'worker-2']) {
    const { wave } = await api.until('shop', second.release, 'waits', canPromote);
    await processes.get(victim)?.kill();
    const killedAt = performance.now();
    await api.act(second.id, 'promote', `${victim} died`);
    await api.until(
      'shop',
      second.release,
      'goes on',
      (view) => view.step >= 2 || view.wave > wave,
    );
    expect(performance.now() - killedAt).toBeLessThan(5_000);
    await world().start(victim, 'worker');
    await api.until(
      'shop',
      second.release,
      'is in the next wave',
      (view) => view.wave > wave || isOver(view),
    );
  }
  const two = await api.until('shop', second.release, 'to be everywhere', isOver);
  expect(two.phase).toBe('succeeded');
  await sleep(200);
  const report = await load.stop();
  expect(report.failed).toBe(0);
  expect(Object.keys(report.releases).sort()).toEqual([first.release, second.release].sort());

  const events = await api.events('&application=shop');
  expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
  expect(events.filter((event) => event.type === 'rollout.succeeded')).toHaveLength(2);
  const stuck = await db.query(
    `select id, leased_by from objects where leased_until < now() - interval '5 s'`,
    [],
  );
  expect(stuck).toEqual([]);
});

test('what cannot start says why and how to mend it, and leaves nothing behind', {
  timeout: 60_000,
}, async () => {
  const { directory, processes } = world();
  const nowhere = { DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/none' };
  const lost = await failing('worker', 'lost', [], nowhere);
  expect(lost).toMatch(/TG1801 .*PostgreSQL at 127\.0\.0\.1:1 cannot be used/);
  expect(lost).toContain('hint: Is it up');
  expect(lost).not.toContain('hunter2');
  const twin = await failing('agent', 'edge', ['--server', world().url, '--target', 'eu-1']);
  expect(twin).toMatch(`Process ${processes.get('edge')?.child.pid} is an agent on`);
  const port = new URL(world().url).port;
  for (const role of ['all', 'start'] as const)
    expect(await failing(role, 'crowded', ['--port', port])).toContain(`Port ${port} of`);
  for (const text of [lost, twin]) expect(text).not.toContain('    at ');
  expect(await processesIn(join(directory, 'crowded'))).toEqual([]);
});

/** What a role says that ends by itself with code 1. */
async function failing(
  role: Role,
  home: string,
  flags: readonly string[],
  env: { readonly [name: string]: string } = {},
): Promise<string> {
  const { directory } = world();
  const log = join(directory, `${home}-failing.log`);
  const wish = { home: join(directory, home), log, flags, env };
  const { child, lastWords } = await startRole(role, wish);
  await eventually(`${role} to end`, async () => child.exitCode !== null, 30_000);
  expect(child.exitCode).toBe(1);
  return await lastWords();
}
