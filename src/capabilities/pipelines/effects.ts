import { problemOf } from '../../engine/problems.ts';
import type { EffectHandler } from '../../engine/types.ts';
import type { StepAdapter, StepContext, StepSubject } from '../../integrations/step/port.ts';
import type { Sql } from '../../platform/db/types.ts';
import { type Problem, ProblemError } from '../../platform/errors/problem.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { Log } from '../../platform/log/log.ts';
import { createMasker, type Masker } from '../../platform/text/mask.ts';
import { type LogTuning, logTuning, openLogWriter } from './logs.ts';
import type { LogStream } from './logs-store.ts';
import { readSecret, type SecretPlaces } from './secrets.ts';
import type { StepEffect } from './types.ts';

export type StepEffectsDeps = {
  readonly sql: Sql;
  readonly adapters: readonly StepAdapter[];
  readonly secrets: SecretPlaces;
  readonly log: Pick<Log, 'warn'>;
  readonly tuning?: LogTuning;
};

type Running = StepAdapter & Required<Pick<StepAdapter, 'run'>>;

/** Handlers of `step.KIND`, one for each kind of step that does something outside of PostgreSQL. */
export function stepEffects(deps: StepEffectsDeps): readonly EffectHandler[] {
  return deps.adapters.filter(isRunning).map((adapter) => ({
    kind: `step.${adapter.kind}`,
    lane: adapter.lane ?? 'short',
    run: (payload, key, signal) =>
      runStep(deps, adapter, payload as unknown as StepEffect, key, signal),
  }));
}

const isRunning = (adapter: StepAdapter): adapter is Running => adapter.run !== undefined;

/**
 * One effect of one attempt. What it prints, what comes of it and what it fails with show no secret that it read,
 * whatever the kind does with them.
 */
async function runStep(
  deps: StepEffectsDeps,
  adapter: Running,
  effect: StepEffect,
  key: string,
  signal: AbortSignal,
): Promise<Json> {
  // What is short leaves nothing behind that would have to be cleared up.
  if (adapter.lane !== 'long') signal.throwIfAborted();
  const masker = createMasker();
  const subject = effect.subject as unknown as StepSubject;
  const log = openStepLog(deps, subject, masker);
  const context: StepContext = {
    ...{ subject, key, signal },
    log: log.write,
    secret: async (name) => {
      const value = await readSecret(deps.secrets, effect.secrets, name);
      masker.add(value);
      return value;
    },
  };
  try {
    return masker.maskJson(await adapter.run(effect.payload, context));
  } catch (error) {
    throw new ProblemError(masker.maskJson(problemOf(error, 'TG1704') as Json) as Problem);
  } finally {
    await log.end();
  }
}

/** Each stream is masked by itself: what is printed beside it does not cut a secret in two. */
function openStepLog(
  { sql, log, tuning = logTuning }: StepEffectsDeps,
  { run, step, attempt }: StepSubject,
  masker: Masker,
) {
  const onError = (error: unknown) =>
    log.warn({ run, step, err: error }, 'log of a step could not be stored');
  const writer = openLogWriter(sql, { run, step, attempt }, onError, tuning);
  const masks = { out: masker.stream(), err: masker.stream(), note: masker.stream() };
  return {
    write: (stream: LogStream, text: string) => writer.write(stream, masks[stream].push(text)),
    end: async () => {
      for (const stream of ['out', 'err', 'note'] as const) {
        writer.write(stream, masks[stream].end());
      }
      await writer.end();
    },
  };
}
