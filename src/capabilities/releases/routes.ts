import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { pageQuerySchema } from '../../contract/api/common.ts';
import {
  applicationParamsSchema,
  createReleaseSchema,
  type PromotionView as PromotionShown,
  promoteSchema,
  promotionViewSchema,
  type ReleaseView,
  releaseCreatedSchema,
  releaseListSchema,
  rollbackSchema,
} from '../../contract/api/releases.ts';
import { readObject } from '../../engine/reads.ts';
import type { Database } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import type { HttpApp, Routes } from '../../platform/http/types.ts';
import type { Json } from '../../platform/ids/types.ts';
import { hideSecrets } from '../../platform/text/hide.ts';
import type { Asker, releaseOperations } from './operations.ts';
import { listReleasePage, type ReleasePlaces, readPlaces, readRolloutOfCommit } from './screens.ts';
import type { PromotionState, Release } from './types.ts';

export type ReleaseRoutesDeps = {
  readonly db: Database;
  readonly operations: ReturnType<typeof releaseOperations>;
};

export function releaseRoutes(deps: ReleaseRoutesDeps): Routes {
  return (app) => {
    releases(app, deps);
    promotions(app, deps);
  };
}

function releases(app: HttpApp, { db, operations }: ReleaseRoutesDeps): void {
  app.get(
    '/api/v1/applications/:application/releases',
    {
      schema: {
        summary: 'Releases of an application, newest first, and where each is stable or failed.',
        params: applicationParamsSchema,
        querystring: pageQuerySchema,
        response: { 200: releaseListSchema },
      },
    },
    async ({ params, query }) => {
      const found = await listReleasePage(db, params.application, query);
      const places = await readPlaces(db, params.application);
      const items = found.map((release) => viewRelease(release, places));
      const last = items.length === query.limit ? items.at(-1) : undefined;
      return { items, cursor: last?.id ?? null };
    },
  );
  app.post(
    '/api/v1/applications/:application/releases',
    {
      schema: {
        summary: 'Makes a release of a commit. The same input twice is one release.',
        params: applicationParamsSchema,
        body: createReleaseSchema,
        response: { 200: releaseCreatedSchema, 201: releaseCreatedSchema },
      },
    },
    async (request, reply) => {
      const { application } = request.params;
      const made = await operations.createRelease({ application, ...request.body }, asker(request));
      const places = await readPlaces(db, application);
      return await reply
        .code(made.created ? 201 : 200)
        .send({ release: viewRelease(made.release, places), created: made.created });
    },
  );
}

function promotions(app: HttpApp, { db, operations }: ReleaseRoutesDeps): void {
  const accepted = { params: applicationParamsSchema, response: { 202: promotionViewSchema } };
  app.post(
    '/api/v1/applications/:application/promotions',
    {
      schema: {
        ...accepted,
        body: promoteSchema,
        summary: 'Asks for a commit that brings a release into an environment.',
      },
    },
    async (request, reply) => {
      const { application } = request.params;
      const made = await operations.promote({ application, ...request.body }, asker(request));
      return await reply.code(202).send(await viewPromotion(db, made.id, made, ''));
    },
  );
  app.post(
    '/api/v1/applications/:application/rollbacks',
    {
      schema: {
        ...accepted,
        body: rollbackSchema,
        summary: 'Asks for a commit that brings an earlier good release back.',
      },
    },
    async (request, reply) => {
      const { application } = request.params;
      const made = await operations.rollback({ application, ...request.body }, asker(request));
      return await reply.code(202).send(await viewPromotion(db, made.id, made, ''));
    },
  );
  app.get(
    '/api/v1/promotions/:id',
    {
      schema: {
        summary: 'A promotion or rollback: its commit, and the rollout that followed.',
        params: z.object({ id: z.string().regex(/^pr-[0-9a-z]{1,60}$/) }),
        response: { 200: promotionViewSchema },
      },
    },
    async ({ params }) => {
      const found = await readObject<PromotionState>(db, `promotion/${params.id}`);
      if (!found) fail('TG1602', { detail: `There is no promotion ${params.id}.` });
      return await viewPromotion(db, params.id, found.state, found.because);
    },
  );
}

async function viewPromotion(
  db: Database,
  id: string,
  state: PromotionState,
  message: string,
): Promise<PromotionShown> {
  const { commit, application, environment } = state;
  return {
    id,
    application,
    environment,
    release: state.release,
    kind: state.kind,
    phase: state.phase,
    because: state.because,
    actor: state.actor,
    fastTrack: state.fastTrack,
    retry: state.retry,
    commit,
    message,
    rollout:
      commit === null ? null : await readRolloutOfCommit(db, application, environment, commit),
    startedAt: state.startedAt,
  };
}

function viewRelease(release: Release, places: ReleasePlaces): ReleaseView {
  const { id, digest, content, subject, author, createdBy } = release;
  return {
    id,
    digest,
    application: content.application,
    commit: content.commit,
    // The address of its repository may hold a password.
    artifact: hideSecrets(content.artifact as Json) as ReleaseView['artifact'],
    subject,
    author,
    committedAt: release.committedAt?.toISOString() ?? null,
    createdAt: release.createdAt.toISOString(),
    createdBy,
    stableIn: [...(places.stable.get(id) ?? [])],
    quarantinedIn: [...(places.quarantined.get(id) ?? [])],
  };
}

const asker = (request: FastifyRequest): Asker => ({
  actor: `user:${request.caller?.name ?? 'nobody'}`,
  requestId: request.id,
});
