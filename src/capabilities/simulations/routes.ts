import type { FastifyReply } from 'fastify';
import { readStrategy } from '../../contract/simulate/input.ts';
import {
  type Simulation,
  type SimulationBody,
  simulationBodySchema,
  simulationSchema,
} from '../../contract/simulate/schema.ts';
import { fail, ProblemError } from '../../platform/errors/problem.ts';
import type { Routes } from '../../platform/http/types.ts';
import type { Judges } from '../backtests/types.ts';
import { courseOf } from './course.ts';
import { simulate } from './simulate.ts';
import { inSlices, oneAtATime } from './slices.ts';
import type { Strategies } from './types.ts';

export type SimulationRoutesDeps = { readonly judges: Judges; readonly strategies: Strategies };

const mostWaiting = 4;

/** What a strategy would catch, from seeded runs of synthetic traffic. Nothing is changed. */
export function simulationRoutes({ judges, strategies }: SimulationRoutesDeps): Routes {
  const turn = oneAtATime(mostWaiting);
  return (app) => {
    app.post(
      '/api/v1/simulations',
      {
        schema: {
          summary: 'Simulates a strategy: how soon it would catch harm of these sizes.',
          description:
            'Every harm is run once per seed through the judges of the product. The same request gives the same answer, unless time ran out (`complete`). The work is done in slices, one simulation at a time.',
          body: simulationBodySchema,
          response: { 200: simulationSchema },
        },
      },
      async ({ body }, reply) => {
        const course = courseFrom(body, strategies);
        const stop = AbortSignal.any([app.closing, goneOf(reply)]);
        if (!(await turn.enter())) {
          fail('TG1404', { detail: `${mostWaiting} simulations wait already.` });
        }
        try {
          const begun = performance.now();
          const spent = () => (performance.now() - begun) / (body.seconds * 1_000);
          const results = await inSlices(simulate(course, body, judges, spent), stop);
          if (results === null) fail('TG1404', { detail: 'The server is stopping.' });
          const steps = [...course.steps.map(({ words }) => words), 'all traffic'];
          return { steps, notes: [...course.notes], results } satisfies Simulation;
        } finally {
          turn.leave();
        }
      },
    );
  };
}

function courseFrom({ documents, environment, soak }: SimulationBody, strategies: Strategies) {
  const read = readStrategy([{ path: 'documents', text: documents }], environment);
  if (read.ok) return courseOf(read.input, soak, strategies);
  const [first] = read.problems;
  throw first ? new ProblemError(first) : new Error('a refusal says why');
}

/** Aborted when whoever asked has gone. */
function goneOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}
