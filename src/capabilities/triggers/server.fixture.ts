import { findSender } from '../../integrations/webhook/registry.ts';
import type { Database } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { createHttpServer } from '../../platform/http/server.ts';
import type { HttpApp } from '../../platform/http/types.ts';
import { createLog } from '../../platform/log/log.ts';
import { authenticator } from '../access/authenticate.ts';
import { sameRepository } from '../sources/address.ts';
import { sourceRoutes } from '../sources/routes.ts';
import { nudgeTriggers } from './operations.ts';
import { triggerRoutes } from './routes.ts';

export const hookSecret = 'of all sources';
export const secret = 'between_us_two';

/** The real server with the routes of triggers and sources; only the secret `hook` can be read. */
export async function openServer(
  db: Database,
  now: () => Date = () => new Date(),
): Promise<HttpApp> {
  return await createHttpServer({
    log: createLog({ name: 'test', level: 'silent' }),
    version: '0.0.1',
    authenticate: authenticator(db),
    routes: [
      triggerRoutes({
        ...{ db, findSender, now },
        readSecret: async (secrets, name) =>
          Object.hasOwn(secrets, name) && name === 'hook'
            ? secret
            : fail('TG1911', { detail: `Secret ${name} is not set.` }),
      }),
      sourceRoutes({
        ...{ db, hookSecret },
        nudgeTriggers: (hook) => nudgeTriggers(db, hook, sameRepository),
      }),
    ],
  });
}
