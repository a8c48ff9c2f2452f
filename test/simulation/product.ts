import { checkCondition } from '../../src/capabilities/analysis/condition.ts';
import type { FindSource } from '../../src/capabilities/analysis/measure.ts';
import { metricStates } from '../../src/capabilities/analysis/open.ts';
import { analysisReconciler } from '../../src/capabilities/analysis/reconcile.ts';
import { writeIntents } from '../../src/capabilities/fleet/store.ts';
import { contentOf } from '../../src/capabilities/releases/desired.ts';
import { revertEffect } from '../../src/capabilities/releases/effects.ts';
import { releaseOperations } from '../../src/capabilities/releases/operations.ts';
import { promotionReconciler } from '../../src/capabilities/releases/reconcile.ts';
import {
  identify,
  insertQuarantine,
  insertStable,
  keepRelease,
  liftQuarantine,
} from '../../src/capabilities/releases/store.ts';
import { rolloutReconciler } from '../../src/capabilities/rollouts/reconcile.ts';
import { deliveryReconciler } from '../../src/capabilities/rollouts/reconcile-delivery.ts';
import { configRepositories } from '../../src/capabilities/sources/directory.ts';
import { commitEffect } from '../../src/capabilities/sources/effects.ts';
import { sourceReconciler } from '../../src/capabilities/sources/reconcile.ts';
import { resolveAddress } from '../../src/capabilities/sources/resolve.ts';
import type { AnyReconciler } from '../../src/engine/engine-store.ts';
import { openObject, wakeObjects, writeEvent } from '../../src/engine/store.ts';
import type { EffectHandler, Reconciler } from '../../src/engine/types.ts';
import type { GitRepository } from '../../src/integrations/git/port.ts';
import type { Database } from '../../src/platform/db/types.ts';

export type ProductDeps = {
  readonly db: Database;
  readonly git: (address: string) => GitRepository;
  readonly sources: FindSource;
  readonly newId: (prefix: string) => string;
  readonly now: () => Date;
};

/** The product as `src/compose.ts` joins it, with time, chance, Git and metric sources handed in. */
export function joinProduct(deps: ProductDeps) {
  const { db, git, newId } = deps;
  const configRepository = configRepositories({ db, git });
  const wakeSource = (name: string) => wakeObjects(db, [`source/${name}`]);
  const writes = { writeIntents, keepRelease, insertStable, insertQuarantine, liftQuarantine };
  const branchOf = async (name: string) => (await configRepository(name)).branch;
  const reconcilers: readonly AnyReconciler[] = [
    erased(sourceReconciler({ db, git, checkCondition })),
    erased(
      deliveryReconciler({
        db,
        newId,
        contentOf: (document) => {
          const content = contentOf(document);
          return { content, ...identify(content) };
        },
        ...writes,
      }),
    ),
    erased(rolloutReconciler({ db, metricStates, ...writes })),
    erased(analysisReconciler({ sources: deps.sources })),
    erased(promotionReconciler({ db, branchOf })),
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
    now: deps.now,
  });
  return { reconcilers, handlers, releases };
}

function erased<S, Snapshot, W>(reconciler: Reconciler<S, Snapshot, W>): AnyReconciler {
  return reconciler as unknown as AnyReconciler;
}
