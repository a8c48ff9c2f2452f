import { pageQuerySchema } from '../../contract/api/common.ts';
import {
  targetDetailSchema,
  targetListSchema,
  targetParamsSchema,
} from '../../contract/api/fleet.ts';
import type { Database } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { type EventStream, serveStreams } from '../../platform/http/event-stream.ts';
import type { HttpApp, Routes } from '../../platform/http/types.ts';
import { listTargetApplications, listTargets, readTarget } from './reads.ts';
import { viewTarget, viewTargetApplication } from './views.ts';
import { type FleetWatch, fleetWatch } from './watch.ts';

export type TargetRoutesDeps = {
  readonly db: Database;
  /** Most streams at once; TG1608 beyond. */
  readonly maxStreams?: number;
  readonly tuning?: TargetTuning;
};

/** Milliseconds between two looks at all targets, and between signs of life. */
export type TargetTuning = { readonly look: number; readonly heartbeat: number };

const usualTuning: TargetTuning = { look: 1_000, heartbeat: 15_000 };

/** The fleet for screens: all of it, one target in detail, and as it changes. */
export function targetRoutes(deps: TargetRoutesDeps): Routes {
  return (app) => {
    listRoute(app, deps);
    detailRoute(app, deps);
    streamRoute(app, deps);
  };
}

function listRoute(app: HttpApp, { db }: TargetRoutesDeps): void {
  app.get(
    '/api/v1/targets',
    {
      schema: {
        summary: 'Targets: who serves them, whether they are connected, what they serve.',
        querystring: pageQuerySchema,
        response: { 200: targetListSchema },
      },
    },
    async ({ query }) => {
      const items = (await listTargets(db, query)).map(viewTarget);
      const last = items.at(-1);
      return { items, cursor: items.length === query.limit && last ? last.name : null };
    },
  );
}

function detailRoute(app: HttpApp, { db }: TargetRoutesDeps): void {
  app.get(
    '/api/v1/targets/:name',
    {
      schema: {
        summary: 'One target: what it is asked to serve, what it serves, and how they differ.',
        description: 'Its applications come in pages. Configuration of releases is not shown.',
        params: targetParamsSchema,
        querystring: pageQuerySchema,
        response: { 200: targetDetailSchema },
      },
    },
    async ({ params: { name }, query }) => {
      const target = await readTarget(db, name);
      if (!target) fail('TG1602', { detail: `There is no target ${name}.` });
      const rows = await listTargetApplications(db, name, query);
      const last = rows.length === query.limit ? rows.at(-1) : undefined;
      const applications = rows.map(viewTargetApplication);
      return { ...viewTarget(target), applications, cursor: last?.application ?? null };
    },
  );
}

function streamRoute(app: HttpApp, deps: TargetRoutesDeps): void {
  const serve = serveStreams(app, { most: deps.maxStreams ?? 200, name: 'streams of targets' });
  const tuning = deps.tuning ?? usualTuning;
  const watch = fleetWatch(deps.db, tuning.look);
  app.get(
    '/api/v1/fleet/stream',
    {
      schema: {
        summary: 'Server-sent events: targets as they are, and then each one that changed.',
        description:
          'Events `target` with a summary as in the list; `gone` with the name of one that is there no more. Every stream begins with all targets, the first 1000 by name. That an agent was heard of again is no change.',
      },
    },
    async (request, reply) =>
      await serve(request, reply, (stream) => pumpTargets(watch, stream, tuning.heartbeat)),
  );
}

/** A client that is slow is sent what is then, and not each change on the way there. */
async function pumpTargets(
  watch: FleetWatch,
  stream: EventStream,
  heartbeat: number,
): Promise<void> {
  const sent = new Map<string, string>();
  let id = 0;
  let saidAt = performance.now();
  const say = async (type: 'target' | 'gone', data: unknown): Promise<void> => {
    id += 1;
    saidAt = performance.now();
    await stream.send({ id: String(id), type, data });
  };
  while (!stream.ended.aborted) {
    const targets = await watch.next();
    for (const [name, { digest, summary }] of targets) {
      if (sent.get(name) === digest) continue;
      sent.set(name, digest);
      await say('target', viewTarget(summary));
    }
    for (const name of [...sent.keys()].filter((one) => !targets.has(one))) {
      sent.delete(name);
      await say('gone', { name });
    }
    if (performance.now() - saidAt < heartbeat) continue;
    saidAt = performance.now();
    await stream.heartbeat();
  }
}
