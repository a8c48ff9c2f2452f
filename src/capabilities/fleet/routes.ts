import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { followQuerySchema, statusReportSchema } from '../../contract/agent.ts';
import { followAnswerSchema } from '../../contract/api/fleet.ts';
import { nameSchema } from '../../contract/kinds/common.ts';
import { fail } from '../../platform/errors/problem.ts';
import { nextSignal, type Signals } from '../../platform/http/signals.ts';
import type { HttpApp, Routes } from '../../platform/http/types.ts';
import { type Followed, followIntents } from './reads.ts';
import { type TargetRoutesDeps, targetRoutes } from './routes-targets.ts';
import { saveStatuses, subjectsOf, touchAgent, wakeSubjects } from './store.ts';

export type FleetRoutesDeps = TargetRoutesDeps & {
  /** Of the intents channel. */
  readonly signals: Signals;
  /** Most long polls that are held at once; more are answered at once. */
  readonly maxWaiting?: number;
};

const targetParams = z.object({ target: nameSchema });

export function fleetRoutes(deps: FleetRoutesDeps): Routes {
  return (app) => {
    followRoute(app, deps);
    reportRoute(app, deps);
    targetRoutes(deps)(app);
  };
}

function followRoute(app: HttpApp, deps: FleetRoutesDeps): void {
  const held = { count: 0 };
  app.get(
    '/api/v1/agent/targets/:target/intents',
    {
      config: { access: 'agent' },
      schema: {
        summary: 'Long poll: intents of a target after a revision.',
        params: targetParams,
        querystring: followQuerySchema,
        response: { 200: followAnswerSchema },
      },
    },
    async (request, reply) => {
      mustServe(request, request.params.target);
      const full = held.count >= (deps.maxWaiting ?? 5_000);
      held.count += 1;
      try {
        const wait = full ? 0 : request.query.wait * 1000;
        const ends = [app.closing, goneSignal(reply)];
        return await follow(deps, request.params.target, request.query.after, wait, ends);
      } finally {
        held.count -= 1;
      }
    },
  );
}

/**
 * Answers as soon as there is something newer than `after`, or the Target's own document changed meanwhile; with
 * nothing when the wait is over. It listens before it looks, so nothing is missed in between.
 */
async function follow(
  deps: FleetRoutesDeps,
  target: string,
  after: number,
  wait: number,
  ends: readonly AbortSignal[],
): Promise<Followed> {
  const until = Date.now() + wait;
  let declared: string | null = null;
  for (;;) {
    const signal = nextSignal(deps.signals, target, Math.max(0, until - Date.now()), ends);
    try {
      const found = await followIntents(deps.db, target, after);
      const spec = JSON.stringify(found.target);
      const news = found.intents.length > 0 || found.revision < after;
      const over = Date.now() >= until || ends.some((one) => one.aborted);
      if (news || over || (declared !== null && declared !== spec)) return found;
      declared = spec;
      await signal.done;
    } finally {
      signal.cancel();
    }
  }
}

/** Aborted when the agent hangs up. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}

function reportRoute(app: HttpApp, deps: FleetRoutesDeps): void {
  app.post(
    '/api/v1/agent/targets/:target/statuses',
    {
      config: { access: 'agent' },
      bodyLimit: 16 * 1_048_576,
      schema: {
        summary: 'What a target serves; an empty list is a heartbeat.',
        params: targetParams,
        body: statusReportSchema,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { target } = request.params;
      const agent = mustServe(request, target);
      const { statuses, version } = request.body;
      const stray = statuses.find((one) => one.target !== target);
      if (stray) {
        fail('TG1603', { detail: `A status of ${stray.target} was sent as one of ${target}.` });
      }
      await deps.db.transaction(async (tx) => {
        const returned = await touchAgent(tx, agent.name, version);
        await saveStatuses(tx, agent.name, statuses);
        if (returned) await wakeSubjects(tx, await subjectsOf(tx, agent.targets));
      });
      return await reply.code(204).send(null);
    },
  );
}

function mustServe(
  request: FastifyRequest,
  target: string,
): { readonly name: string; readonly targets: readonly string[] } {
  const { caller } = request;
  if (caller?.kind === 'agent' && caller.targets.includes(target)) return caller;
  fail('TG1503', { detail: `${caller?.name ?? 'This caller'} does not serve ${target}.` });
}
