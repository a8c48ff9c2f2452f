import type { EffectHandler } from '../../engine/types.ts';
import type { StepAdapter, StepContext } from '../../integrations/step/port.ts';
import type { Sql } from '../../platform/db/types.ts';
import type { Json } from '../../platform/ids/types.ts';
import { stepEffects } from './effects.ts';
import type { LogTuning } from './logs.ts';
import type { StepEffect } from './types.ts';

export const secrets = {
  env: { TIDEGATE_SECRET_TOKEN: 'hunter2-hunter2', TIDEGATE_SECRET_KEY: 'line one\nline two' },
  directory: null,
};

/** A run to log for, at rest. */
export async function insertRun(sql: Sql, run: string, terminal = false): Promise<void> {
  await sql.query(
    `insert into pipeline_specs (digest, spec) values ('d', '{}') on conflict do nothing`,
  );
  await sql.query(
    `insert into runs (id, pipeline, spec, trigger, actor, phase, terminal, because, opened_at, updated_at)
     values ($1, 'p', 'd', 'manual', 'user:ada', 'running', $2, '', now(), now())`,
    [run, terminal],
  );
}

/** The handler of a kind that does what a test says. */
export function handlerOf(
  sql: Sql,
  run: (context: StepContext) => Promise<Json>,
  more: Partial<StepAdapter> & { readonly tuning?: LogTuning } = {},
): EffectHandler {
  const { tuning, ...over } = more;
  const adapter: StepAdapter = {
    kind: 'shell',
    decide: () => ({ is: 'wait', because: '', memory: null, wakeAt: null }),
    run: (_payload, context) => run(context),
    ...over,
  };
  const log = { warn: () => undefined };
  const [handler] = stepEffects({
    ...{ sql, adapters: [adapter], secrets, log },
    ...(tuning ? { tuning } : {}),
  });
  if (!handler) throw new Error('there is no handler');
  return handler;
}

export const effectOf = (run: string, step = 'build', attempt = 1): Json => {
  const subject = {
    ...{ run, pipeline: 'p', step, attempt, application: null },
    ...{ release: null, commit: null, actor: 'user:ada', author: null },
  };
  const declared = { token: { env: 'TIDEGATE_SECRET_TOKEN' }, key: { env: 'TIDEGATE_SECRET_KEY' } };
  const effect: StepEffect = { instance: step, attempt, subject, secrets: declared, payload: null };
  return effect as unknown as Json;
};
