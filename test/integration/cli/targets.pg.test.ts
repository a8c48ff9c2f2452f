import { afterEach, beforeEach, expect, test } from 'vitest';
import { saveStatuses, touchAgent, writeIntents } from '../../../src/capabilities/fleet/store.ts';
import { specOf, statusOf } from '../../../src/capabilities/fleet/test/fixtures.ts';
import { openWorld, type World } from '../api/world.ts';
import { run } from './run.ts';

const own: { world?: World } = {};
const world = (): World => own.world as World;
beforeEach(async () => {
  own.world = await openWorld();
});
afterEach(() => own.world?.close());

const ask = (application: string, weights: Record<string, number>) =>
  world().db.transaction((tx) =>
    writeIntents(tx, { application, environment: 'production', writtenBy: 'rollout/ro-1' }, [
      { target: 'eu-1', spec: specOf(weights), because: 'test' },
    ]),
  );

test('one target is shown with all that it serves otherwise than asked', async () => {
  const idle = await run(world(), 'targets', 'us-1');
  expect(idle.out).toMatch(/us-1 +simulated +not connected +agent agent-1, never seen/);
  expect(idle.out).toContain('Nothing is asked of it.');
  await ask('shop', { 'r-1': 100 });
  await ask('blog', { 'r-1': 100 });
  await world().db.transaction(async (tx) => {
    await touchAgent(tx, 'agent-1', '1.0.0');
    const reports = ['blog', 'shop'].map((application) => statusOf('eu-1', 1, { application }));
    await saveStatuses(tx, 'agent-1', reports);
  });
  await ask('shop', { 'r-1': 90, 'r-2': 10 });
  const { code, out } = await run(world(), 'targets', 'eu-1');
  expect(code).toBe(0);
  expect(out).toMatch(/eu-1 +simulated +connected +agent agent-1, seen \d+ s ago/);
  expect(out).toMatch(/blog@production +- +as asked/);
  expect(out).toMatch(/shop@production +generation +2 +1/);
  expect(out).toMatch(/versions\.r-1\.weight +90 % +100 %/);
  expect(out).toMatch(/versions\.r-2 +1 replica at 10 % +nothing/);
  const json = JSON.parse((await run(world(), 'targets', 'eu-1', '--json')).out);
  expect(json).toMatchObject({ name: 'eu-1', applications: [{ drift: [] }, {}], cursor: null });
});

test('a target that is not there is said to be not there', async () => {
  const { code, err } = await run(world(), 'targets', 'ap-1');
  expect(code).toBe(1);
  expect(err).toContain('There is no target ap-1.');
});
