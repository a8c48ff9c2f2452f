import { afterEach, expect, test } from 'vitest';
import { revertEffect } from '../../src/capabilities/releases/effects.ts';
import { configRepositories } from '../../src/capabilities/sources/directory.ts';
import { beginPromotions, type PromotionWorld, path } from './promotion.fixture.ts';

const worlds: PromotionWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

/** One release that Git asks for, as the rollout of it sees it when it fails. */
async function failing() {
  const world = await beginPromotions();
  worlds.push(world);
  const { release } = await world.release();
  await world.promoted();
  await world.settle();
  const handler = revertEffect({
    db: world.db,
    configRepository: configRepositories({ db: world.db, git: world.repositories.open }),
    wakeSource: async () => undefined,
  });
  const wish = {
    ...{ repository: 'config', path, application: 'shop', environment: 'production' },
    ...{ commit: await world.config.head(), release: release.id, restore: null as string | null },
    ...{ reason: 'it\nfailed', rollout: 'ro-1' },
  };
  const signal = new AbortController().signal;
  const run = (change: Partial<typeof wish> = {}, key = 'rollout/ro-1/3/0') =>
    handler.run({ ...wish, ...change }, key, signal);
  return { world, wish, run };
}

test('with nothing to go back to, the file is removed and the commit says why', async () => {
  const { world, wish, run } = await failing();
  expect(await run()).toEqual({ commit: await world.config.head() });
  expect(await world.config.git('ls-tree', '--name-only', 'main', '--', path)).toBe('');
  const message = await world.config.git('log', '-1', '--format=%B', 'main');
  expect(message).toContain('Roll back shop in production\n');
  expect(message).toContain(`Tidegate-Reverts: ${wish.commit}`);
  expect(message).toContain('Tidegate-Reason: it failed');
});

test('a file that declares something else by now stands', async () => {
  const { world, run } = await failing();
  await world.service.push({ 'server.js': '// two' });
  await world.release();
  await world.promoted();
  const head = await world.config.head();
  expect(await run()).toEqual({ overtaken: true });
  expect(await world.config.head()).toBe(head);
});

test('a release that is not there cannot be restored, and nothing is committed', async () => {
  const { world, run } = await failing();
  const head = await world.config.head();
  await expect(run({ restore: 'r-000000000000' })).rejects.toThrow('TG1202');
  expect(await world.config.head()).toBe(head);
});

test('a repository that cannot be reached is tried again later', async () => {
  const { world, run } = await failing();
  await world.db.query(
    `update objects set state = jsonb_set(state, '{address}', '"/nowhere/config.git"') where id = 'source/config'`,
  );
  await expect(run()).rejects.toThrow('TG1101');
  await expect(run({ repository: 'other' })).rejects.toThrow('No config repository is named other');
});
