import { z } from 'zod';
import {
  healthSchema,
  type ProblemRow,
  problemListSchema,
  statusListSchema,
  statusQuerySchema,
} from '../../contract/api/status.ts';
import type { Database } from '../../platform/db/types.ts';
import type { Problem } from '../../platform/errors/problem.ts';
import type { Routes } from '../../platform/http/types.ts';
import { listDangling, listProblems } from '../sources/reads.ts';
import { readStatus } from './reads.ts';
import { statusOf } from './status.ts';

export type InsightsRoutesDeps = { readonly db: Database; readonly version: string };

export function insightsRoutes({ db, version }: InsightsRoutesDeps): Routes {
  return (app) => {
    app.get(
      '/api/v1/health',
      {
        config: { access: 'public' },
        schema: {
          summary: 'Whether the server answers and reaches its database. Needs no token.',
          response: { 200: healthSchema, 503: healthSchema },
        },
      },
      async (_request, reply) => {
        const database = await db.query('select 1').then(
          () => true,
          () => false,
        );
        return await reply
          .code(database ? 200 : 503)
          .send({ status: database ? 'ok' : 'degraded', version, database });
      },
    );
    app.get(
      '/api/v1/status',
      {
        schema: {
          summary: 'Every application in every environment: stable, desired, under way, and why.',
          querystring: statusQuerySchema,
          response: { 200: statusListSchema },
        },
      },
      async ({ query }) => {
        const items = (await readStatus(db, query)).map(statusOf);
        const last = items.length === query.limit ? items.at(-1) : undefined;
        return { items, cursor: last ? `${last.application}/${last.environment}` : null };
      },
    );
    app.get(
      '/api/v1/problems',
      {
        schema: {
          summary: 'What is wrong with documents in Git.',
          querystring: z.object({}),
          response: { 200: problemListSchema },
        },
      },
      async () => {
        const found = [...(await listProblems(db)), ...(await listDangling(db))];
        const items = found.flatMap(({ problems, repository, path, kind, name }) =>
          problems.map((problem) => ({ repository, path, kind, name, problem: shown(problem) })),
        );
        return { items };
      },
    );
  };
}

/** What the database kept of it, which is all of it but its data. */
const shown = ({ code, title, detail, hint, where }: Problem): ProblemRow['problem'] => ({
  code,
  title,
  detail,
  hint,
  ...(where ? { where: { ...where } } : {}),
});
