import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readDesired } from '../../src/capabilities/releases/desired.ts';
import { revertEffect } from '../../src/capabilities/releases/effects.ts';
import { configRepositories } from '../../src/capabilities/sources/directory.ts';
import { addSource, nudge } from '../../src/capabilities/sources/operations.ts';
import { readDocument } from '../../src/capabilities/sources/reads.ts';
import {
  application,
  environment,
  target,
  until,
} from '../../src/capabilities/sources/sources.fixture.ts';
import { composeParts } from '../../src/compose-parts.ts';
import { intentsChannel } from '../../src/engine/channels.ts';
import { startEngine } from '../../src/engine/engine.ts';
import { readObject } from '../../src/engine/reads.ts';
import { openRepositories } from '../../src/integrations/git/registry.ts';
import { gitRemote } from '../../src/integrations/git/remote.fixture.ts';
import { createLog } from '../../src/platform/log/log.ts';
import { freshDatabase } from '../support/postgres.ts';

const path = 'environments/production/shop.yaml';
const asker = { actor: 'user:ada', requestId: 'req-1' };
const image = `registry.example/shop@sha256:${'a'.repeat(64)}`;

async function startWorld() {
  const { db, drop } = await freshDatabase();
  const config = await gitRemote();
  const service = await gitRemote();
  const mirrors = await mkdtemp(join(tmpdir(), 'tidegate-mirrors-'));
  const repositories = openRepositories({ mirrors });
  const parts = composeParts(db, repositories.open);
  const log = createLog({ name: 'test', level: 'silent' });
  const engine = await startEngine({ db, ...parts, worker: 'test', log });
  await service.push({ 'server.js': '// one' });
  await config.push({
    'shop.yaml': application('shop', ['production']).replace(
      /repository: [^ }\n]+/,
      `repository: ${service.address}`,
    ),
    'environment.yaml': environment('production', ['eu-1']),
    'target.yaml': target('eu-1'),
  });
  await addSource(db, { name: 'config', address: config.address, pollInterval: 60_000 }, asker);
  const declared = () => readDocument(db, 'Application', 'shop');
  await until(async () => ((await declared())?.spec ? true : null));
  const promoted = async () => {
    const made = await parts.releases.promote(
      { application: 'shop', environment: 'production', because: 'test' },
      asker,
    );
    return await until(async () => {
      const found = await readObject<{ phase: string }>(db, `promotion/${made.id}`);
      return found && ['committed', 'failed'].includes(found.phase) ? found : null;
    });
  };
  const settle = async () => {
    const head = await config.head();
    await nudge(db);
    await until(async () => {
      const source = await readObject<{ seenCommit: string }>(db, 'source/config');
      return source?.state.seenCommit === head ? true : null;
    });
  };
  return {
    ...{ db, config, service, parts, repositories, promoted, settle },
    release: () => parts.releases.createRelease({ application: 'shop' }, asker),
    stop: async () => {
      await engine.stop();
      await repositories.closeRepositories();
      await Promise.all([config.close(), service.close()]);
      await rm(mirrors, { recursive: true, force: true });
      await drop();
    },
  };
}

type World = Awaited<ReturnType<typeof startWorld>>;
const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});
async function begin(): Promise<World> {
  const world = await startWorld();
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
