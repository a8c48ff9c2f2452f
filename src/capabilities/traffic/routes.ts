import { rolloutParamsSchema } from '../../contract/api/rollouts.ts';
import {
  trafficCursorSchema,
  trafficQuerySchema,
  trafficSchema,
} from '../../contract/api/traffic.ts';
import { fail } from '../../platform/errors/problem.ts';
import { openEventStream } from '../../platform/http/event-stream.ts';
import type { HttpApp, Routes } from '../../platform/http/types.ts';
import { type AnswerDeps, answerTraffic, mustFindSubject } from './answer.ts';
import { pumpTraffic, type TrafficTuning, usualTrafficTuning } from './stream.ts';

export type TrafficRoutesDeps = AnswerDeps & {
  /** Most streams at once; TG1608 beyond. */
  readonly maxStreams?: number;
  readonly tuning?: TrafficTuning;
};

/** What each release of a rollout serves: as it was, and as it comes. */
export function trafficRoutes(deps: TrafficRoutesDeps): Routes {
  return (app) => {
    app.get(
      '/api/v1/rollouts/:id/traffic',
      {
        schema: {
          summary: 'Traffic of a rollout: share, rate, errors and latency per release over time.',
          description:
            'As the routers of its targets counted it, from the start of the rollout until 5 minutes after its end.',
          params: rolloutParamsSchema,
          querystring: trafficQuerySchema,
          response: { 200: trafficSchema },
        },
      },
      async ({ params, query }) =>
        (await answerTraffic(deps, { rollout: params.id, ...query })).traffic,
    );
    streamRoute(app, deps);
  };
}

function streamRoute(app: HttpApp, deps: TrafficRoutesDeps): void {
  const held = { count: 0 };
  app.get(
    '/api/v1/rollouts/:id/traffic/stream',
    {
      schema: {
        summary: 'Server-sent events: the traffic of a rollout as it comes.',
        description:
          'Events `traffic` with the same answer, of which `points` and `marks` hold what is new or changed; `end` a minute after the rollout ended. Resumes with Last-Event-ID.',
        params: rolloutParamsSchema,
        querystring: trafficQuerySchema,
      },
    },
    async (request, reply) => {
      const most = deps.maxStreams ?? 100;
      if (held.count >= most) fail('TG1608', { detail: `${most} streams of traffic are open.` });
      const { params, query } = request;
      const after = cursorOf(request.headers['last-event-id']) ?? query.after;
      const asked = { ...query, rollout: params.id, after };
      held.count += 1;
      try {
        // Refused while an answer can still be a problem document.
        await mustFindSubject(deps.db, asked);
        const stream = openEventStream(request, reply, app.closing);
        try {
          await pumpTraffic({ ...deps, tuning: deps.tuning ?? usualTrafficTuning }, stream, asked);
        } catch (error) {
          // The client resumes with its last id, so ending the stream loses nothing.
          request.log.warn({ err: error, reqId: request.id }, 'a stream of traffic ended early');
        } finally {
          stream.end();
        }
      } finally {
        held.count -= 1;
      }
    },
  );
}

/** A header that is none of ours counts as none. */
function cursorOf(header: string | readonly string[] | undefined): string | undefined {
  const parsed = trafficCursorSchema.safeParse(header);
  return parsed.success ? parsed.data : undefined;
}
