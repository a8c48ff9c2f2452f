import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { releaseOperations } from '../../../src/capabilities/releases/operations.ts';
import { releaseRoutes } from '../../../src/capabilities/releases/routes.ts';
import { openRollout } from '../../../src/capabilities/rollouts/open.ts';
import { rolloutRoutes } from '../../../src/capabilities/rollouts/routes.ts';
import { saveRollout } from '../../../src/capabilities/rollouts/store.ts';
import type { RolloutRow, RolloutState } from '../../../src/capabilities/rollouts/types.ts';
import { sourceRoutes } from '../../../src/capabilities/sources/routes.ts';
import { composeParts } from '../../../src/compose-parts.ts';
import type { Application } from '../../../src/contract/kinds/application.ts';
import { parseDocuments } from '../../../src/contract/kinds/validate.ts';
import { openObject, writeEvent } from '../../../src/engine/store.ts';
import {
  type OpenRepository,
  openRepository,
} from '../../../src/integrations/git/git-cli/repository.ts';
import type { Database } from '../../../src/platform/db/types.ts';
import type { Routes } from '../../../src/platform/http/types.ts';
import { newId } from '../../../src/platform/ids/new-id.ts';
import type { Json } from '../../../src/platform/ids/types.ts';
import { openTestServer, type TestServer } from './server.ts';

export const hookSecret = 'between us';

export type World = TestServer & {
  /** Of the service `shop`: a repository with one commit. */
  readonly repository: string;
  git(...args: readonly string[]): string;
};

/** The API with an application `shop`, its repository, and environments staging and production; nobody reconciles. */
export async function openWorld(): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-api-'));
  const repository = join(directory, 'shop');
  mkdirSync(repository);
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=Dora', '-c', 'user.email=dora@example.org', ...args], {
      cwd: repository,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  git('init', '-q', '-b', 'main');
  writeFileSync(join(repository, 'server.js'), '// serves\n');
  git('add', '.');
  git('commit', '-q', '-m', 'Sell things');
  const repositories: OpenRepository[] = [];
  const open = (address: string): OpenRepository => {
    const opened = openRepository(address, { mirrors: join(directory, 'mirrors') });
    repositories.push(opened);
    return opened;
  };
  const server = await openTestServer({ more: (db) => routesOf(db, open) });
  await declare(server.db, documents(repository));
  return {
    ...server,
    repository,
    git,
    close: async () => {
      await server.close();
      await Promise.all(repositories.map((one) => one.close()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function routesOf(db: Database, git: (address: string) => OpenRepository): readonly Routes[] {
  const operations = releaseOperations({
    db,
    git,
    resolveAddress: async (declared) => declared,
    openObject,
    writeEvent,
    newId,
    now: () => new Date(),
  });
  const { loadRollout } = composeParts(db, git);
  return [
    releaseRoutes({ db, operations }),
    rolloutRoutes({ db, load: loadRollout, now: () => new Date() }),
    sourceRoutes({ db, hookSecret }),
  ];
}

const documents = (repository: string): string => `
apiVersion: tidegate.dev/v1
kind: Application
metadata: { name: shop }
spec:
  owner: team-shop
  source: { repository: ${repository} }
  run: { command: [node, server.js] }
  environments: [{ name: staging }, { name: production }]
  strategy:
    canary:
      steps: [{ setWeight: 20 }, { pause: {} }, { setWeight: 50 }]
---
apiVersion: tidegate.dev/v1
kind: Environment
metadata: { name: staging }
spec: { waves: [{ name: all, targets: [eu-1] }] }
---
apiVersion: tidegate.dev/v1
kind: Environment
metadata: { name: production }
spec: { waves: [{ name: eu, targets: [eu-1] }, { name: us, targets: [us-1] }] }
---
apiVersion: tidegate.dev/v1
kind: Target
metadata: { name: eu-1 }
spec: { driver: simulated }
---
apiVersion: tidegate.dev/v1
kind: Target
metadata: { name: us-1 }
spec: { driver: simulated }
`;

/** Keeps documents as a source does after it read them. */
export async function declare(db: Database, text: string): Promise<void> {
  const { documents: found, problems } = parseDocuments(text, 'all.yaml');
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  for (const one of found) {
    await db.query(
      `insert into documents (repository, path, kind, name, blob, newest_blob, commit, spec)
       values ('config', 'all.yaml', $1, $2, 'b', 'b', 'c', $3)
       on conflict (repository, kind, name) do update set spec = excluded.spec`,
      [one.kind, one.name, JSON.stringify(one.document)],
    );
  }
}

/** A rollout of `release` in production as its reconciler would have left it. */
export async function seedRollout(
  db: Database,
  change: Partial<RolloutRow> & { readonly id: string; readonly release: string },
  state: Partial<RolloutState> = {},
): Promise<void> {
  const [found] = await db.query<{ spec: Application }>(
    `select spec from documents where kind = 'Application' and name = 'shop'`,
  );
  if (!found) throw new Error('shop is not declared');
  const opened = openRollout(
    {
      application: 'shop',
      environment: change.environment ?? 'production',
      candidate: change.release,
      stable: change.stable ?? null,
      strategy: found.spec.spec.strategy,
      waves: [
        { name: 'eu', targets: ['eu-1'], soak: 0 },
        { name: 'us', targets: ['us-1'], soak: 0 },
      ],
      maxUnavailable: 0,
      replicas: 1,
      progressDeadline: 600_000,
      onInconclusive: 'hold',
      approvers: [],
      fastTrack: false,
      isRollback: false,
      commit: { id: 'c'.repeat(40), author: 'Dora', subject: 'Promote shop' },
      repository: 'config',
      path: 'environments/production/shop.yaml',
    },
    new Date(),
  );
  const whole: RolloutState = { ...opened, ...state, phase: change.phase ?? opened.phase };
  const now = new Date().toISOString();
  const row: RolloutRow = {
    application: 'shop',
    environment: 'production',
    stable: null,
    strategy: 'canary',
    phase: whole.phase,
    terminal: false,
    because: 'It was seeded.',
    weight: 20,
    wave: 0,
    waves: 2,
    step: 0,
    steps: 3,
    startedAt: now,
    updatedAt: now,
    endedAt: null,
    ...change,
  };
  await openObject(db, {
    kind: 'rollout',
    key: change.id,
    phase: row.phase,
    state: whole as unknown as Json,
  });
  await saveRollout(db, row);
}
