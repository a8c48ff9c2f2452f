/*
 * What a deploy step reads and does, out of what releases, rollouts and sources have.
 */

import { readTargetViews } from './capabilities/fleet/reads.ts';
import { readDesired } from './capabilities/releases/desired.ts';
import type { releaseOperations } from './capabilities/releases/operations.ts';
import { findReleases } from './capabilities/releases/reads.ts';
import { readRolloutOfCommit } from './capabilities/releases/screens.ts';
import type { PromotionState } from './capabilities/releases/types.ts';
import { listIntentTargets, readRollout, readRolloutState } from './capabilities/rollouts/reads.ts';
import type { DeliveryState } from './capabilities/rollouts/types.ts';
import type { SourceState } from './capabilities/sources/types.ts';
import { type ObjectView, readObject } from './engine/reads.ts';
import { leaveRequestOnce } from './engine/store-once.ts';
import type { DeployDeps, DeployWish } from './integrations/step/deploy/deploy.ts';
import type { Database, Sql } from './platform/db/types.ts';
import { ProblemError } from './platform/errors/problem.ts';

type Releases = Pick<ReturnType<typeof releaseOperations>, 'promote' | 'createRelease'>;
type Facts = Awaited<ReturnType<DeployDeps['readDeploy']>>;
type Ask = Parameters<DeployDeps['readDeploy']>[0];

/** Targets whose addresses are shown. */
const mostUrls = 50;

export function deployDeps(db: Database, releases: Releases): DeployDeps {
  return {
    promote: (wish) => promote(db, releases, wish),
    readDeploy: (ask) => readDeploy(db, ask),
    abortRollout: async ({ rollout, actor, because, key }) => {
      await db.transaction((tx) =>
        leaveRequestOnce(tx, {
          ...{ objectId: `rollout/${rollout}`, action: 'abort', actor, because },
          requestId: key,
        }),
      );
    },
  };
}

async function promote(
  db: Database,
  releases: Releases,
  wish: DeployWish,
): ReturnType<DeployDeps['promote']> {
  const { id, application, environment, fast, subject } = wish;
  const because = wish.because || `Step ${subject.step} of ${subject.run} (${subject.pipeline})`;
  const asker = { actor: subject.actor, requestId: null };
  try {
    const release = await releaseFor(db, releases, wish);
    const made = await releases.promote(
      {
        ...{ id, application, environment, because, fastTrack: fast, run: subject.run },
        ...(release === null ? {} : { release }),
      },
      asker,
    );
    return { is: 'opened', promotion: made.id, release: made.release };
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.code !== 'TG1203') throw error;
    return { is: 'refused', because: error.problem.detail };
  }
}

/** The release that was named; else the run's own, or that of its commit, when the run is of this application. */
async function releaseFor(
  db: Database,
  releases: Releases,
  { release, application, environment, subject }: DeployWish,
): Promise<string | null> {
  if (release !== null) return release;
  if (subject.application !== application) return null;
  if (subject.release !== null || subject.commit === null) return subject.release;
  const { commit, actor } = subject;
  const [known] = await findReleases(db, application, commit);
  if (known) return known.id;
  const asker = { actor, requestId: null };
  const made = await releases.createRelease({ application, environment, ref: commit }, asker);
  return made.release.id;
}

async function readDeploy(db: Sql, ask: Ask): Promise<Facts> {
  const { application, environment, promotion } = ask;
  const [promoted, delivery, declared] = await Promise.all([
    readObject<PromotionState>(db, `promotion/${promotion}`),
    readObject<DeliveryState>(db, `delivery/${application}@${environment}`),
    readDesired(db, application, environment),
  ]);
  const rollout = await rolloutOf(db, ask, promoted?.state.commit ?? null);
  const active = delivery?.state.active ?? null;
  const source = declared
    ? await readObject<SourceState>(db, `source/${declared.document.repository}`)
    : null;
  // Read once more: what was declared before the source's look would pass for what that look found.
  const desired = source ? await readDesired(db, application, environment) : declared;
  return {
    promotion: promoted && {
      ...{ phase: promoted.state.phase, because: promoted.because },
      ...{ release: promoted.state.release, commit: promoted.state.commit },
    },
    rollout,
    delivery: delivery && {
      ...{ stable: delivery.state.stable, because: delivery.because },
      refusedCommit: delivery.state.refusedCommit,
      active: active === null ? null : await viewOf(db, active, ask.run),
    },
    desired: desired && {
      ...{ release: desired.release, commit: desired.document.commit },
      subject: desired.document.commitInfo.subject,
      author: desired.document.commitInfo.author,
      isRead: isReadSince(source, promoted),
    },
    urls: rollout?.terminal === false ? {} : await readUrls(db, application, environment),
  };
}

/** The rollout that is awaited already; else that of the promotion's commit. */
async function rolloutOf(db: Sql, ask: Ask, commit: string | null): Promise<Facts['rollout']> {
  if (ask.rollout !== null) return await viewOf(db, ask.rollout, ask.run);
  if (commit === null) return null;
  const found = await readRolloutOfCommit(db, ask.application, ask.environment, commit);
  return found ? await viewOf(db, found.id, ask.run) : null;
}

async function viewOf(db: Sql, id: string, run: string): Promise<Facts['rollout']> {
  const [row, state] = await Promise.all([readRollout(db, id), readRolloutState(db, id)]);
  if (!row || !state) return null;
  const { phase, terminal, because, release } = row;
  const { commit, wakes = [] } = state.plan;
  const isOwn = wakes.includes(`run/${run}`);
  return { id, phase, terminal, because, release, commit: commit.id, isOwn };
}

/** Whether the source was looked at, to its end, after the promotion had made its commit. */
function isReadSince(
  source: ObjectView<SourceState> | null,
  promoted: ObjectView<PromotionState> | null,
): boolean {
  if (!source || !promoted?.terminal || source.state.pending !== null) return false;
  const { lastFetchedAt } = source.state;
  return lastFetchedAt !== null && new Date(lastFetchedAt) > promoted.updatedAt;
}

async function readUrls(db: Sql, application: string, environment: string): Promise<Facts['urls']> {
  const targets = await listIntentTargets(db, application, environment);
  const views = await readTargetViews(db, application, environment, targets.slice(0, mostUrls));
  return Object.fromEntries(
    views.flatMap(({ name, status }) => (status?.endpoint ? [[name, status.endpoint]] : [])),
  );
}
