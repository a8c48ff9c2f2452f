import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { type FreshDatabase, freshDatabase } from '../../../test/support/postgres.ts';
import { startEngine } from '../../engine/engine.ts';
import { readObject } from '../../engine/reads.ts';
import { openRepositories, type Repositories } from '../../integrations/git/registry.ts';
import { type GitRemote, gitRemote } from '../../integrations/git/remote.fixture.ts';
import { addSource, nudge } from './operations.ts';
import { sourceReconciler } from './reconcile.ts';
import type { SourceState } from './types.ts';

export type World = {
  readonly db: FreshDatabase['db'];
  readonly remote: GitRemote;
  readonly repositories: Repositories;
  /** Waits until the newest commit of the remote is read. */
  settle(name?: string): Promise<SourceState>;
  stop(): Promise<void>;
};

export const asker = { actor: 'user:ada', requestId: 'req-1' };

/** A source named `config` on a real repository, worked by a real engine. */
export async function startWorld(files: { readonly [path: string]: string }): Promise<World> {
  const { db, drop } = await freshDatabase();
  const remote = await gitRemote();
  const mirrors = await mkdtemp(join(tmpdir(), 'tidegate-mirrors-'));
  const repositories = openRepositories({ mirrors });
  const git = repositories.open;
  const engine = await startEngine({
    db,
    reconcilers: [sourceReconciler({ db, git })],
    handlers: [],
    worker: 'test',
    log: pino({ level: 'silent' }),
  });
  await remote.push(files);
  await addSource(db, { name: 'config', address: remote.address, pollInterval: 60_000 }, asker);
  return {
    db,
    remote,
    repositories,
    settle: async (name = 'config') => {
      const head = await remote.head();
      await nudge(db, name);
      return await until(async () => {
        const state = (await readObject<SourceState>(db, `source/${name}`))?.state;
        return state && state.seenCommit === head && state.pending === null ? state : null;
      });
    },
    async stop() {
      await engine.stop();
      await repositories.closeRepositories();
      await remote.close();
      await rm(mirrors, { recursive: true, force: true });
      await drop();
    },
  };
}

/** Asks every few milliseconds until there is an answer; gives up after twenty seconds. */
export async function until<T>(ask: () => Promise<T | null>): Promise<T> {
  const end = performance.now() + 20_000;
  while (performance.now() < end) {
    const answer = await ask();
    if (answer !== null) return answer;
    await sleep(10);
  }
  throw new Error('it did not come to pass');
}

export const application = (
  name: string,
  environments: readonly string[],
  more = '',
): string => `apiVersion: tidegate.dev/v1
kind: Application
metadata: { name: ${name} }
spec:
  owner: team-a
  source: { repository: ../services/${name}.git }
  run: { command: [node, server.js] }
  environments: [${environments.map((one) => `{ name: ${one} }`).join(', ')}]
  strategy: { canary: { steps: [{ setWeight: 20 }, { pause: { duration: 10s } }] } }
${more}`;

export const environment = (
  name: string,
  targets: readonly string[],
): string => `apiVersion: tidegate.dev/v1
kind: Environment
metadata: { name: ${name} }
spec: { waves: [{ targets: [${targets.join(', ')}] }] }
`;

export const target = (name: string): string => `apiVersion: tidegate.dev/v1
kind: Target
metadata: { name: ${name} }
spec: { driver: simulated }
`;

export const release = (
  name: string,
  place: string,
  digit: string,
): string => `apiVersion: tidegate.dev/v1
kind: Release
metadata: { name: ${name}, environment: ${place} }
spec:
  commit: ${digit.repeat(40)}
  artifact: { image: 'shop@sha256:${digit.repeat(64)}' }
  config:
    command: []
    env: {}
    health:
      readiness: { path: /readyz, interval: 1s, timeout: 1s, failureThreshold: 3 }
      liveness: null
      startTimeout: 1m
      drain: 30s
`;
