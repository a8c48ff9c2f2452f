import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addSource, nudge } from '../../src/capabilities/sources/operations.ts';
import { readDocument } from '../../src/capabilities/sources/reads.ts';
import {
  application,
  environment,
  target,
  until,
} from '../../src/capabilities/sources/sources.fixture.ts';
import { composeParts } from '../../src/compose-parts.ts';
import { startEngine } from '../../src/engine/engine.ts';
import { readObject } from '../../src/engine/reads.ts';
import { openRepositories } from '../../src/integrations/git/registry.ts';
import { gitRemote } from '../../src/integrations/git/remote.fixture.ts';
import { createLog } from '../../src/platform/log/log.ts';
import { freshDatabase } from '../support/postgres.ts';

export const path = 'environments/production/shop.yaml';
export const asker = { actor: 'user:ada', requestId: 'req-1' };
export const image = `registry.example/shop@sha256:${'a'.repeat(64)}`;

/** A config repository that declares `shop`, its service, and a worker with every reconciler; no agent. */
export async function beginPromotions() {
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

export type PromotionWorld = Awaited<ReturnType<typeof beginPromotions>>;
