import type { FastifyRequest } from 'fastify';
import {
  applicationParamsSchema,
  pipelineListSchema,
  pipelineViewSchema,
  runActionBodySchema,
  runActionDoneSchema,
  runExplanationSchema,
  runListQuerySchema,
  runListSchema,
  runParamsSchema,
  runStartedSchema,
  runViewSchema,
  startRunSchema,
  stepAnswerBodySchema,
  stepAnswerDoneSchema,
  stepParamsSchema,
} from '../../contract/api/runs.ts';
import { readEventsBackward, readObject } from '../../engine/reads.ts';
import type { Reconciler } from '../../engine/types.ts';
import type { Database } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import type { HttpApp, Routes } from '../../platform/http/types.ts';
import { explainRun } from './explain.ts';
import type { Asker, RunOperations } from './operations.ts';
import { readPipelineList } from './pipelines-list.ts';
import {
  effectivePipeline,
  listRuns,
  readPipeline,
  readRun,
  readRunState,
  readSpec,
} from './reads.ts';
import type { RunSnapshot, RunState, RunWrite } from './types.ts';
import { type RunParts, viewDocument, viewEvent, viewRow, viewRun } from './views.ts';

export type RunRoutesDeps = {
  readonly db: Database;
  readonly operations: RunOperations;
  /** How runs themselves look and decide, to explain them. */
  readonly runs: Pick<Reconciler<RunState, RunSnapshot, RunWrite>, 'load' | 'decide'>;
  readonly now: () => Date;
};

export function runRoutes(deps: RunRoutesDeps): Routes {
  return (app) => {
    listRoutes(app, deps);
    explainRoute(app, deps);
    startRoute(app, deps);
    actionRoutes(app, deps);
    pipelineRoutes(app, deps);
  };
}

function listRoutes(app: HttpApp, { db }: RunRoutesDeps): void {
  app.get(
    '/api/v1/runs',
    {
      schema: {
        summary: 'Runs of pipelines, newest first.',
        querystring: runListQuerySchema,
        response: { 200: runListSchema },
      },
    },
    async ({ query }) => {
      const rows = await listRuns(db, query);
      const last = rows.length === query.limit ? rows.at(-1) : undefined;
      return { items: rows.map(viewRow), cursor: last?.id ?? null };
    },
  );
  app.get(
    '/api/v1/runs/:id',
    {
      schema: {
        summary: 'One run: its steps, its graph, what it waits for, and what may be asked of it.',
        params: runParamsSchema,
        response: { 200: runViewSchema },
      },
    },
    async ({ params }) => viewRun(await mustReadRun(db, params.id)),
  );
}

function explainRoute(app: HttpApp, { db, runs, now }: RunRoutesDeps): void {
  app.get(
    '/api/v1/runs/:id/explain',
    {
      schema: {
        summary: 'Why a run is where it is: what it waits for, what it sees, what happened.',
        params: runParamsSchema,
        response: { 200: runExplanationSchema },
      },
    },
    async ({ params: { id } }) => {
      const object = await readObject<RunState>(db, `run/${id}`);
      if (!object) fail('TG1901', { detail: `There is no run ${id}.` });
      const at = now();
      const snapshot = await runs.load(
        { ...object, news: 0 },
        { now: at, effects: [], requests: [] },
      );
      const { events } = await readEventsBackward(db, { objectId: object.id, limit: 200 });
      return {
        id,
        pipeline: object.state.pipeline,
        phase: object.state.phase,
        facts: [...explainRun(runs.decide, snapshot, at)],
        events: [...events].reverse().map(viewEvent),
      };
    },
  );
}

function startRoute(app: HttpApp, { operations }: RunRoutesDeps): void {
  app.post(
    '/api/v1/runs',
    {
      schema: {
        summary: 'Starts a run of a pipeline, or of the pipeline of an application.',
        body: startRunSchema,
        response: { 202: runStartedSchema },
      },
    },
    async (request, reply) =>
      await reply.code(202).send(await operations.start(request.body, askerOf(request))),
  );
}

function actionRoutes(app: HttpApp, { operations }: RunRoutesDeps): void {
  app.post(
    '/api/v1/runs/:id/actions',
    {
      schema: {
        summary: 'Cancels a run, or begins it again where it did not succeed.',
        description:
          'A cancel is written down and the run acts on it a moment later: steps clear up, `finally` runs. A second one stops `finally` as well. A retry answers with the new run.',
        params: runParamsSchema,
        body: runActionBodySchema,
        response: { 202: runActionDoneSchema },
      },
    },
    async (request, reply) => {
      const { action, because } = request.body;
      const { id } = await operations[action](request.params.id, askerOf(request), because);
      return await reply.code(202).send({ accepted: true, requestId: request.id, id });
    },
  );
  app.post(
    '/api/v1/runs/:id/steps/:step/answers',
    {
      schema: {
        summary: 'Approves or rejects what a step asks people for.',
        params: stepParamsSchema,
        body: stepAnswerBodySchema,
        response: { 202: stepAnswerDoneSchema },
      },
    },
    async (request, reply) => {
      await operations.answer({ ...request.params, ...request.body }, askerOf(request));
      return await reply.code(202).send({ accepted: true, requestId: request.id });
    },
  );
}

function pipelineRoutes(app: HttpApp, { db }: RunRoutesDeps): void {
  app.get(
    '/api/v1/applications/:name/pipeline',
    {
      schema: {
        summary: 'The pipeline of an application: its own, or the one made from its path.',
        params: applicationParamsSchema,
        response: { 200: pipelineViewSchema },
      },
    },
    async ({ params: { name } }) => {
      const found = await effectivePipeline(db, name);
      if (!found) {
        fail('TG1903', { detail: `There is no application ${name}, or its pipeline is missing.` });
      }
      const { pipeline, isGenerated } = found;
      return {
        name: pipeline.metadata.name,
        generated: isGenerated,
        document: viewDocument(pipeline),
      };
    },
  );
  app.get(
    '/api/v1/pipelines/:name',
    {
      schema: {
        summary: 'A pipeline that is declared.',
        params: applicationParamsSchema,
        response: { 200: pipelineViewSchema },
      },
    },
    async ({ params: { name } }) => {
      const pipeline = await readPipeline(db, name);
      if (!pipeline) fail('TG1903', { detail: `There is no pipeline ${name}.` });
      return { name, generated: false, document: viewDocument(pipeline) };
    },
  );
  app.get(
    '/api/v1/pipelines',
    {
      schema: {
        summary: 'Pipelines that are declared, by name, each with its last run.',
        response: { 200: pipelineListSchema },
      },
    },
    async () => ({ items: await readPipelineList(db) }),
  );
}

async function mustReadRun(db: Database, id: string): Promise<RunParts> {
  const [row, state] = await Promise.all([readRun(db, id), readRunState(db, id)]);
  if (!row || !state) fail('TG1901', { detail: `There is no run ${id}.` });
  const spec = await readSpec(db, state.spec);
  if (!spec) fail('TG1901', { detail: `The specification of ${id} is not there any more.` });
  const children = await listRuns(db, { parent: id, limit: 200 });
  return { row, state, spec, children: children.map((child) => child.id) };
}

const askerOf = ({ caller, id }: FastifyRequest): Asker => ({
  actor: `user:${caller?.name ?? 'nobody'}`,
  role: caller?.kind === 'person' ? caller.role : '',
  requestId: id,
});
