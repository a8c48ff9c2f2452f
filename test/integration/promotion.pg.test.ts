import { afterEach, expect, test } from 'vitest';
import { readDesired } from '../../src/capabilities/releases/desired.ts';
import { revertEffect } from '../../src/capabilities/releases/effects.ts';
import { configRepositories } from '../../src/capabilities/sources/directory.ts';
import { target, until } from '../../src/capabilities/sources/sources.fixture.ts';
import { intentsChannel } from '../../src/engine/channels.ts';

import { asker, beginPromotions, image, type PromotionWorld, path } from './promotion.fixture.ts';

const worlds: PromotionWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});
async function begin(): Promise<PromotionWorld> {
  const world = await beginPromotions();
  worlds.push(world);
  return world;
}

test('a promotion is one commit that tells who and why, and the same input twice is one release', async () => {
  const world = await begin();
  const first = await world.release();
  expect(await world.release()).toMatchObject({
    created: false,
    release: { id: first.release.id },
  });
  expect(await world.promoted()).toMatchObject({ phase: 'committed' });
  const log = await world.config.git('log', '-1', '--format=%an%n%B', 'main', '--', path);
  expect(log).toMatch(/^Tidegate\nPromote shop to r-/);
  expect(log).toContain(`Tidegate-Release: ${first.release.id}`);
  expect(log).toContain('Tidegate-Actor: user:ada');
  expect(log).toContain('Tidegate-Reason: test');
  const before = await world.config.head();
  expect(await world.promoted()).toMatchObject({ phase: 'committed' });
  expect(await world.config.head()).toBe(before);
});

test('a tag without a digest is refused with the reason, and nothing is kept', async () => {
  const world = await begin();
  const tagged = world.parts.releases.createRelease(
    { application: 'shop', image: 'registry.example/shop:1.2' },
    asker,
  );
  await expect(tagged).rejects.toThrow('TG1201');
  expect(await world.db.query('select 1 from releases')).toEqual([]);
  const made = await world.parts.releases.createRelease({ application: 'shop', image }, asker);
  expect(made.release.content.artifact).toEqual({ image });
});

test('a file that somebody broke can still be promoted over and reverted', async () => {
  const world = await begin();
  const first = await world.release();
  await world.promoted();
  await world.settle();
  const good = await world.config.git('show', `main:${path}`);
  await world.service.push({ 'server.js': '// two' });
  const second = await world.release();
  await world.config.push({ [path]: good.replace('kind: Release', 'kind: Relaese') });
  await world.settle();
  expect((await readDesired(world.db, 'shop', 'production'))?.release).toBe(first.release.id);
  expect(await world.promoted()).toMatchObject({ phase: 'committed' });
  await world.settle();
  expect((await readDesired(world.db, 'shop', 'production'))?.release).toBe(second.release.id);

  const failed = await world.config.head();
  await world.config.push({ [path]: ': not yaml' });
  await world.settle();
  const handler = revertEffect({
    db: world.db,
    configRepository: configRepositories({ db: world.db, git: world.repositories.open }),
    wakeSource: async () => undefined,
  });
  const wish = {
    ...{ repository: 'config', path, application: 'shop', environment: 'production' },
    ...{ commit: failed, release: second.release.id, restore: first.release.id },
    ...{ reason: 'it failed', rollout: 'ro-1' },
  };
  const signal = new AbortController().signal;
  const done = await handler.run(wish, 'rollout/ro-1/7/0', signal);
  expect(done).toEqual({ commit: await world.config.head() });
  expect(await handler.run(wish, 'rollout/ro-1/7/0', signal)).toEqual(done);
  expect(await world.config.git('show', `main:${path}`)).toBe(good);
});

test('the agents of a target hear at once that its document changed', async () => {
  const world = await begin();
  const heard: string[] = [];
  const stop = await world.db.listen(intentsChannel, (name) => heard.push(name));
  await world.config.push({
    'target.yaml': target('eu-1').replace('simulated', 'simulated, labels: { region: eu }'),
  });
  await world.settle();
  await until(async () => (heard.includes('eu-1') ? true : null));
  await stop();
});

test('what cannot be promoted is told apart', async () => {
  const world = await begin();
  const { promote, rollback } = world.parts.releases;
  const where = { application: 'shop', environment: 'production' };
  await expect(promote(where, asker)).rejects.toThrow('shop has no release yet');
  await expect(promote({ ...where, application: 'shpo' }, asker)).rejects.toThrow('TG1204');
  const { release } = await world.release();
  await expect(promote({ ...where, release: 'r-ffffffffffff' }, asker)).rejects.toThrow('TG1202');
  await world.db.query(
    `insert into quarantines (application, environment, release, rollout, because) values ('shop', 'production', $1, 'ro-1', 'it erred')`,
    [release.id],
  );
  await expect(promote(where, asker)).rejects.toThrow('failed in production with rollout ro-1');
  const retried = await promote({ ...where, release: release.id.slice(0, 8), retry: true }, asker);
  expect(retried).toMatchObject({ release: release.id, retry: true });
  await expect(rollback(where, asker)).rejects.toThrow('TG1205');
  await expect(rollback({ ...where, to: release.id }, asker)).rejects.toThrow('TG1205');
});
