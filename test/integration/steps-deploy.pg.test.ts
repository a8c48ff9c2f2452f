import { afterEach, expect, test } from 'vitest';
import { until } from '../../src/capabilities/sources/sources.fixture.ts';
import { beginSteps, deployment, phaseOf, type StepsWorld } from './steps.fixture.ts';

const worlds: StepsWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});
async function begin(): Promise<StepsWorld> {
  const steps = await beginSteps();
  worlds.push(steps);
  return steps;
}

const cancelled = { actor: 'user:bob', because: 'wrong one' };
const count = async ({ db }: StepsWorld, text: string) => (await db.query(text)).length;

test('a deployment is one promotion however often it is asked for, and its rollout wakes the run', async () => {
  const steps = await begin();
  const news = await steps.openRun('run-1');
  const { release } = await steps.world.release();
  const deploy = deployment(steps, 'run-1');
  const rollout = await deploy.rolling();
  expect(await count(steps, `select 1 from objects where kind = 'promotion'`)).toBe(1);
  expect(await count(steps, `select 1 from events where type = 'promotion.requested'`)).toBe(1);
  const log = await steps.world.config.git('log', '-1', '--format=%B', 'main');
  expect(log).toContain('Tidegate-Run: run-1');
  expect(log).toContain('Tidegate-Actor: user:ada');
  const before = await news();
  expect(before).toBeGreaterThan(0);
  steps.serve();
  await until(async () => ((await phaseOf(steps.db, rollout)) === 'succeeded' ? true : null));
  await until(async () => ((await news()) > before ? true : null));
  const end = await deploy.end();
  expect(end).toMatchObject({
    status: 'succeeded',
    outputs: {
      ...{ application: 'shop', release: release.id, rollout },
      commit: await steps.world.config.head(),
      urls: { 'eu-1': 'http://eu-1.example' },
    },
  });
});

test('what is stable already is deployed at once, without a commit', async () => {
  const steps = await begin();
  await steps.world.release();
  steps.serve();
  const first = await deployment(steps, 'run-1').end();
  const head = await steps.world.config.head();
  const news = await steps.openRun('run-2');
  const again = await deployment(steps, 'run-2').end();
  expect(again).toMatchObject({ status: 'succeeded' });
  expect(again.because).toContain('stable in production already');
  expect(again).toMatchObject({
    outputs: { release: first.is === 'end' && first.outputs.release },
  });
  expect(await steps.world.config.head()).toBe(head);
  expect(await news()).toBeGreaterThan(0);
});

test('a rollout of the same release that is under way is awaited, and not aborted by who only waits', async () => {
  const steps = await begin();
  await steps.world.release();
  const rollout = await deployment(steps, 'run-1').rolling();
  const second = deployment(steps, 'run-2');
  expect(await second.rolling()).toBe(rollout);
  expect(await second.end({ cancelled })).toMatchObject({
    status: 'cancelled',
    because: expect.stringContaining('begun by another commit and goes on'),
  });
  expect(await phaseOf(steps.db, rollout)).not.toBe('aborted');
});

test('a cancel aborts the rollout with one request, and ends when it has gone back', async () => {
  const steps = await begin();
  await steps.world.release();
  steps.serve();
  await deployment(steps, 'run-1').end();
  await steps.world.service.push({ 'server.js': '// two' });
  await steps.world.release();
  const deploy = deployment(steps, 'run-2', { fast: false });
  const rollout = await deploy.rolling();
  const end = await deploy.end({ cancelled });
  expect(end).toMatchObject({ status: 'cancelled', outputs: { rollout } });
  expect(end.because).toContain(`rollout ${rollout} ended aborted`);
  expect(await phaseOf(steps.db, rollout)).toBe('aborted');
  expect(
    await count(steps, `select 1 from requests where action = 'abort' and actor = 'user:bob'`),
  ).toBe(1);
});

test('who loses to a newer commit fails, and names it', async () => {
  const steps = await begin();
  await steps.world.release();
  steps.serve();
  await deployment(steps, 'run-1').end();
  await steps.world.service.push({ 'server.js': '// two' });
  await steps.world.release();
  const loser = deployment(steps, 'run-2', { fast: false });
  await loser.rolling();
  await steps.world.service.push({ 'server.js': '// three' });
  const { release } = await steps.world.release();
  const winner = deployment(steps, 'run-3', { release: release.id });
  const end = await Promise.all([loser.end(), winner.end()]);
  expect(end[0]).toMatchObject({ status: 'failed' });
  const commit = (await steps.world.config.head()).slice(0, 12);
  expect(end[0].because).toContain(commit);
  expect(end[1]).toMatchObject({ status: 'succeeded', outputs: { release: release.id } });
});

test('a release that is quarantined there is refused, and nothing is committed', async () => {
  const steps = await begin();
  const { release } = await steps.world.release();
  await steps.db.query(
    `insert into quarantines (application, environment, release, rollout, because)
     values ('shop', 'production', $1, 'ro-0', 'errors')`,
    [release.id],
  );
  const head = await steps.world.config.head();
  expect(await deployment(steps, 'run-1', { release: release.id }).end()).toMatchObject({
    status: 'failed',
    because: expect.stringContaining('ro-0: errors'),
  });
  expect(await steps.world.config.head()).toBe(head);
});
