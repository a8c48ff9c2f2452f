import {
  type EventView as EventShown,
  eventListQuerySchema,
  eventListSchema,
  streamQuerySchema,
} from '../../contract/api/events.ts';
import {
  type EventFilter,
  type EventView,
  readEvents,
  readEventsBackward,
} from '../../engine/reads.ts';
import type { Database } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { openEventStream } from '../../platform/http/event-stream.ts';
import type { Signals } from '../../platform/http/signals.ts';
import type { HttpApp, Routes } from '../../platform/http/types.ts';
import { pumpEvents, type StreamTuning, usualStreamTuning } from './stream.ts';

export type AuditRoutesDeps = {
  readonly db: Database;
  /** Of the events channel. */
  readonly signals: Signals;
  readonly tuning?: StreamTuning;
  /** Most streams at once; TG1608 beyond. */
  readonly maxStreams?: number;
};

export function auditRoutes(deps: AuditRoutesDeps): Routes {
  return (app) => {
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
          ? await readEvents(deps.db, { ...ask, after })
          : await readEventsBackward(deps.db, { ...ask, before });
        return { items: page.events.map(show), cursor: page.cursor };
      },
    );
    streamRoute(app, deps);
  };
}

function streamRoute(app: HttpApp, deps: AuditRoutesDeps): void {
  const held = { count: 0 };
  app.get(
    '/api/v1/stream',
    {
      schema: {
        summary: 'Server-sent events: the audit log as it grows. Resumes with Last-Event-ID.',
        querystring: streamQuerySchema,
      },
    },
    async (request, reply) => {
      const most = deps.maxStreams ?? 200;
      if (held.count >= most) fail('TG1608', { detail: `${most} event streams are open.` });
      const last = request.headers['last-event-id'];
      const after = typeof last === 'string' && last !== '' ? last : request.query.after;
      // A cursor that is none of ours must be refused while an answer can still be a problem document.
      if (after !== undefined) await readEvents(deps.db, { after, limit: 1 });
      held.count += 1;
      const stream = openEventStream(request, reply, app.closing);
      try {
        const tuning = deps.tuning ?? usualStreamTuning;
        await pumpEvents({ ...deps, tuning }, stream, filterOf(request.query), after, show);
      } catch (error) {
        // The client resumes with its last id, so ending the stream loses nothing.
        request.log.warn({ err: error, reqId: request.id }, 'an event stream ended early');
      } finally {
        held.count -= 1;
        stream.end();
      }
    },
  );
}

const filterOf = (query: {
  readonly application?: string | undefined;
  readonly environment?: string | undefined;
  readonly object?: string | undefined;
  readonly type?: string | undefined;
}): EventFilter => ({
  application: query.application,
  environment: query.environment,
  objectId: query.object,
  type: query.type,
});

const show = ({ at, ...event }: EventView): EventShown => ({
  ...event,
  at: at.toISOString(),
  before: event.before as EventShown['before'],
  after: event.after as EventShown['after'],
});
