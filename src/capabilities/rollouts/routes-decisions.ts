import {
  type DecisionList,
  decisionListSchema,
  decisionQuerySchema,
  rolloutParamsSchema,
} from '../../contract/api/rollouts.ts';
import type { AnyReconciler } from '../../engine/engine-store.ts';
import { decideAgain, journalValue } from '../../engine/journal.ts';
import { type KeptDecision, readDecisions } from '../../engine/reads-journal.ts';
import type { Decision } from '../../engine/types.ts';
import type { Database } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import type { Routes } from '../../platform/http/types.ts';
import { readRolloutState } from './reads.ts';

type Decides = Pick<AnyReconciler, 'kind' | 'decide'>;

export type DecisionRoutesDeps = {
  readonly db: Database;
  /** Of the kinds that a rollout's story is made of: itself and its analyses. */
  readonly reconcilers: readonly Decides[];
};

/** Every decision of a rollout and its analyses, each made once more from what was seen then. */
export function decisionRoutes({ db, reconcilers }: DecisionRoutesDeps): Routes {
  const byKind = new Map(reconcilers.map((one) => [one.kind, one]));
  return (app) => {
    app.get(
      '/api/v1/rollouts/:id/decisions',
      {
        schema: {
          summary: 'Every decision of a rollout and of its analyses, with what it was made from.',
          description:
            'Oldest first. `same` says that what was seen then decides the same again now, byte for byte; a program of another version may decide otherwise. With `snapshots=true` what was seen is in the answer.',
          params: rolloutParamsSchema,
          querystring: decisionQuerySchema,
          response: { 200: decisionListSchema },
        },
      },
      async ({ params: { id }, query: { limit, cursor, snapshots } }) => {
        const state = await readRolloutState(db, id);
        if (!state) fail('TG1301', { detail: `There is no rollout ${id}.` });
        const objects = [`rollout/${id}`, ...state.analyses.map(({ key }) => `analysis/${key}`)];
        const after = Number(cursor ?? 0);
        const kept = await readDecisions(db, objects, { after, limit });
        const items = kept.map((one) => view(byKind, one, snapshots === 'true'));
        const last = kept.length === limit ? kept.at(-1) : undefined;
        return { items, cursor: last ? String(last.id) : null };
      },
    );
  };
}

function view(
  byKind: ReadonlyMap<string, Decides>,
  kept: KeptDecision,
  whole: boolean,
): DecisionList['items'][number] {
  const { objectId, generation, at, snapshot, decision } = kept;
  const decided = journalValue(decision) as Decision<unknown, unknown>;
  const reconciler = byKind.get(objectId.slice(0, objectId.indexOf('/')));
  return {
    ...{ object: objectId, generation, at: at.toISOString() },
    ...{ phase: decided.phase, because: decided.because },
    wakeAt: decided.wakeAt?.toISOString() ?? null,
    events: (decided.events ?? []).map(({ type }) => type),
    same: reconciler !== undefined && isSame(reconciler, kept),
    ...(whole ? { snapshot: JSON.parse(snapshot), decision: JSON.parse(decision) } : {}),
  };
}

function isSame(reconciler: Decides, kept: KeptDecision): boolean {
  try {
    return decideAgain(reconciler, kept) === kept.decision;
  } catch {
    // A snapshot of another version may lack what is read today.
    return false;
  }
}
