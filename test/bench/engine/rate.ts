import { startEngine } from '../../../src/engine/engine.ts';
import type { AnyReconciler } from '../../../src/engine/engine-store.ts';
import { openObjects } from '../../../src/engine/store.ts';
import type { NewEvent, Reconciler } from '../../../src/engine/types.ts';
import { until } from '../../../src/engine/until.ts';
import { migrate } from '../../../src/platform/db/migrate.ts';
import { openDatabase } from '../../../src/platform/db/pool.ts';
import type { Database } from '../../../src/platform/db/types.ts';
import { createLog } from '../../../src/platform/log/log.ts';
import type { Figure } from '../types.ts';

/** About what a rollout in progress keeps: some hundred bytes of JSON. */
type BenchState = {
  readonly n: number;
  readonly waves: readonly string[];
  readonly started: string;
};

/** Seconds that are thrown away, and seconds that are measured. */
const warmUp = 2;
const measured = 8;
const objects = 2_000;

/**
 * Reconciles per second of one worker. Every look changes the state, so every one is part of a durable transaction; then
 * the same with an audit event for each. `url`: a database that may be filled and is not otherwise busy.
 */
export async function benchEngineRate(url: string): Promise<Figure[]> {
  await migrate(url);
  const db = openDatabase(url, { max: 10, name: 'bench-engine' });
  try {
    const durable = await durability(db);
    const plain = await measureRate(db, 'bench-plain', false);
    const audited = await measureRate(db, 'bench-audited', true);
    return [
      result('engine.rate', plain, `${objects} objects, one worker, ${durable}`),
      result('engine.rate.audited', audited, 'the same, with one audit event per reconcile'),
    ];
  } finally {
    await db.query("delete from objects where kind like 'bench-%'");
    await db.close();
  }
}

function result(name: string, value: number, note: string): Figure {
  return { name, unit: '1/s', value: Math.round(value), aim: 3_000, best: 'high', note };
}

async function durability(db: Database): Promise<string> {
  const rows = await db.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings
      where name in ('fsync', 'synchronous_commit', 'server_version') order by name`,
  );
  return rows.map((row) => `${row.name} ${row.setting}`).join(', ');
}

async function measureRate(db: Database, kind: string, audited: boolean): Promise<number> {
  await openObjects(
    db,
    Array.from({ length: objects }, (_, n) => ({
      kind,
      key: `object-${n}`,
      phase: 'counting',
      state: { n: 0, waves: ['eu-1', 'eu-2', 'us-1', 'us-2'], started: new Date().toISOString() },
    })),
  );
  const engine = await startEngine({
    db,
    reconcilers: [benchReconciler(kind, audited)],
    handlers: [],
    worker: 'bench',
    log: createLog({ name: 'bench', level: 'error' }),
  });
  await until(() => false, warmUp * 1_000);
  const before = engine.counts().objects.written;
  const start = performance.now();
  await until(() => false, measured * 1_000);
  const rate = (engine.counts().objects.written - before) / ((performance.now() - start) / 1_000);
  await engine.stop();
  await db.query('delete from objects where kind = $1', [kind]);
  return rate;
}

function benchReconciler(kind: string, audited: boolean): AnyReconciler {
  const reconciler: Reconciler<BenchState, BenchState> = {
    kind,
    schema: 1,
    upgrade: (state) => state as BenchState,
    load: (object) => Promise.resolve(object.state),
    decide: (state, now) => {
      const n = state.n + 1;
      const because = `counted to ${n}`;
      const event: NewEvent = {
        type: 'bench.counted',
        actor: 'tidegate',
        because,
        outcome: 'done',
      };
      return {
        state: { ...state, n },
        phase: 'counting',
        terminal: false,
        because,
        wakeAt: now,
        events: audited ? [event] : [],
      };
    },
  };
  return reconciler;
}
