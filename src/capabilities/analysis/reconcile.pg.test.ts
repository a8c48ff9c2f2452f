import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/support/postgres.ts';
import type { Metric } from '../../contract/kinds/analysis-template.ts';
import { type Engine, startEngine } from '../../engine/engine.ts';
import { readEvents, readObject } from '../../engine/reads.ts';
import { leaveRequest, openObject } from '../../engine/store.ts';
import type { MetricSource } from '../../integrations/metric-source/port.ts';
import type { Database } from '../../platform/db/types.ts';
import type { Json } from '../../platform/ids/types.ts';
import { createLog } from '../../platform/log/log.ts';
import { answers, metric, opened, type Verdict } from './analysis.fixture.ts';
import { readAnalyses, readAnalysisViews } from './reads.ts';
import { analysisReconciler } from './reconcile.ts';
import type { AnalysisPhase } from './types.ts';

const world = {} as { fresh: FreshDatabase };
const engines: Engine[] = [];
beforeAll(async () => {
  world.fresh = await freshDatabase();
});
afterAll(async () => {
  for (const engine of engines) await engine.stop();
  await world.fresh.drop();
});

const readAnalysis = async (db: Database, key: string) =>
  (await readAnalyses(db, [key]))[0]?.state ?? null;

/** Answers by a list of verdicts, the last one for ever; counts how often it was asked. */
function scripted(verdicts: readonly Verdict[], before: () => Promise<void> = async () => {}) {
  const asked = { times: 0 };
  const source: MetricSource = {
    name: 'router',
    async measure() {
      const verdict = verdicts[Math.min(asked.times, verdicts.length - 1)] ?? 'inconclusive';
      asked.times += 1;
      await before();
      return answers[verdict];
    },
  };
  return { source, asked };
}

async function work(source: MetricSource | null, worker: string): Promise<Engine> {
  const engine = await startEngine({
    db: world.fresh.db,
    reconcilers: [analysisReconciler({ sources: () => source })],
    handlers: [],
    worker,
    log: createLog({ name: 'analysis-test', level: 'silent' }),
  });
  engines.push(engine);
  return engine;
}

const open = (key: string, metrics: readonly Metric[]) =>
  openObject(world.fresh.db, {
    kind: 'analysis',
    key,
    phase: 'running',
    state: JSON.parse(JSON.stringify(opened(metrics, {}, new Date()))) as Json,
  });

const ends = (key: string, phase: AnalysisPhase) =>
  expect
    .poll(async () => (await readAnalysis(world.fresh.db, key))?.phase, { timeout: 15_000 })
    .toBe(phase);

const quick = { interval: '50ms' };

test('the third failure fails it, the rollout is woken, and one event says why', async () => {
  const { db } = world.fresh;
  const rollout = { kind: 'rollout', key: 'ro-1', phase: 'progressing', state: {} };
  await openObject(db, { ...rollout, wakeAt: new Date(Date.now() + 3_600_000) });
  const { source } = scripted(['failure', 'success', 'failure', 'failure']);
  const engine = await work(source, 'fails');
  await open('ro-1/0/fails', [metric({ ...quick, failureLimit: 3 })]);
  await ends('ro-1/0/fails', 'failed');
  await engine.stop();
  const because = 'errors: 3 of 3 failures: error rate 5.2 % > 1 %';
  const state = await readAnalysis(db, 'ro-1/0/fails');
  expect(state?.metrics[0]).toMatchObject({ successes: 1, failures: 3, nextAt: null });
  expect(state?.metrics[0]?.recent.map((one) => one.verdict)).toEqual([
    'failure',
    'success',
    'failure',
    'failure',
  ]);
  // An event can be read once no older transaction runs.
  await expect
    .poll(async () => {
      const { events } = await readEvents(db, { limit: 10, objectId: 'analysis/ro-1/0/fails' });
      return events.map((event) => [event.type, event.because]);
    })
    .toEqual([['analysis.failed', because]]);
  const [woken] = await db.query<{ due: boolean; news: number }>(
    `select wake_at <= now() as due, news from objects where id = 'rollout/ro-1'`,
  );
  expect(woken).toMatchObject({ due: true, news: 1 });
  const views = await readAnalysisViews(db, ['ro-1/0/fails', 'ro-1/0/none']);
  expect(await readAnalysisViews(db, [])).toEqual([]);
  expect(await readAnalysis(db, 'ro-1/0/none')).toBeNull();
  expect(views).toEqual([
    {
      key: 'ro-1/0/fails',
      phase: 'failed',
      because,
      detail: expect.objectContaining({ metric: 'errors', failures: 3, failureLimit: 3 }),
    },
  ]);
});

test('a background analysis goes on until it is asked to end', async () => {
  const { db } = world.fresh;
  const { source, asked } = scripted(['success']);
  const engine = await work(source, 'background');
  await open('ro-1/0/background', [metric(quick)]);
  await expect.poll(() => asked.times, { timeout: 15_000 }).toBeGreaterThan(2);
  expect((await readAnalysis(db, 'ro-1/0/background'))?.phase).toBe('running');
  await leaveRequest(db, {
    objectId: 'analysis/ro-1/0/background',
    action: 'end',
    actor: 'rollout/ro-1',
    because: 'the wave is done',
  });
  await ends('ro-1/0/background', 'successful');
  await engine.stop();
  const object = await readObject(db, 'analysis/ro-1/0/background');
  expect(object).toMatchObject({ terminal: true, wakeAt: null, failures: 0 });
});

test.each<[string, Verdict, string, AnalysisPhase]>([
  ['no data never passes', 'inconclusive', 'end', 'inconclusive'],
  ['nobody there never passes', 'error', 'end', 'inconclusive'],
  ['cancelled without a judgement', 'failure', 'cancel', 'cancelled'],
])('%s', async (name, verdict, action, phase) => {
  const key = `ro-1/0/${name.replaceAll(' ', '-')}`;
  const { source } = scripted([verdict]);
  const delayed = metric({ interval: '1h', initialDelay: action === 'cancel' ? '1h' : '0s' });
  await open(key, [delayed]);
  const objectId = `analysis/${key}`;
  await leaveRequest(world.fresh.db, { objectId, action, actor: 'user:anna', because: '' });
  const engine = await work(source, key);
  await ends(key, phase);
  await engine.stop();
});

test('without a source each look is an error, and five of them end it', async () => {
  const engine = await work(null, 'nothing');
  await open('ro-1/0/nothing', [metric(quick)]);
  await ends('ro-1/0/nothing', 'error');
  await engine.stop();
  const state = await readAnalysis(world.fresh.db, 'ro-1/0/nothing');
  expect(state?.because).toBe(
    'errors: 5 of 5 errors in a row: There is no metric source router here.',
  );
});

test('what PostgreSQL cannot keep does not keep an analysis from its end', async () => {
  const odd = { text: 'a\0b', half: '\ud800', 'key\0': 1, path: 'C:\\u0000', errorRate: 0.5 };
  const source: MetricSource = {
    name: 'router',
    measure: async () => ({ ok: true, value: { result: odd }, query: 'q\0', baseline: null }),
  };
  const engine = await work(source, 'odd');
  await open('ro-1/0/odd', [
    metric({ failureCondition: 'result.text != "\\u0000" + result.half' }),
  ]);
  await ends('ro-1/0/odd', 'failed');
  await engine.stop();
  const state = await readAnalysis(world.fresh.db, 'ro-1/0/odd');
  expect(state?.metrics[0]?.recent[0]).toMatchObject({
    query: 'q\ufffd',
    value: {
      result: {
        text: 'a\ufffdb',
        half: '\ufffd',
        'key\ufffd': 1,
        path: 'C:\\u0000',
        errorRate: 0.5,
      },
    },
  });
});

test('metrics that are due are measured at the same time', async () => {
  const open100 = { now: 0, most: 0 };
  const { source } = scripted(['success'], async () => {
    open100.now += 1;
    open100.most = Math.max(open100.most, open100.now);
    await sleep(100);
    open100.now -= 1;
  });
  const engine = await work(source, 'together');
  const names = ['a', 'b', 'c', 'd'];
  await open(
    'ro-1/0/together',
    names.map((name) => metric({ name, count: 1 })),
  );
  await ends('ro-1/0/together', 'successful');
  await engine.stop();
  expect(open100.most).toBe(4);
});

test('a measurement whose worker loses its lease is recorded once, by the one that took over', async () => {
  const { db } = world.fresh;
  const key = 'ro-1/0/taken-over';
  const gate = { entered: 0, open: () => {} };
  const opening = new Promise<void>((resolve) => {
    gate.open = resolve;
  });
  const slow = scripted(['failure'], async () => {
    gate.entered += 1;
    await opening;
  });
  await open(key, [metric({ interval: '1h', failureLimit: 2 })]);
  const first = await work(slow.source, 'dying');
  await expect.poll(() => gate.entered).toBe(1);
  // As if the first worker had stopped breathing: its lease is over, and another one claims the object.
  await db.query(
    `update objects set wake_at = now(), leased_until = now(), generation = generation + 1 where id = $1`,
    [`analysis/${key}`],
  );
  const second = await work(scripted(['success']).source, 'heir');
  await expect
    .poll(async () => (await readAnalysis(db, key))?.metrics[0]?.successes, { timeout: 15_000 })
    .toBe(1);
  gate.open();
  await first.stop();
  await second.stop();
  expect((await readAnalysis(db, key))?.metrics[0]).toMatchObject({ successes: 1, failures: 0 });
});
