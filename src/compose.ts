/*
 * The one place where things are joined: which capability gets which neighbour's writes, which port gets which
 * adapter. Nothing here decides.
 */

import { checkCondition } from './capabilities/analysis/condition.ts';
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
import { configRepositories } from './capabilities/sources/directory.ts';
import { commitEffect } from './capabilities/sources/effects.ts';
import { sourceReconciler } from './capabilities/sources/reconcile.ts';
import { resolveAddress } from './capabilities/sources/resolve.ts';
import { composeHttp } from './compose-http.ts';
import type { ReleaseDocument } from './contract/kinds/release.ts';
import { type Engine, startEngine } from './engine/engine.ts';
import type { AnyReconciler } from './engine/engine-store.ts';
import { openObject, wakeObjects, writeEvent } from './engine/store.ts';
import type { EffectHandler, Reconciler } from './engine/types.ts';
import type { GitRepository } from './integrations/git/port.ts';
import { openRepositories } from './integrations/git/registry.ts';
import { metricSources } from './integrations/metric-source/registry.ts';
import type { Settings } from './platform/config/settings.ts';
import { openDatabase } from './platform/db/pool.ts';
import type { Database } from './platform/db/types.ts';
import { newId } from './platform/ids/new-id.ts';
import type { Log } from './platform/log/log.ts';

export type ComposeOptions = {
  readonly role: 'all' | 'server' | 'worker';
  readonly databaseUrl: string;
  readonly settings: Settings;
  readonly log: Log;
  /** Name of this worker; no other that runs now has it. */
  readonly worker: string;
};

export type ControlPlane = {
  /** Null for a worker. */
  readonly url: string | null;
  /** Null for a server. */
  readonly worker: string | null;
  stop(): Promise<void>;
};

/** Joins and starts a part of the control plane on a migrated database. */
export async function composeControlPlane(options: ComposeOptions): Promise<ControlPlane> {
  const { role, settings, log } = options;
  const db = openDatabase(options.databaseUrl, {
    max: 20,
    name: `tidegate ${role}`,
    onError: (error) => log.warn({ err: error }, 'a database connection broke'),
  });
  const repositories = openRepositories({ mirrors: settings.paths.mirrors });
  const parts = composeParts(db, repositories.open);
  const engine = role === 'server' ? null : await startWorker(options, db, parts);
  const http = role === 'worker' ? null : await composeHttp({ db, settings, log, parts });
  return {
    url: http?.url ?? null,
    worker: engine ? options.worker : null,
    stop: async () => {
      await http?.stop();
      await engine?.stop();
      await repositories.closeRepositories();
      await db.close();
    },
  };
}

export type Parts = ReturnType<typeof composeParts>;

/** Reconcilers, effect handlers and operations, joined but not running. */
export function composeParts(db: Database, git: (address: string) => GitRepository) {
  const configRepository = configRepositories({ db, git });
  const wakeSource = (name: string) => wakeObjects(db, [`source/${name}`]);
  const writes: NeighbourWrites = {
    writeIntents,
    keepRelease,
    insertStable,
    insertQuarantine,
    liftQuarantine,
  };
  const rollout = rolloutReconciler({ db, metricStates, ...writes });
  const reconcilers = [
    erased(sourceReconciler({ db, git, checkCondition, notifyTargets })),
    erased(deliveryReconciler({ db, newId, contentOf: identified, ...writes })),
    erased(rollout),
    erased(analysisReconciler({ sources: composeSources(db) })),
    erased(
      promotionReconciler({ db, branchOf: async (name) => (await configRepository(name)).branch }),
    ),
  ];
  const handlers: readonly EffectHandler[] = [
    commitEffect({ configRepository, wakeSource }),
    revertEffect({ db, configRepository, wakeSource }),
  ];
  const releases = releaseOperations({
    db,
    git,
    resolveAddress: async (declared, name) =>
      resolveAddress(declared, (await configRepository(name)).address),
    openObject,
    writeEvent,
    newId,
    now: () => new Date(),
  });
  return { reconcilers, handlers, releases, loadRollout: rollout.load };
}

function startWorker(options: ComposeOptions, db: Database, parts: Parts): Promise<Engine> {
  return startEngine({
    db,
    reconcilers: parts.reconcilers,
    handlers: parts.handlers,
    worker: options.worker,
    log: options.log,
  });
}

function composeSources(db: Database) {
  return metricSources({
    readCounters: (targets, application) => readCounters(db, targets, application),
    clock: () => Date.now(),
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
