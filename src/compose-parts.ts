/*
 * The one place where things are joined: which capability gets which neighbour's writes, which port gets which
 * adapter. Nothing here decides.
 */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FindSource } from './capabilities/analysis/measure.ts';
import { metricStates } from './capabilities/analysis/open.ts';
import { analysisReconciler } from './capabilities/analysis/reconcile.ts';
import { readCounters } from './capabilities/fleet/reads.ts';
import { notifyTargets, writeIntents } from './capabilities/fleet/store.ts';
import { contentOf } from './capabilities/releases/desired.ts';
import { revertEffect } from './capabilities/releases/effects.ts';
import { releaseOperations } from './capabilities/releases/operations.ts';
import { promotionReconciler } from './capabilities/releases/reconcile.ts';
import {
  identify,
  insertQuarantine,
  insertStable,
  keepRelease,
  liftQuarantine,
} from './capabilities/releases/store.ts';
import type { NeighbourWrites } from './capabilities/rollouts/apply.ts';
import { rolloutReconciler } from './capabilities/rollouts/reconcile.ts';
import { deliveryReconciler } from './capabilities/rollouts/reconcile-delivery.ts';
import { sameRepository } from './capabilities/sources/address.ts';
import { configRepositories } from './capabilities/sources/directory.ts';
import { commitEffect } from './capabilities/sources/effects.ts';
import { sourceReconciler } from './capabilities/sources/reconcile.ts';
import { resolveAddress } from './capabilities/sources/resolve.ts';
import { beginEffect } from './capabilities/triggers/effects.ts';
import { triggerReconciler } from './capabilities/triggers/reconcile.ts';
import { composeNotifications } from './compose-notifications.ts';
import { composePipelines } from './compose-pipelines.ts';
import type { ReleaseDocument } from './contract/kinds/release.ts';
import { renderRelease } from './contract/kinds/render.ts';
import { parseDocuments } from './contract/kinds/validate.ts';
import type { AnyReconciler } from './engine/engine-store.ts';
import { openObject, wakeObjects, writeEvent } from './engine/store.ts';
import type { EffectHandler, Reconciler } from './engine/types.ts';
import type { GitRepository } from './integrations/git/port.ts';
import { metricSources } from './integrations/metric-source/registry.ts';
import type { StepDeps } from './integrations/step/registry.ts';
import type { Database } from './platform/db/types.ts';
import { newId } from './platform/ids/new-id.ts';
import { createLog, type Log } from './platform/log/log.ts';
import { secretPlaces, secretReader } from './platform/secrets/secrets.ts';

export type Parts = ReturnType<typeof composeParts>;

/**
 * What the world gives besides PostgreSQL and Git: the simulation hands in its own time, chance and metrics, and remembers
 * what it has parsed and rendered, since its few texts come again with every seed.
 */
export type Surroundings = {
  readonly sources: FindSource;
  readonly newId: (prefix: string) => string;
  readonly now: () => Date;
  readonly parse: typeof parseDocuments;
  readonly render: typeof renderRelease;
  readonly log: Pick<Log, 'warn'>;
  /** Where programs of steps work. */
  readonly directory: string;
  /** Of readInstallation: whose the containers of steps are. */
  readonly owner: string;
  /** In place of what steps read and do out there. */
  readonly steps: Partial<StepDeps>;
};

/** Reconcilers, effect handlers and operations, joined but not running. */
export function composeParts(
  db: Database,
  git: (address: string) => GitRepository,
  given: Partial<Surroundings> = {},
) {
  const surroundings = surroundingsOf(db, given);
  const { sources, newId, now, parse, render, log, directory, owner, steps } = surroundings;
  const configRepository = configRepositories({ db, git });
  const wakeSource = (name: string) => wakeObjects(db, [`source/${name}`]);
  const resolve = async (declared: string, name: string) =>
    resolveAddress(declared, (await configRepository(name)).address);
  const writes: NeighbourWrites = {
    writeIntents,
    keepRelease,
    insertStable,
    insertQuarantine,
    liftQuarantine,
  };
  const rollout = rolloutReconciler({ db, metricStates, ...writes });
  const releases = releaseOperations({
    db,
    git,
    resolveAddress: resolve,
    openObject,
    writeEvent,
    newId,
    now,
  });
  const secrets = secretPlaces();
  const notifications = composeNotifications(db);
  const pipelines = composePipelines({
    ...{ db, git, configRepository, releases, directory, owner, now, newId, secrets, log, steps },
  });
  const reconcilers = [
    erased(sourceReconciler({ db, git, parse, notifyTargets })),
    erased(deliveryReconciler({ db, newId, contentOf: identified, ...writes })),
    erased(rollout),
    erased(analysisReconciler({ sources })),
    erased(
      promotionReconciler({
        db,
        branchOf: async (name) => (await configRepository(name)).branch,
        render,
      }),
    ),
    erased(pipelines.reconciler),
    erased(triggerReconciler({ db, git, resolveAddress: resolve, identify: sameRepository })),
    erased(notifications.reconciler),
  ];
  const handlers: readonly EffectHandler[] = [
    commitEffect({ configRepository, wakeSource }),
    revertEffect({ db, configRepository, wakeSource, render }),
    ...pipelines.handlers,
    ...notifications.handlers,
    beginEffect({ createRelease: releases.createRelease, start: pipelines.operations.start }),
  ];
  const { operations: runs, reconciler: runReconciler } = pipelines;
  const journaled = reconcilers.filter(({ journal }) => journal);
  return {
    ...{ reconcilers, journaled, handlers, releases },
    ...{ loadRollout: rollout.load, runs, runReconciler },
  };
}

/** The real ones, unless others are given. What is dear to make is made only then: simulated worlds come by the thousand. */
function surroundingsOf(db: Database, given: Partial<Surroundings>): Surroundings {
  return {
    newId,
    now: () => new Date(),
    parse: parseDocuments,
    render: renderRelease,
    directory: join(tmpdir(), 'tidegate-steps'),
    owner: 'none',
    steps: {},
    ...given,
    sources: given.sources ?? realSources(db),
    log: given.log ?? createLog({ name: 'tidegate', level: 'silent' }),
  };
}

function realSources(db: Database): FindSource {
  return metricSources({
    readCounters: (targets, application) => readCounters(db, targets, application),
    clock: () => Date.now(),
    secret: secretReader(),
  });
}

function identified(document: ReleaseDocument) {
  const content = contentOf(document);
  return { content, ...identify(content) };
}

/** The engine keeps reconcilers of all kinds in one map; what a state holds is each capability's own affair. */
function erased<S, Snapshot, W>(reconciler: Reconciler<S, Snapshot, W>): AnyReconciler {
  return reconciler as unknown as AnyReconciler;
}
