import { DBOS } from '@dbos-inc/dbos-sdk';
import { until } from '../../../src/engine/until.ts';
import { openDatabase } from '../../../src/platform/db/pool.ts';
import type { Database } from '../../../src/platform/db/types.ts';
import { percentile } from '../figures.ts';
import type { BenchContext, Figure } from '../types.ts';
import { countRuns, lineOf, openRuns, startRuns } from './world.ts';

/** Three durable steps that do nothing, one after the other: what is left is what durability costs. */
const steps = 3;
const workflows = 2_000;
/** As a service would bound it; more at once is not faster with its pool of connections. */
const atOnce = 100;

/** The same three-step workflow on our engine and on DBOS Transact, one after the other on one PostgreSQL. */
export async function benchDurable({ url, say }: BenchContext): Promise<readonly Figure[]> {
  const ours = await measureOurs(url);
  say(`ours: ${ours.toFixed(0)} workflows/s`);
  const dbos = await measureDbos(url);
  say(`DBOS: ${dbos.toFixed(0)} workflows/s`);
  return [
    {
      ...{ name: 'runs.durable.rate', unit: '1/s', value: ours, aim: null, best: 'high' },
      note: `${workflows} runs of ${steps} steps with one effect each, one worker`,
    },
    {
      ...{ name: 'runs.durable.dbos', unit: '1/s', value: dbos, aim: null, best: 'high' },
      note: `DBOS Transact 5.3, the same in one process, ${atOnce} at once`,
    },
    {
      ...{ name: 'runs.durable.overDbos', unit: '×', value: ours / dbos, aim: 1, best: 'high' },
      note: 'ours ÷ theirs, same run',
    },
  ];
}

/** What a step costs that does nothing, on a worker that does nothing else. */
export async function benchOverhead({ url }: BenchContext): Promise<readonly Figure[]> {
  const db = openDatabase(url, { max: 12, name: 'bench-runs' });
  try {
    const engine = await startRuns(db);
    const times: number[] = [];
    for (let n = 0; n < oneByOne; n += 1) times.push(await timeOf(db, `one-${n}-`));
    const overhead = percentile(times.slice(oneByOne / 4), 0.5);
    await engine.stop();
    return [
      {
        ...{ name: 'runs.step.overhead', unit: 'ms', value: overhead, aim: 10, best: 'low' },
        note: 'from the begin of a step to that of the next: two looks and one effect; median of runs of ten steps, one after the other, on an idle worker, by its own clock',
      },
    ];
  } finally {
    await db.close();
  }
}

const oneByOne = 40;
const stepsOfOne = 10;

/** Milliseconds per step of a run by itself, as its row tells. */
async function timeOf(db: Database, prefix: string): Promise<number> {
  await openRuns(db, 1, () => lineOf(stepsOfOne), prefix);
  while ((await countRuns(db, `id = 'run-${prefix}0' and terminal`)) < 1)
    await until(() => false, 50);
  const [row] = await db.query<{ ms: number }>(
    `select (extract(epoch from ended_at - started_at) * 1000)::float8 as ms from runs where id = $1`,
    [`run-${prefix}0`],
  );
  return (row?.ms ?? Number.NaN) / stepsOfOne;
}

async function measureOurs(url: string): Promise<number> {
  const db = openDatabase(url, { max: 12, name: 'bench-runs' });
  try {
    await openRuns(db, workflows, () => lineOf(steps), 'd');
    const start = performance.now();
    const engine = await startRuns(db);
    while ((await countRuns(db, `id like 'run-d%' and terminal`)) < workflows)
      await until(() => false, 20);
    const seconds = (performance.now() - start) / 1_000;
    await engine.stop();
    return workflows / seconds;
  } finally {
    await db.close();
  }
}

async function measureDbos(url: string): Promise<number> {
  const step = async (): Promise<{ done: boolean }> => ({ done: true });
  const workflow = DBOS.registerWorkflow(
    async () => {
      for (let n = 0; n < steps; n += 1) await DBOS.runStep(step, { name: `step-${n}` });
    },
    { name: 'three-steps' },
  );
  const quiet = { info() {}, warn() {}, error() {}, debug() {} };
  DBOS.setConfig({
    ...{ name: 'bench', systemDatabaseUrl: url, systemDatabasePoolSize: 12, logLevel: 'error' },
    logger: quiet,
  });
  await DBOS.launch();
  try {
    const left = Array.from({ length: workflows }, (_, n) => n);
    const start = performance.now();
    const work = async (): Promise<void> => {
      while (left.pop() !== undefined) await workflow();
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return workflows / ((performance.now() - start) / 1_000);
  } finally {
    await DBOS.shutdown();
  }
}
