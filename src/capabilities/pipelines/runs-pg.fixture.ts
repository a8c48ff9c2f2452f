import { type FreshDatabase, freshDatabase } from '../../../test/support/postgres.ts';
import { type Engine, startEngine } from '../../engine/engine.ts';
import type { AnyReconciler } from '../../engine/engine-store.ts';
import { until } from '../../engine/until.ts';
import { approveStep } from '../../integrations/step/approve/approve.ts';
import { type FakeStep, fakeStep } from '../../integrations/step/fake.ts';
import type { StepAdapter } from '../../integrations/step/port.ts';
import { createLog } from '../../platform/log/log.ts';
import { stepEffects } from './effects.ts';
import { type RunOperations, runOperations } from './operations.ts';
import { readRun, readRunState } from './reads.ts';
import { runReconciler } from './reconcile.ts';
import { newRun } from './runs.fixture.ts';
import { openRun } from './store.ts';
import type { NewRun, RunRow, RunState } from './types.ts';

const quiet = createLog({ name: 'runs-test', level: 'silent' });

/** Runs in the real engine on a real PostgreSQL, with a step that does as it was told. */
export type RunsWorld = FreshDatabase & {
  readonly fake: FakeStep;
  readonly adapters: ReadonlyMap<StepAdapter['kind'], StepAdapter>;
  readonly operations: RunOperations;
  start(): Promise<Engine>;
  open(run: Partial<NewRun> & Pick<NewRun, 'id' | 'spec'>): Promise<boolean>;
  run(id: string): Promise<{ readonly row: RunRow; readonly state: RunState }>;
  /** Waits for what is so of a run; throws after 20 s, with what the run says. */
  become(id: string, holds: (row: RunRow, state: RunState) => boolean): Promise<RunState>;
  end(): Promise<void>;
};

export async function openRunsWorld(): Promise<RunsWorld> {
  const fresh = await freshDatabase();
  const { db } = fresh;
  const fake = fakeStep('notify');
  const all = [fake, { ...fake, kind: 'shell' as const }, approveStep()];
  const adapters = new Map(all.map((adapter) => [adapter.kind, adapter]));
  const now = () => new Date();
  const ids = { next: 0 };
  const newId = (prefix: string) => {
    ids.next += 1;
    return `${prefix}-made${ids.next}`;
  };
  const engines: Engine[] = [];
  const run = async (id: string) => {
    // One after the other: the state is then never older than the row.
    const row = await readRun(db, id);
    const state = await readRunState(db, id);
    if (!row || !state) throw new Error(`no run ${id}`);
    return { row, state };
  };
  return {
    ...fresh,
    fake,
    adapters,
    operations: runOperations({ db, adapters, newId, now }),
    run,
    start: async () => {
      const engine = await startEngine({
        db,
        reconcilers: [runReconciler({ db, adapters }) as unknown as AnyReconciler],
        handlers: stepEffects({
          sql: db,
          adapters: all,
          secrets: { env: {}, directory: null },
          log: quiet,
        }),
        worker: `worker-${engines.length}`,
        log: quiet,
      });
      engines.push(engine);
      return engine;
    },
    open: (one) => db.transaction((tx) => openRun(tx, { ...newRun(one.spec), ...one })),
    become: async (id, holds) => {
      for (let tries = 0; tries < 1_000; tries += 1) {
        const { row, state } = await run(id);
        if (holds(row, state)) return state;
        await until(() => false, 20);
      }
      const { row } = await run(id);
      throw new Error(`run ${id} is ${row.phase}: ${row.because}`);
    },
    end: async () => {
      await Promise.all(engines.map((engine) => engine.stop()));
      await fresh.drop();
    },
  };
}
