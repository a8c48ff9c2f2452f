import {
  applicationListSchema,
  applicationViewSchema,
  commitsQuerySchema,
  commitsSchema,
} from '../../contract/api/applications.ts';
import { pageQuerySchema } from '../../contract/api/common.ts';
import { applicationParamsSchema } from '../../contract/api/releases.ts';
import { validateBodySchema, validatedSchema } from '../../contract/api/validate.ts';
import type { Database } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import type { HttpApp, Routes } from '../../platform/http/types.ts';
import { readDocument } from '../sources/reads.ts';
import { openChecker } from './checker.ts';
import { type CommitsDeps, readCommits } from './commits.ts';
import { listApplicationPage, readPath } from './reads.ts';
import { validateText } from './validate.ts';
import { viewApplication } from './views.ts';

export type ApplicationRoutesDeps = CommitsDeps & { readonly db: Database };

/** Applications as Git declares them, what was committed to them, and texts before they are committed. */
export function applicationRoutes(deps: ApplicationRoutesDeps): Routes {
  return (app) => {
    applications(app, deps);
    commits(app, deps);
    validate(app, deps);
  };
}

function applications(app: HttpApp, { db }: ApplicationRoutesDeps): void {
  app.get(
    '/api/v1/applications',
    {
      schema: {
        summary: 'Declared applications, by name.',
        querystring: pageQuerySchema,
        response: { 200: applicationListSchema },
      },
    },
    async ({ query }) => {
      const items = [...(await listApplicationPage(db, query))];
      const last = items.length === query.limit ? items.at(-1) : undefined;
      return { items, cursor: last?.name ?? null };
    },
  );
  app.get(
    '/api/v1/applications/:application',
    {
      schema: {
        summary: 'An application: its document as it was taken from Git, and where that stands.',
        params: applicationParamsSchema,
        response: { 200: applicationViewSchema },
      },
    },
    async ({ params: { application } }) => {
      const found = await readDocument(db, 'Application', application);
      if (!found || found.deleted)
        fail('TG1204', { detail: `No application ${application} is declared.` });
      const names = found.spec?.spec.environments.map((one) => one.name) ?? [];
      return viewApplication(found, await readPath(db, application, names));
    },
  );
}

function commits(app: HttpApp, deps: ApplicationRoutesDeps): void {
  app.get(
    '/api/v1/applications/:application/commits',
    {
      schema: {
        summary: 'Commits of a service between two of its releases or commits, newest first.',
        description:
          'Read from the copy of its repository that this server keeps; nothing is fetched. TG1103 for a commit that is not there yet.',
        params: applicationParamsSchema,
        querystring: commitsQuerySchema,
        response: { 200: commitsSchema },
      },
    },
    async ({ params, query }) => await readCommits(deps, { ...query, from: query.from, ...params }),
  );
}

function validate(app: HttpApp, { db }: ApplicationRoutesDeps): void {
  const checker = openChecker();
  app.addHook('onClose', () => checker.close());
  app.post(
    '/api/v1/validate',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'Checks documents as the server would, beside what is declared. Keeps nothing.',
        body: validateBodySchema,
        response: { 200: validatedSchema },
      },
    },
    async ({ body }) => await validateText(db, checker, body),
  );
}
