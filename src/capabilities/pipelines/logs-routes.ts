import {
  type LogEntry,
  logCursorSchema,
  logPageSchema,
  logParamsSchema,
  logQuerySchema,
  logStreamQuerySchema,
} from '../../contract/api/run-logs.ts';
import type { Database } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { type EventStream, serveStreams } from '../../platform/http/event-stream.ts';
import { nextSignal, openSignals, type Signals } from '../../platform/http/signals.ts';
import type { HttpApp, Routes } from '../../platform/http/types.ts';
import { type LogRow, logsChannel, readIsOver, readLogs } from './logs-store.ts';

export type LogRoutesDeps = {
  readonly db: Database;
  /** Of the channel of logs. */
  readonly signals: Signals;
  /** Most streams at once; TG1608 beyond. */
  readonly maxStreams?: number;
  readonly tuning?: LogStreamTuning;
};

export type LogStreamTuning = {
  /** Milliseconds between two looks without news: the end of a run is none. */
  readonly look: number;
  /** Milliseconds between signs of life. */
  readonly heartbeat: number;
  readonly page: number;
};

const usualTuning: LogStreamTuning = { look: 2_000, heartbeat: 15_000, page: 200 };

export const openLogSignals = (db: Database): Promise<Signals> => openSignals(db, logsChannel);

/** The log of a run: in pages, and as it grows. */
export function logRoutes(deps: LogRoutesDeps): Routes {
  return (app) => {
    app.get(
      '/api/v1/runs/:id/logs',
      {
        schema: {
          summary: 'What the steps of a run printed, oldest first.',
          params: logParamsSchema,
          querystring: logQuerySchema,
          response: { 200: logPageSchema },
        },
      },
      async ({ params, query }) => {
        const { after = '0', limit } = query;
        const page = await readPage(deps.db, params.id, query.step, Number(after), limit);
        return { items: page.rows.map(show), cursor: String(page.after), isOver: page.isOver };
      },
    );
    streamRoute(app, deps);
  };
}

function streamRoute(app: HttpApp, deps: LogRoutesDeps): void {
  const serve = serveStreams(app, { most: deps.maxStreams ?? 200, name: 'streams of logs' });
  app.get(
    '/api/v1/runs/:id/logs/stream',
    {
      schema: {
        summary: 'Server-sent events: the log of a run as it grows. Resumes with Last-Event-ID.',
        params: logParamsSchema,
        querystring: logStreamQuerySchema,
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const after = Number(cursorOf(request.headers['last-event-id']) ?? query.after ?? '0');
      await serve(
        request,
        reply,
        (stream) => pumpLogs(deps, stream, params.id, query.step, after),
        () => readPage(deps.db, params.id, query.step, after, 1),
      );
    },
  );
}

/** A header that is none of ours counts as none. */
function cursorOf(header: string | readonly string[] | undefined): string | undefined {
  const parsed = logCursorSchema.safeParse(header);
  return parsed.success ? parsed.data : undefined;
}

/** Sends entries as they come, until the client goes or the run is over; then it says `end`. */
async function pumpLogs(
  { db, signals, tuning = usualTuning }: LogRoutesDeps,
  stream: EventStream,
  run: string,
  step: string | undefined,
  from: number,
): Promise<void> {
  let after = from;
  let quietSince = performance.now();
  while (!stream.ended.aborted) {
    const news = nextSignal(signals, run, tuning.look, [stream.ended]);
    try {
      const page = await readPage(db, run, step, after, tuning.page);
      for (const row of page.rows) {
        await stream.send({ id: String(row.id), type: 'log', data: show(row) });
      }
      after = page.after;
      if (page.isOver) return await stream.send({ id: String(after), type: 'end', data: {} });
      if (page.rows.length > 0) quietSince = performance.now();
      if (page.rows.length === tuning.page) continue;
      if (performance.now() - quietSince >= tuning.heartbeat) {
        quietSince = performance.now();
        await stream.heartbeat();
      }
      await news.done;
    } finally {
      news.cancel();
    }
  }
}

/** Whether the run is over is read first: all that it printed was stored before. */
async function readPage(
  db: Database,
  run: string,
  step: string | undefined,
  after: number,
  limit: number,
) {
  const isOver = await readIsOver(db, run);
  if (isOver === null) fail('TG1901', { detail: `There is no run ${run}.` });
  const rows = await readLogs(db, { run, step: step ?? null, after, limit });
  return { rows, after: rows.at(-1)?.id ?? after, isOver: isOver && rows.length < limit };
}

const show = ({ id, step, attempt, stream, text, at }: LogRow): LogEntry => ({
  ...{ id: String(id), step, attempt, stream, text },
  at: at.toISOString(),
});
