import { stepEffects } from '../../../src/capabilities/pipelines/effects.ts';
import { runReconciler } from '../../../src/capabilities/pipelines/reconcile.ts';
import { openRun } from '../../../src/capabilities/pipelines/store.ts';
import type { NewRun } from '../../../src/capabilities/pipelines/types.ts';
import { type Pipeline, pipelineSchema } from '../../../src/contract/kinds/pipeline.ts';
import { type Engine, startEngine } from '../../../src/engine/engine.ts';
import type { AnyReconciler } from '../../../src/engine/engine-store.ts';
import { approveStep } from '../../../src/integrations/step/approve/approve.ts';
import type { StepAdapter } from '../../../src/integrations/step/port.ts';
import { waitStep } from '../../../src/integrations/step/wait/wait.ts';
import type { Database } from '../../../src/platform/db/types.ts';
import { createLog } from '../../../src/platform/log/log.ts';

/** Stands for targets: a deployment takes a second or two, by the clock, and then every target serves it. */
const simulatedDeploy: StepAdapter = {
  kind: 'deploy',
  decide: ({ subject, memory, since, cancelled }, now) => {
    if (cancelled)
      return { is: 'end', status: 'cancelled', because: cancelled.because, outputs: {} };
    const rest = Date.parse(since) + 1_000 + (subject.run.length % 7) * 150 - now.getTime();
    if (rest > 0)
      return {
        ...{ is: 'wait', because: 'the targets converge', memory },
        wakeAt: new Date(now.getTime() + rest),
      };
    return { is: 'end', status: 'succeeded', because: 'every target serves it', outputs: {} };
  },
};

/** One effect that does nothing: what is left is what a step costs. */
const noop: StepAdapter = {
  kind: 'notify',
  decide: ({ memory, outcome }) =>
    outcome === null
      ? {
          ...{ is: 'wait', because: 'its effect is under way', memory: true, wakeAt: null },
          ...(memory === null ? { effect: {} } : {}),
        }
      : { is: 'end', status: 'succeeded', because: 'done', outputs: {} },
  run: async () => ({ done: true }),
};

export function startRuns(db: Database): Promise<Engine> {
  const log = createLog({ name: 'bench', level: 'error' });
  const adapters = [
    simulatedDeploy,
    noop,
    approveStep(),
    waitStep({ readFreeze: async () => null }),
  ];
  const reconciler = runReconciler({
    db,
    adapters: new Map(adapters.map((one) => [one.kind, one])),
  });
  return startEngine({
    db,
    reconcilers: [reconciler as unknown as AnyReconciler],
    handlers: stepEffects({ sql: db, adapters, secrets: { env: {}, directory: null }, log }),
    worker: 'bench',
    log,
  });
}

/** Opens runs, some hundred in a transaction, as a busy server would. */
export async function openRuns(
  db: Database,
  count: number,
  specOf: (n: number) => Pipeline,
  prefix: string,
): Promise<void> {
  const together = 250;
  for (let from = 0; from < count; from += together) {
    await db.transaction(async (tx) => {
      for (let n = from; n < Math.min(count, from + together); n += 1)
        await openRun(tx, newRun(`run-${prefix}${n}`, specOf(n), `app-${n}`));
    });
  }
}

function newRun(id: string, { metadata, spec }: Pipeline, application: string): NewRun {
  return {
    ...{ id, spec, application, pipeline: metadata.name },
    ...{ release: null, commit: null, author: null, inputs: {} },
    origin: { trigger: 'manual', actor: 'user:bench', because: '', parent: null, event: null },
  };
}

/** A line of steps, each with one effect that does nothing. */
export function lineOf(steps: number): Pipeline {
  const all = Array.from({ length: steps }, (_, n) => ({
    name: `step-${n}`,
    ...(n === 0 ? {} : { needs: [`step-${n - 1}`] }),
    notify: { channels: ['none'], message: 'x' },
  }));
  return pipelineSchema.parse({
    ...{ apiVersion: 'tidegate.dev/v1', kind: 'Pipeline', metadata: { name: `line-${steps}` } },
    spec: { steps: all },
  });
}

export async function countRuns(db: Database, condition: string): Promise<number> {
  const [row] = await db.query<{ n: number }>(
    `select count(*)::int as n from runs where ${condition}`,
  );
  return row?.n ?? 0;
}
