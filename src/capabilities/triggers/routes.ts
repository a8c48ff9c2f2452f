import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import {
  deliveryAnswerSchema,
  hookParamsSchema,
  hookQuerySchema,
  triggerListSchema,
} from '../../contract/api/hooks.ts';
import type { PipelineSpec } from '../../contract/kinds/pipeline.ts';
import type { WebhookSender } from '../../integrations/webhook/port.ts';
import type { Database } from '../../platform/db/types.ts';
import { fail, ProblemError } from '../../platform/errors/problem.ts';
import type { HttpApp, Routes } from '../../platform/http/types.ts';
import { wants } from './decide-hook.ts';
import { runIdOf } from './decide-run.ts';
import { type HookTrigger, hookFinder } from './find.ts';
import { deliveryTaker } from './operations.ts';
import { listTriggers } from './reads.ts';
import { triggerViews } from './views.ts';

export type TriggerRoutesDeps = {
  readonly db: Database;
  readonly findSender: (name: string) => WebhookSender | null;
  /** The value of a pipeline's secret on this server. Throws TG1911. */
  readonly readSecret: (secrets: PipelineSpec['secrets'], name: string) => Promise<string>;
  readonly now: () => Date;
};

/** Pushes with many commits are large; what is kept of one is not. */
const largestHook = 5 * 1_048_576;

export function triggerRoutes(deps: TriggerRoutesDeps): Routes {
  return (app) => {
    app.get(
      '/api/v1/triggers',
      {
        schema: {
          summary: 'What begins runs: pushes, schedules, webhooks, events.',
          response: { 200: triggerListSchema },
        },
      },
      async () => ({ items: [...triggerViews(await listTriggers(deps.db), deps.now())] }),
    );
    hookRoutes(app, deps);
  };
}

const about = {
  webhook: 'Webhook of GitHub, GitLab, Jenkins or any program: begins a run of a pipeline.',
  cdevents: 'CDEvents as CloudEvents, structured or binary: begins a run of a pipeline.',
} as const;

/** In a scope of its own, since signatures are over the bytes as they came and not over what they mean. */
function hookRoutes(app: HttpApp, deps: TriggerRoutesDeps): void {
  const find = hookFinder(deps.db);
  const take = deliveryTaker(deps.db);
  const paths = { webhook: '/hooks/pipelines', cdevents: '/hooks/cdevents' } as const;
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    for (const on of ['webhook', 'cdevents'] as const) {
      scope.withTypeProvider<ZodTypeProvider>().post(
        `${paths[on]}/:pipeline/:trigger`,
        {
          config: { access: 'signed' },
          bodyLimit: largestHook,
          schema: {
            summary: about[on],
            description:
              'The sender proves itself as docs/guide/webhooks.md says, not with a token of the API. The answer comes once the delivery is kept; the run begins a moment later. 200: it was delivered before, or nobody asks for its type.',
            security: [],
            params: hookParamsSchema,
            querystring: hookQuerySchema,
            response: { 200: deliveryAnswerSchema, 202: deliveryAnswerSchema },
          },
        },
        async ({ params, query, body, headers, id }, reply) => {
          const hook = await find({ ...params, application: query.application, on });
          const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
          const event = await verify(deps, hook, { body: bytes, headers });
          const { delivery, type } = event;
          if (!wants(hook.trigger, type)) {
            return await reply.code(200).send({ delivery, type, run: null, duplicate: false });
          }
          const { isDuplicate } = await take({
            ...{ key: hook.key, name: hook.trigger.name, from: hook.sender },
            ...{ trigger: hook.address, delivery, type, event: event.event, requestId: id },
          });
          const run = runIdOf(`trigger/${hook.key}`, hook.trigger.name, `delivery ${delivery}`);
          const answer = { delivery, type, run, duplicate: isDuplicate };
          return await reply.code(isDuplicate ? 200 : 202).send(answer);
        },
      );
    }
  });
}

async function verify(
  { findSender, readSecret, now }: TriggerRoutesDeps,
  hook: HookTrigger,
  request: {
    readonly body: Uint8Array;
    readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  },
) {
  const sender = findSender(hook.sender);
  if (!sender) fail('TG1943', { detail: `No sender ${hook.sender} is known to this program.` });
  const secret = await readSecret(hook.secrets, hook.secret);
  const event = sender.verify({ ...request, secret, now: now() });
  if (!event.ok) throw new ProblemError(event.problem);
  return event;
}
