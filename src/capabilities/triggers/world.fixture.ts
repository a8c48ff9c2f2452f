import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type FreshDatabase, freshDatabase } from '../../../test/support/postgres.ts';
import { startEngine } from '../../engine/engine.ts';
import { readObject } from '../../engine/reads.ts';
import { openObject, wakeObjects, writeEvent } from '../../engine/store.ts';
import type { EffectHandler } from '../../engine/types.ts';
import { openRepositories } from '../../integrations/git/registry.ts';
import { type GitRemote, gitRemote } from '../../integrations/git/remote.fixture.ts';
import { newId } from '../../platform/ids/new-id.ts';
import { runOperations } from '../pipelines/operations.ts';
import type { RunState } from '../pipelines/types.ts';
import { releaseOperations } from '../releases/operations.ts';
import { sameRepository } from '../sources/address.ts';
import { configRepositories } from '../sources/directory.ts';
import { addSource, nudge } from '../sources/operations.ts';
import { sourceReconciler } from '../sources/reconcile.ts';
import { resolveAddress } from '../sources/resolve.ts';
import { until } from '../sources/sources.fixture.ts';
import { beginEffect } from './effects.ts';
import { nudgeTriggers } from './operations.ts';
import { triggerReconciler } from './reconcile.ts';
import type { TriggerState } from './types.ts';

export type World = {
  readonly db: FreshDatabase['db'];
  readonly config: GitRemote;
  readonly service: GitRemote;
  /** Waits until the newest commit of the config repository is read. */
  settle(): Promise<void>;
  /** As a webhook of this repository would. */
  nudge(remote: GitRemote): Promise<readonly string[]>;
  state(key: string): Promise<TriggerState | null>;
  /** Waits for what a trigger object says. */
  says(key: string, what: RegExp): Promise<TriggerState>;
  /** Oldest first. */
  runs(): Promise<readonly (RunState & { readonly id: string })[]>;
  /** Waits for this many runs, and a little longer, so that one too many is seen. */
  hasRuns(count: number): Promise<readonly (RunState & { readonly id: string })[]>;
  /** Starts a worker; where a test comes in between, `around` wraps the effect that begins runs. */
  work(around?: (handler: EffectHandler) => EffectHandler): Promise<{ stop(): Promise<void> }>;
  stop(): Promise<void>;
};

/** A config repository, a service repository, and everything that makes commits of them runs. Nothing works runs off. */
export async function startWorld(
  files: { readonly [path: string]: string },
  options: { readonly worker?: boolean } = {},
): Promise<World> {
  const { db, drop } = await freshDatabase();
  const [config, service] = [await gitRemote(), await gitRemote()];
  const mirrors = await mkdtemp(join(tmpdir(), 'tidegate-mirrors-'));
  const repositories = openRepositories({ mirrors });
  const git = repositories.open;
  const work = worker({ db, git });
  await service.push({ 'server.js': '// one', 'lib/a.js': '// a' });
  await config.push(
    Object.fromEntries(
      Object.entries(files).map(([path, text]) => [
        path,
        text.replaceAll('../services/shop.git', service.address),
      ]),
    ),
  );
  const started = options.worker === false ? null : await work();
  await addSource(
    db,
    { name: 'config', address: config.address, pollInterval: 60_000 },
    { actor: 'user:ada', requestId: null },
  );
  const runs = async () =>
    await db
      .query<RunState & { id: string }>(
        `select o.state || jsonb_build_object('id', r.id) as state from runs r join objects o on o.id = 'run/' || r.id
        order by r.seq`,
      )
      .then((rows) =>
        rows.map((row) => (row as unknown as { state: RunState & { id: string } }).state),
      );
  const state = async (key: string) =>
    (await readObject<TriggerState>(db, `trigger/${key}`))?.state ?? null;
  return {
    ...{ db, config, service, state, runs, work },
    settle: async () => {
      const head = await config.head();
      await nudge(db, 'config');
      await until(async () => {
        const found = await readObject<{ seenCommit: string }>(db, 'source/config');
        return found?.state.seenCommit === head ? true : null;
      });
    },
    nudge: (remote) =>
      nudgeTriggers(db, { repositories: [remote.address], branch: 'main' }, sameRepository),
    says: (key, what) =>
      until(async () => {
        const found = await readObject<TriggerState>(db, `trigger/${key}`);
        return found && what.test(found.because) ? found.state : null;
      }),
    hasRuns: async (count) => {
      await until(async () => ((await runs()).length >= count ? true : null));
      await db.query('select pg_sleep(0.3)');
      return await runs();
    },
    async stop() {
      await started?.stop();
      await repositories.closeRepositories();
      await Promise.all([config.close(), service.close()]);
      await rm(mirrors, { recursive: true, force: true });
      await drop();
    },
  };
}

function worker({
  db,
  git,
}: Pick<Parameters<typeof sourceReconciler>[0], 'git'> & Pick<World, 'db'>) {
  const configRepository = configRepositories({ db, git });
  const resolve = async (declared: string, name: string) =>
    resolveAddress(declared, (await configRepository(name)).address);
  const now = () => new Date();
  const releases = releaseOperations({
    ...{ db, git, resolveAddress: resolve, openObject, writeEvent, newId, now },
  });
  const runs = runOperations({ db, adapters: new Map(), newId, now });
  const begin = beginEffect({ createRelease: releases.createRelease, start: runs.start });
  return async (around: (handler: EffectHandler) => EffectHandler = (one) => one) =>
    await startEngine({
      db,
      reconcilers: [
        sourceReconciler({ db, git }),
        triggerReconciler({ db, git, resolveAddress: resolve, identify: sameRepository }),
      ],
      handlers: [around(begin)],
      worker: newId('worker'),
      log: pino({ level: 'silent' }),
    });
}

export const wake = (db: World['db'], key: string): Promise<void> =>
  wakeObjects(db, [`trigger/${key}`]);

export const pipeline = (
  name: string,
  triggers: readonly object[],
  more = '',
): string => `apiVersion: tidegate.dev/v1
kind: Pipeline
metadata: { name: ${name} }
spec:
  secrets: { hook: { env: TIDEGATE_SECRET_HOOK }, other: { env: TIDEGATE_SECRET_OTHER } }
  triggers: ${JSON.stringify(triggers)}
  steps: [{ name: pause, wait: { duration: 1s } }]
${more}`;

export const shop = (more: string): string => `apiVersion: tidegate.dev/v1
kind: Application
metadata: { name: shop }
spec:
  owner: team-a
  source: { repository: ../services/shop.git }
  run: { command: [node, server.js] }
  environments: [{ name: staging }]
  strategy: { canary: { steps: [{ setWeight: 20 }, { pause: { duration: 10s } }] } }
${more}`;
