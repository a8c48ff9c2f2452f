/*
 * Runs of pipelines, joined: their steps, what steps do, and what people ask of runs.
 */

import { stepEffects } from './capabilities/pipelines/effects.ts';
import { runOperations } from './capabilities/pipelines/operations.ts';
import { runReconciler } from './capabilities/pipelines/reconcile.ts';
import type { SecretPlaces } from './capabilities/pipelines/secrets.ts';
import { type StepWorld, stepDeps } from './compose-steps.ts';
import { type StepDeps, stepAdapters } from './integrations/step/registry.ts';
import type { Log } from './platform/log/log.ts';

export type PipelineSurroundings = Omit<StepWorld, 'runs'> & {
  readonly newId: (prefix: string) => string;
  readonly secrets: SecretPlaces;
  /** In place of what steps have here: the simulation hands in the world outside. */
  readonly steps: Partial<StepDeps>;
  readonly log: Pick<Log, 'warn'>;
};

export function composePipelines(world: PipelineSurroundings) {
  const { db, now, newId, secrets, log, steps } = world;
  const adapters = stepAdapters({ ...stepDeps({ ...world, runs: () => operations }), ...steps });
  const byKind = new Map(adapters.map((adapter) => [adapter.kind, adapter]));
  const operations = runOperations({ db, adapters: byKind, newId, now });
  return {
    operations,
    reconciler: runReconciler({ db, adapters: byKind }),
    handlers: stepEffects({ sql: db, adapters, secrets, log }),
  };
}
