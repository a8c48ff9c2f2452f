import type { Application } from '../../contract/kinds/application.ts';
import { readObject } from '../../engine/reads.ts';
import type { NewEvent, NewObject } from '../../engine/types.ts';
import type { CommitInfo, GitRepository, GitResult } from '../../integrations/git/port.ts';
import type { Database, Sql } from '../../platform/db/types.ts';
import { fail, ProblemError } from '../../platform/errors/problem.ts';
import type { Json } from '../../platform/ids/types.ts';
import {
  mustReadApplication,
  oneRelease,
  type PromoteInput,
  refuseQuarantined,
  releaseToPromote,
} from './choose.ts';
import { readDesired } from './desired.ts';
import { listRollbackTargets, readRelease } from './reads.ts';
import { entryOf, renderContent, requireDigest } from './render.ts';
import { identify, insertRelease, lockPromotion } from './store.ts';
import type { Artifact, PromotionState, Release } from './types.ts';

export type ReleaseOperationsDeps = {
  readonly db: Database;
  readonly git: (address: string) => GitRepository;
  /** Address of an application's repository as declared, made absolute. */
  readonly resolveAddress: (declared: string, configRepository: string) => Promise<string>;
  readonly openObject: (sql: Sql, object: NewObject) => Promise<void>;
  readonly writeEvent: (sql: Sql, event: NewEvent) => Promise<void>;
  readonly newId: (prefix: string) => string;
  readonly now: () => Date;
};

export type Asker = { readonly actor: string; readonly requestId: string | null };

export type CreateReleaseInput = {
  readonly application: string;
  /** Commit, tag or branch of the service's repository; its declared branch when left out. */
  readonly ref?: string | undefined;
  readonly image?: string | undefined;
  /** Whose configuration is rendered; the first environment of its path when left out. */
  readonly environment?: string | undefined;
};

export type RollbackInput = {
  readonly application: string;
  readonly environment: string;
  readonly to?: string | undefined;
  readonly because?: string | undefined;
};

export type PromotionView = PromotionState & { readonly id: string };

/** What people ask of releases. Each writes rows and wakes a key; the commit is made by the promotion that it opens. */
export function releaseOperations(deps: ReleaseOperationsDeps) {
  return {
    createRelease: (input: CreateReleaseInput, asker: Asker) => createRelease(deps, input, asker),
    promote: (input: PromoteInput, asker: Asker) => promote(deps, input, asker),
    rollback: (input: RollbackInput, asker: Asker) => rollback(deps, input, asker),
  };
}

async function createRelease(
  deps: ReleaseOperationsDeps,
  input: CreateReleaseInput,
  asker: Asker,
): Promise<{ release: Release; created: boolean }> {
  const { application, repository } = await mustReadApplication(deps.db, input.application);
  const { source } = application.spec;
  const address = await deps.resolveAddress(source.repository, repository);
  const git = deps.git(address);
  must(await git.fetch(source.branch));
  const found = must(await git.resolve(input.ref ?? source.branch, source.path));
  const artifact = artifactOf(application, input, {
    address,
    tree: found.object,
    type: found.type,
  });
  const environment = input.environment ?? application.spec.environments[0]?.name ?? '';
  return await keep(deps, application, environment, found.commit, artifact, asker);
}

function artifactOf(
  application: Application,
  input: CreateReleaseInput,
  found: { readonly address: string; readonly tree: string; readonly type: 'blob' | 'tree' },
): Artifact {
  if (input.image !== undefined) return requireDigest(input.image);
  if (application.spec.artifact === 'image') {
    fail('TG1201', {
      detail: `${application.metadata.name} is delivered as an image, and none was named.`,
      hint: 'Add --image IMAGE@sha256:…',
    });
  }
  const { path } = application.spec.source;
  if (found.type !== 'tree')
    fail('TG1010', { detail: `${path} is a file; a bundle is a directory.` });
  return { bundle: { repository: found.address, path, tree: found.tree } };
}

async function keep(
  deps: ReleaseOperationsDeps,
  application: Application,
  environment: string,
  commit: Pick<CommitInfo, 'id' | 'subject' | 'author' | 'at'>,
  artifact: Artifact,
  asker: Asker,
): Promise<{ release: Release; created: boolean }> {
  const content = renderContent(application, environment, commit.id, artifact);
  const { id } = identify(content);
  const created = await deps.db.transaction(async (tx) => {
    const isNew = await insertRelease(tx, {
      content,
      subject: commit.subject,
      author: commit.author,
      committedAt: commit.at ? new Date(commit.at) : null,
      createdBy: asker.actor,
    });
    if (isNew) {
      await deps.writeEvent(tx, {
        type: 'release.created',
        actor: asker.actor,
        application: content.application,
        because: `Commit ${commit.id.slice(0, 12)} (${commit.subject}) with the configuration of ${environment}.`,
        outcome: 'done',
        after: { release: id, content: content as unknown as Json },
        ...(asker.requestId ? { requestId: asker.requestId } : {}),
      });
    }
    return isNew;
  });
  const release = await readRelease(deps.db, id);
  if (!release) fail('TG1604', { detail: `Release ${id} is not there after it was kept.` });
  return { release, created };
}

async function promote(
  deps: ReleaseOperationsDeps,
  input: PromoteInput,
  asker: Asker,
): Promise<PromotionView> {
  const known = input.id === undefined ? null : await readPromotion(deps.db, input.id);
  if (known) return known;
  const { application } = await mustReadApplication(deps.db, input.application);
  const wanted = await releaseToPromote(deps.db, application, input);
  const { commit, artifact } = wanted.content;
  const facts = {
    id: commit,
    subject: wanted.subject,
    author: wanted.author,
    at: wanted.committedAt?.toISOString() ?? '',
  };
  const { release } = await keep(deps, application, input.environment, facts, artifact, asker);
  await refuseQuarantined(deps.db, input, release.id);
  const wish = {
    application: input.application,
    environment: input.environment,
    release: release.id,
    kind: 'promotion',
    because: input.because ?? '',
    fastTrack: input.fastTrack ?? false,
    retry: input.retry ?? false,
    ...(input.run === undefined ? {} : { run: input.run }),
  } as const;
  return await openPromotion(deps, asker, wish, input.id);
}

async function rollback(
  deps: ReleaseOperationsDeps,
  input: RollbackInput,
  asker: Asker,
): Promise<PromotionView> {
  const { application } = await mustReadApplication(deps.db, input.application);
  entryOf(application, input.environment);
  const desired = await readDesired(deps.db, input.application, input.environment);
  const targets = await listRollbackTargets(
    deps.db,
    input.application,
    input.environment,
    desired?.release ?? null,
  );
  // While a rollout is under way the newest target is what is stable now; else it is the one before it.
  const release =
    input.to === undefined
      ? targets[0]
      : (await oneRelease(deps.db, input.application, input.to)).id;
  if (release === undefined)
    fail('TG1205', {
      detail: `No earlier release of ${input.application} succeeded in ${input.environment}.`,
    });
  if (!targets.includes(release)) {
    fail('TG1205', {
      detail: `${release} never succeeded in ${input.environment}, or is quarantined there.`,
      hint:
        targets.length > 0
          ? `It can go back to: ${targets.join(', ')}.`
          : 'Release a fixed commit instead.',
    });
  }
  return await openPromotion(deps, asker, {
    application: input.application,
    environment: input.environment,
    release,
    kind: 'rollback',
    because: input.because ?? '',
    fastTrack: true,
    retry: false,
  });
}

async function openPromotion(
  deps: ReleaseOperationsDeps,
  asker: Asker,
  wish: Pick<
    PromotionState,
    'application' | 'environment' | 'release' | 'kind' | 'because' | 'fastTrack' | 'retry' | 'run'
  >,
  given?: string,
): Promise<PromotionView> {
  const id = given ?? deps.newId('pr');
  const state: PromotionState = {
    ...wish,
    actor: asker.actor,
    requestId: asker.requestId,
    phase: 'requested',
    overtaken: 0,
    commit: null,
    startedAt: deps.now().toISOString(),
  };
  return await deps.db.transaction(async (tx) => {
    const known = given === undefined ? null : await lockedPromotion(tx, given);
    if (known) return known;
    await deps.openObject(tx, {
      kind: 'promotion',
      key: id,
      phase: state.phase,
      state: state as unknown as Json,
    });
    await deps.writeEvent(tx, {
      type: `${wish.kind}.requested`,
      actor: asker.actor,
      objectId: `promotion/${id}`,
      application: wish.application,
      environment: wish.environment,
      because: wish.because || 'No reason was given.',
      outcome: 'done',
      after: { release: wish.release, fastTrack: wish.fastTrack, retry: wish.retry },
      ...(asker.requestId ? { requestId: asker.requestId } : {}),
    });
    return { ...state, id };
  });
}

/** The promotion of this id when there is one; else nobody opens it until the transaction ends. */
async function lockedPromotion(tx: Sql, id: string): Promise<PromotionView | null> {
  await lockPromotion(tx, id);
  return await readPromotion(tx, id);
}

async function readPromotion(sql: Sql, id: string): Promise<PromotionView | null> {
  const found = await readObject<PromotionState>(sql, `promotion/${id}`);
  return found ? { ...found.state, id } : null;
}

function must<T>(result: GitResult<T>): T {
  if (result.ok) return result.value;
  throw new ProblemError(result.problem);
}
