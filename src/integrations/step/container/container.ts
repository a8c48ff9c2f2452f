import { createHash } from 'node:crypto';
import { ProblemError } from '../../../platform/errors/problem.ts';
import { createMasker, type Masker } from '../../../platform/text/mask.ts';
import type { StepAdapter, StepContext } from '../port.ts';
import { keepPrinted, lastWords } from '../printed.ts';
import { problemWords } from '../words.ts';
import {
  type ContainerEffect,
  type ContainerEnd,
  containerEffectSchema,
  decideContainer,
} from './decide.ts';
import { keyLabel, ownerLabel, removeOrphans } from './orphans.ts';
import type { ContainerRunner, Workload } from './runner.ts';

export type ContainerDeps = {
  readonly runner: ContainerRunner;
  /** Names this installation, so that two that share an engine leave each other's containers alone. */
  readonly owner: string;
  /** Those of these keys whose effects are not over. */
  readonly unfinished: (keys: readonly string[]) => Promise<ReadonlySet<string>>;
};

/** Milliseconds between SIGTERM and SIGKILL. */
const grace = 5_000;
const longest = 86_400_000 - 60_000;

/**
 * Runs a container to its end. Its name comes from the key, so a second try finds what the first began and goes on with
 * it. It has no more than its environment: no mounts, no capabilities, no way to more privileges.
 */
export function containerStep(deps: ContainerDeps): StepAdapter {
  const { runner } = deps;
  return {
    kind: 'container',
    lane: 'long',
    decide: decideContainer,
    async run(payload, context) {
      const effect = containerEffectSchema.parse(payload);
      const name = nameOf(deps.owner, context.key);
      try {
        if (context.signal.aborted) return await stop(runner, name, context.signal);
        return await runContainer(deps, name, effect, context);
      } catch (error) {
        if (context.signal.aborted) return await stop(runner, name, context.signal);
        return awayEnd(error, effect, context);
      } finally {
        void removeOrphans(deps).catch(() => undefined);
      }
    },
  };
}

/** A DNS label, as container engines want names. */
export const nameOf = (owner: string, key: string): string =>
  `tidegate-${createHash('sha256').update(`${owner}\0${key}`).digest('hex').slice(0, 32)}`;

/** Ends the work when it is to end. When only this worker ends, another one goes on with it. */
async function stop(
  runner: ContainerRunner,
  name: string,
  { reason }: AbortSignal,
): Promise<never> {
  if (reason instanceof ProblemError) await runner.remove(name, grace);
  throw reason;
}

/** An engine that is away may come back while there is time for it. */
function awayEnd(error: unknown, { until }: ContainerEffect, { log }: StepContext): ContainerEnd {
  if (!(error instanceof ProblemError) || error.problem.code !== 'TG1913') throw error;
  const because = problemWords(error.problem);
  log('note', `${because}\n`);
  if (Date.now() < Date.parse(until)) throw error;
  return { is: 'none', because };
}

async function runContainer(
  { runner, owner }: ContainerDeps,
  name: string,
  effect: ContainerEffect,
  context: StepContext,
): Promise<ContainerEnd> {
  const { signal, log } = context;
  const masker = createMasker();
  const work = await workloadOf(name, owner, effect, context, masker);
  const began = await runner.begin(work, signal, (text) => log('note', text));
  if (began.is === 'refused') {
    return { is: 'none', because: `${began.code} ${masker.mask(began.detail)}` };
  }
  if (began.is === 'found') log('note', 'Goes on with what an earlier try began.\n');
  const out = keepPrinted('out', log);
  const err = keepPrinted('err', log);
  const since = Date.parse((await runner.since(name)) ?? new Date().toISOString());
  const late = AbortSignal.timeout(
    Math.max(0, since + Math.min(effect.timeout, longest) - Date.now()),
  );
  const end = await runner
    .follow(name, { out: out.take, err: err.take }, AbortSignal.any([signal, late]))
    .catch((error) => {
      if (signal.aborted || !late.aborted) throw error;
      return null;
    });
  await runner.remove(name, end === null ? grace : 0);
  out.close();
  err.close();
  const isWell = end?.code === 0;
  return {
    is: 'ended',
    code: end?.code ?? 137,
    isOutOfMemory: end?.isOutOfMemory ?? false,
    isLate: end === null,
    tail: isWell ? '' : lastWords(err, out, masker.mask),
  };
}

const units = { Ki: 1_024, Mi: 1_048_576, Gi: 1_073_741_824 } as const;

async function workloadOf(
  name: string,
  owner: string,
  effect: ContainerEffect,
  { subject, key, secret }: StepContext,
  masker: Masker,
): Promise<Workload> {
  const own: Record<string, string> = {};
  for (const [variable, value] of Object.entries(effect.env)) {
    if (typeof value === 'string') own[variable] = value;
    else {
      own[variable] = await secret(value.secret);
      masker.add(own[variable]);
    }
  }
  const { image, command, cpus, network } = effect;
  const unit = effect.memory.slice(-2) as keyof typeof units;
  const { run, step, attempt } = subject;
  return {
    ...{ name, image, command, cpus, network },
    memory: Number(effect.memory.slice(0, -2)) * units[unit],
    labels: { [ownerLabel]: owner, [keyLabel]: key, 'tidegate.run': run, 'tidegate.step': step },
    env: {
      ...own,
      TIDEGATE_RUN: run,
      TIDEGATE_STEP: step,
      TIDEGATE_ATTEMPT: String(attempt),
      TIDEGATE_KEY: key,
    },
  };
}
