import {
  addSourceSchema,
  hookAnswerSchema,
  sourceAddedSchema,
  sourceListSchema,
} from '../../contract/api/sources.ts';
import type { Database } from '../../platform/db/types.ts';
import { ProblemError } from '../../platform/errors/problem.ts';
import type { HttpApp, Routes } from '../../platform/http/types.ts';
import { maskAddress } from './address.ts';
import { type Hook, verifyHook } from './hooks.ts';
import { addSource, nudgeSources } from './operations.ts';
import { listSources } from './reads.ts';

export type SourceRoutesDeps = {
  readonly db: Database;
  /** Shared with whoever sends webhooks; empty refuses them all. */
  readonly hookSecret: string;
  /** Makes triggers that watch what moved look at once; gives their keys. */
  readonly nudgeTriggers?: (hook: Hook) => Promise<readonly string[]>;
};

/** A push with many commits is large; nothing of it is kept. */
const largestHook = 5 * 1_048_576;

export function sourceRoutes(deps: SourceRoutesDeps): Routes {
  return (app) => {
    app.get(
      '/api/v1/sources',
      {
        schema: { summary: 'Config repositories.', response: { 200: sourceListSchema } },
      },
      async () => {
        const found = await listSources(deps.db);
        return { items: found.map((one) => ({ ...one, address: maskAddress(one.address) })) };
      },
    );
    app.post(
      '/api/v1/sources',
      {
        config: { access: 'admin' },
        schema: {
          summary: 'Adds a config repository, or gives one that is there other settings.',
          body: addSourceSchema,
          response: { 200: sourceAddedSchema, 201: sourceAddedSchema },
        },
      },
      async (request, reply) => {
        const actor = `user:${request.caller?.name ?? 'nobody'}`;
        const added = await addSource(deps.db, request.body, { actor, requestId: request.id });
        return await reply.code(added ? 201 : 200).send({ name: request.body.name, added });
      },
    );
    hookRoute(app, deps);
  };
}

/** In a scope of its own, since the signature is over the bytes as they came and not over what they mean. */
function hookRoute(app: HttpApp, { db, hookSecret, nudgeTriggers }: SourceRoutesDeps): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    scope.post(
      '/hooks/git',
      {
        config: { access: 'signed' },
        bodyLimit: largestHook,
        schema: {
          summary:
            'Webhook: makes sources and push triggers look at once. Signed with HMAC-SHA256 instead of a token.',
          security: [],
          response: { 202: hookAnswerSchema },
        },
      },
      async (request, reply) => {
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const answer = verifyHook({ secret: hookSecret, body, headers: request.headers });
        if (!answer.ok) throw new ProblemError(answer.problem);
        const woken = await nudgeSources(db, answer.hook);
        const triggers = (await nudgeTriggers?.(answer.hook)) ?? [];
        return await reply.code(202).send({ woken: [...woken], triggers: [...triggers] });
      },
    );
  });
}
