import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  agentCreatedSchema,
  agentListSchema,
  createAgentSchema,
  createTokenSchema,
  tokenCreatedSchema,
} from '../../contract/api/access.ts';
import { meSchema } from '../../contract/api/me.ts';
import type { Database } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import type { HttpApp, Routes } from '../../platform/http/types.ts';
import { listAgents } from './reads.ts';
import { type Asker, createAgentToken, createToken } from './tokens.ts';

export type AccessRoutesDeps = { readonly db: Database };

/** Who may speak to this server. Tokens are given by admins only: one is as good as the role that it names. */
export function accessRoutes({ db }: AccessRoutesDeps): Routes {
  return (app) => {
    agents(app, db);
    me(app);
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

function me(app: HttpApp): void {
  app.get(
    '/api/v1/me',
    {
      schema: {
        summary: 'Whose token this is, and what it may do.',
        response: { 200: meSchema },
      },
    },
    async ({ caller }) => {
      if (caller?.kind !== 'person') fail('TG1601', { detail: 'No person sent this.' });
      const { name, role, kind } = caller;
      return { name, role, kind };
    },
  );
}

const askerOf = (request: FastifyRequest): Asker => ({
  actor: `user:${request.caller?.name ?? 'nobody'}`,
  requestId: request.id,
});
