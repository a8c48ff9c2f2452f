import { Readable } from 'node:stream';
import {
  eventExportQuerySchema,
  eventListQuerySchema,
  eventListSchema,
  mostExported,
  streamQuerySchema,
} from '../../contract/api/events.ts';
import type { Database } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { serveStreams } from '../../platform/http/event-stream.ts';
import type { Signals } from '../../platform/http/signals.ts';
import type { HttpApp, Routes } from '../../platform/http/types.ts';
import { openExport } from './export.ts';
import { filterOf, type Search, searchIn } from './search.ts';
import { show } from './show.ts';
import { pumpEvents, type StreamTuning, usualStreamTuning } from './stream.ts';

export type AuditRoutesDeps = {
  readonly db: Database;
  /** Of the events channel. */
  readonly signals: Signals;
  readonly tuning?: StreamTuning;
  /** Most streams at once; TG1608 beyond. */
  readonly maxStreams?: number;
  /** Milliseconds that a search may take; the usual time when left out. */
  readonly patience?: number;
  /** Most events of an export, and most exports at once. */
  readonly mostExported?: number;
  readonly maxExports?: number;
};

type Deps = AuditRoutesDeps & { readonly search: Search };

export function auditRoutes(given: AuditRoutesDeps): Routes {
  return (app) => {
    const deps: Deps = { ...given, search: searchIn(given.db, given.patience) };
    app.get(
      '/api/v1/events',
      {
        schema: {
          summary: 'The audit log: who, what, when, why, outcome, before and after.',
          querystring: eventListQuerySchema,
          response: { 200: eventListSchema },
        },
      },
      async ({ query }) => {
        const { after, before, limit } = query;
        const ask = { ...filterOf(query), limit };
        const forward = after !== undefined || query.order === 'oldest';
        const page = forward
          ? await deps.search.forward({ ...ask, after })
          : await deps.search.backward({ ...ask, before });
        return { items: page.events.map(show), cursor: page.cursor };
      },
    );
    exportRoute(app, deps);
    streamRoute(app, deps);
  };
}

/** Milliseconds that an export may take: a client that does not read must not hold its place for ever. */
const longestExport = 600_000;

function exportRoute(app: HttpApp, deps: Deps): void {
  const held = { count: 0 };
  app.get(
    '/api/v1/events/export',
    {
      schema: {
        summary: 'The audit log as a file, oldest first: CSV, or one JSON document a line.',
        description: `At most ${mostExported.toLocaleString('en')} events; when there are more, or the log is too busy to read on, the last line is of type export.truncated and holds the cursor to go on from.`,
        querystring: eventExportQuerySchema,
      },
    },
    async (request, reply) => {
      const most = deps.maxExports ?? 4;
      if (held.count >= most) fail('TG1608', { detail: `${most} exports are under way.` });
      const { format, after } = request.query;
      held.count += 1;
      const text = await openExport(deps.search, {
        filter: filterOf(request.query),
        after,
        format,
        most: deps.mostExported,
      }).catch((error: unknown) => {
        held.count -= 1;
        throw error;
      });
      const file = Readable.from(text);
      const late = setTimeout(() => file.destroy(new Error('too slow')), longestExport);
      file.once('close', () => {
        held.count -= 1;
        clearTimeout(late);
      });
      return await reply
        .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
        .header('content-disposition', `attachment; filename="tidegate-events.${format}"`)
        .send(file);
    },
  );
}

function streamRoute(app: HttpApp, deps: Deps): void {
  const serve = serveStreams(app, { most: deps.maxStreams ?? 200, name: 'event streams' });
  app.get(
    '/api/v1/stream',
    {
      schema: {
        summary: 'Server-sent events: the audit log as it grows. Resumes with Last-Event-ID.',
        querystring: streamQuerySchema,
      },
    },
    async (request, reply) => {
      const last = request.headers['last-event-id'];
      const after = typeof last === 'string' && last !== '' ? last : request.query.after;
      const filter = filterOf(request.query);
      const tuning = deps.tuning ?? usualStreamTuning;
      await serve(
        request,
        reply,
        (stream) => pumpEvents({ ...deps, tuning }, stream, filter, after, show),
        async () =>
          after !== undefined && (await deps.search.forward({ ...filter, after, limit: 1 })),
      );
    },
  );
}
