import type { FastifyRequest } from 'fastify';
import {
  acceptedSchema,
  explanationSchema,
  rolloutActionBodySchema,
  rolloutListQuerySchema,
  rolloutListSchema,
  rolloutParamsSchema,
  rolloutViewSchema,
} from '../../contract/api/rollouts.ts';
import { readEventsBackward, readObject } from '../../engine/reads.ts';
import { leaveRequest, writeEvent } from '../../engine/store.ts';
import type { Reconciler } from '../../engine/types.ts';
import type { Database } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import type { HttpApp, Routes } from '../../platform/http/types.ts';
import { readAnalyses, readAnalysisViews } from '../analysis/reads.ts';
import { readTargetViews } from '../fleet/reads.ts';
import { type Asker, forbiddenFor, nothingToAbort, refusalOf } from './actions.ts';
import { explainRollout } from './explain.ts';
import { listRollouts, readRollout, readRolloutState } from './reads.ts';
import { tellAnalyses } from './tell-analyses.ts';
import type {
  RolloutAction,
  RolloutRow,
  RolloutSnapshot,
  RolloutState,
  RolloutWrite,
} from './types.ts';
import { type RolloutParts, viewRollout } from './views.ts';

export type RolloutRoutesDeps = {
  readonly db: Database;
  /** Reads what the rollout itself would see. */
  readonly load: Reconciler<RolloutState, RolloutSnapshot, RolloutWrite>['load'];
  readonly now: () => Date;
};

export function rolloutRoutes(deps: RolloutRoutesDeps): Routes {
  return (app) => {
    app.get(
      '/api/v1/rollouts',
      {
        schema: {
          summary: 'Rollouts, newest first.',
          querystring: rolloutListQuerySchema,
          response: { 200: rolloutListSchema },
        },
      },
      async ({ query }) => {
        const items = [...(await listRollouts(deps.db, query))];
        const last = items.length === query.limit ? items.at(-1) : undefined;
        return { items, cursor: last?.id ?? null };
      },
    );
    app.get(
      '/api/v1/rollouts/:id',
      {
        schema: {
          summary: 'One rollout: its plan, its targets, its analyses, and what may be asked of it.',
          params: rolloutParamsSchema,
          response: { 200: rolloutViewSchema },
        },
      },
      async (request) => viewRollout(await readParts(deps.db, request.params.id, askerOf(request))),
    );
    explainRoute(app, deps);
    actionRoute(app, deps);
  };
}

function explainRoute(app: HttpApp, { db, load, now }: RolloutRoutesDeps): void {
  app.get(
    '/api/v1/rollouts/:id/explain',
    {
      schema: {
        summary: 'Why a rollout is where it is: what it waits for, what it sees, what happened.',
        params: rolloutParamsSchema,
        response: { 200: explanationSchema },
      },
    },
    async ({ params: { id } }) => {
      const { row, state } = await mustReadRollout(db, id);
      const uses = state.analyses;
      const object = await readObject<RolloutState>(db, `rollout/${id}`);
      if (!object) fail('TG1301', { detail: `There is no rollout ${id}.` });
      const at = now();
      const inbox = { now: at, effects: [], requests: [] };
      const snapshot = await load({ ...object, news: 0 }, inbox);
      const { events } = await readEventsBackward(db, { objectId: object.id, limit: 200 });
      return {
        id,
        application: row.application,
        environment: row.environment,
        release: row.release,
        phase: row.phase,
        facts: [...explainRollout(snapshot, at)],
        analyses: tellAnalyses(
          uses,
          await readAnalyses(
            db,
            uses.map((use) => use.key),
          ),
        ),
        events: [...events].reverse().map((one) => ({ ...one, at: one.at.toISOString() })),
      };
    },
  );
}

function actionRoute(app: HttpApp, { db }: RolloutRoutesDeps): void {
  app.post(
    '/api/v1/rollouts/:id/actions',
    {
      schema: {
        summary: 'Asks something of a rollout: abort, promote, approve, pause, resume …',
        description:
          'The wish is written down and the rollout is woken; it acts on it a moment later. Aborting one that is over changes nothing and says so in `note`. Overriding a freeze needs role admin, or to be one of the approvers of the environment.',
        params: rolloutParamsSchema,
        body: rolloutActionBodySchema,
        response: { 202: acceptedSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { action, because } = request.body;
      const asker = askerOf(request);
      const { actor } = asker;
      const { row, state } = await mustReadRollout(db, id);
      const note = action === 'abort' ? nothingToAbort(state) : null;
      if (note !== null)
        return await reply.code(202).send({ accepted: true, requestId: request.id, note });
      const noted = { row, actor, action, requestId: request.id };
      const forbidden = forbiddenFor(state, action, asker);
      if (forbidden !== null) {
        await noteRefusal(db, { ...noted, refusal: forbidden });
        fail('TG1606', { detail: forbidden });
      }
      const refusal = refusalOf(state, action, actor) ?? unreasoned(action, because);
      if (refusal !== null) {
        await noteRefusal(db, { ...noted, refusal });
        fail('TG1302', { detail: `${action}: ${refusal}`, data: { phase: state.phase } });
      }
      await db.transaction((tx) =>
        leaveRequest(tx, {
          objectId: `rollout/${id}`,
          action,
          actor,
          because,
          requestId: request.id,
        }),
      );
      return await reply.code(202).send({ accepted: true, requestId: request.id });
    },
  );
}

function unreasoned(action: RolloutAction, because: string): string | null {
  return action === 'overrideFreeze' && because.trim() === ''
    ? 'Overriding a freeze needs a reason.'
    : null;
}

/** Being refused is news too: the audit log shows who tried. */
async function noteRefusal(
  db: Database,
  refused: {
    readonly row: RolloutRow;
    readonly actor: string;
    readonly action: string;
    readonly refusal: string;
    readonly requestId: string;
  },
): Promise<void> {
  const { row, actor, action, refusal, requestId } = refused;
  await writeEvent(db, {
    type: `rollout.${action}Requested`,
    actor,
    objectId: `rollout/${row.id}`,
    application: row.application,
    environment: row.environment,
    because: refusal,
    outcome: 'refused',
    requestId,
  });
}

async function mustReadRollout(
  db: Database,
  id: string,
): Promise<{ readonly row: RolloutRow; readonly state: RolloutState }> {
  const [row, state] = await Promise.all([readRollout(db, id), readRolloutState(db, id)]);
  if (row && state) return { row, state };
  fail('TG1301', { detail: `There is no rollout ${id}.` });
}

async function readParts(db: Database, id: string, asker: Asker): Promise<RolloutParts> {
  const { row, state } = await mustReadRollout(db, id);
  const { plan } = state;
  const names = plan.waves.flatMap((wave) => wave.targets);
  const keys = state.analyses.map((use) => use.key);
  const [targets, analyses] = await Promise.all([
    readTargetViews(db, plan.application, plan.environment, names),
    readAnalysisViews(db, keys),
  ]);
  return { row, state, targets, analyses, asker };
}

const askerOf = ({ caller }: FastifyRequest): Asker => ({
  actor: `user:${caller?.name ?? 'nobody'}`,
  isAdmin: caller?.kind === 'person' && caller.role === 'admin',
});
