import { rolloutParamsSchema } from '../../contract/api/rollouts.ts';
import {
  trafficCursorSchema,
  trafficQuerySchema,
  trafficSchema,
} from '../../contract/api/traffic.ts';
import { serveStreams } from '../../platform/http/event-stream.ts';
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
  const serve = serveStreams(app, { most: deps.maxStreams ?? 100, name: 'streams of traffic' });
  const tuning = deps.tuning ?? usualTrafficTuning;
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
      const { params, query } = request;
      const after = cursorOf(request.headers['last-event-id']) ?? query.after;
      const asked = { ...query, rollout: params.id, after };
      await serve(
        request,
        reply,
        (stream) => pumpTraffic({ ...deps, tuning }, stream, asked),
        () => mustFindSubject(deps.db, asked),
      );
    },
  );
}

/** A header that is none of ours counts as none. */
function cursorOf(header: string | readonly string[] | undefined): string | undefined {
  const parsed = trafficCursorSchema.safeParse(header);
  return parsed.success ? parsed.data : undefined;
}
