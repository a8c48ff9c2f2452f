import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  agentCreatedSchema,
  agentListSchema,
  createAgentSchema,
  createTokenSchema,
  tokenCreatedSchema,
} from '../../contract/api/access.ts';
import type { Database } from '../../platform/db/types.ts';
import type { HttpApp, Routes } from '../../platform/http/types.ts';
import { listAgents } from './reads.ts';
import { type Asker, createAgentToken, createToken } from './tokens.ts';

export type AccessRoutesDeps = { readonly db: Database };

/** Who may speak to this server. Admins only: a token given here is as good as the role that it names. */
export function accessRoutes({ db }: AccessRoutesDeps): Routes {
  return (app) => {
    agents(app, db);
    app.post(
      '/api/v1/tokens',
      {
        config: { access: 'admin' },
        schema: {
          summary: 'Makes a token for a person or a program; a name that exists gets a new one.',
          body: createTokenSchema,
          response: { 201: tokenCreatedSchema },
        },
      },
      async (request, reply) => {
        const { name, role } = request.body;
        const token = await createToken(db, name, role, askerOf(request));
        return await reply.code(201).send({ name, role, token });
      },
    );
  };
}

function agents(app: HttpApp, db: Database): void {
  app.get(
    '/api/v1/agents',
    {
      schema: {
        summary: 'Agents, their targets and when they were last heard of.',
        querystring: z.object({}),
        response: { 200: agentListSchema },
      },
    },
    async () => ({ items: [...(await listAgents(db))] }),
  );
  app.post(
    '/api/v1/agents',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Makes the token of an agent; a name that exists gets a new one.',
        body: createAgentSchema,
        response: { 201: agentCreatedSchema },
      },
    },
    async (request, reply) => {
      const { name, targets } = request.body;
      const token = await createAgentToken(db, name, targets, askerOf(request));
      return await reply.code(201).send({ name, targets, token });
    },
  );
}

const askerOf = (request: FastifyRequest): Asker => ({
  actor: `user:${request.caller?.name ?? 'nobody'}`,
  requestId: request.id,
});
